"""How often does each check cry wolf when nothing changed? `python -m benchmarks.calibration [--quick] [--check GLOB]`.

Every check of the registry that gives a p-value (a distance its own; a reading with a standard error that of its change
from one sample to another) is read of pairs of samples of one distribution. The share of p-values at or below 5 % and
1 % must lie in the binomial band of that level; so must the share of distances above their noise floor, and the share
of 95 % intervals that do not hold the truth. A cell of the table shows these four, in per cent.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from benchmarks.trials import Case, Profiles, Trials, cases
from driftline.model import Value
from driftline.profiles.base import ProfileSpec

SIZES = (
    (200, 200),
    (2_000, 2_000),
    (20_000, 20_000),
    (1_000_000, 1_000_000),
    (200, 20_000),
    (2_000, 20_000),
    (20_000, 2_000),
)
QUICK = ((200, 200), (2_000, 2_000), (200, 2_000))
LEVELS = (0.05, 0.01)
BAND = 0.99  # of the binomial law; of a hundred cells one lies outside by chance
TRUTH_ROWS = 4_000_000
SURER = 5  # times as short must the interval of what stands for the truth be
LARGE = 100_000  # rows from which trials are fewer
LEARN = frozenset({"domain_classifier", "estimated_mae", "estimated_mape", "estimated_rmse"})
FEWER = 5  # of those that learn models in each trial, only every fifth trial is read


@dataclass
class Cell:
    """The counts of one check on one distribution at one pair of sizes."""

    trials: int = 0
    p_values: int = 0
    alarms: list[int] = field(default_factory=lambda: [0] * len(LEVELS))
    noises: int = 0
    above_noise: int = 0
    intervals: int = 0
    missed: int = 0
    failure: str | None = None

    def add(self, case: Case, pair: tuple[Profiles, Profiles], truth: Value | None) -> None:
        """One more trial."""
        found = case.read(*pair)
        self.trials += 1
        self.failure = self.failure or found.failure
        if found.p_value is not None:
            self.p_values += 1
            for at, level in enumerate(LEVELS):
                self.alarms[at] += found.p_value <= level
        if found.above_noise is not None:
            self.noises += 1
            self.above_noise += found.above_noise
        if found.interval is not None and truth is not None and _is_surer(truth, found.interval):
            self.intervals += 1
            self.missed += not found.interval[0] <= truth.value <= found.interval[1]

    @property
    def silent(self) -> bool:
        """Whether there was nothing to count: neither p-values nor intervals."""
        return not self.p_values and not self.intervals

    def shares(self) -> list[tuple[int, int, float]]:
        """Hits, trials and the nominal level of all that is counted: both levels, the noise floor, the interval."""
        levels = [(hits, self.p_values, level) for hits, level in zip(self.alarms, LEVELS, strict=True)]
        return [*levels, (self.above_noise, self.noises, 0.05), (self.missed, self.intervals, 0.05)]

    def text(self) -> str:
        """As the table shows it: shares in per cent."""
        return " / ".join(_share(*each) for each in self.shares())


def _is_surer(truth: Value, interval: tuple[float, float]) -> bool:
    """Whether what stands for the truth is so much surer that it counts as one."""
    return truth.interval is None or SURER * (truth.interval[1] - truth.interval[0]) <= interval[1] - interval[0]


def _share(hits: int, trials: int, level: float) -> str:
    if trials == 0:
        return "–"
    low, high = band(trials, level)
    mark = "▲" if hits > high else "▼" if hits < low else ""
    return f"{mark}{100 * hits / trials:.1f}"


def band(trials: int, level: float) -> tuple[float, float]:
    """The fewest and the most hits that are no surprise at a nominal level."""
    from scipy.stats import binom

    low, high = binom.interval(BAND, trials, level)
    return float(low), float(high)


Cells = dict[tuple[str, str, tuple[int, int]], Cell]


def calibrate(
    chosen: Sequence[Case], sizes: Iterable[tuple[int, int]], count: int, seed: int, truth_rows: int = TRUTH_ROWS
) -> Cells:
    """The cells of every check, distribution and pair of sizes; `count` trials each, a quarter of it for large ones.

    Checks that learn a model have a fifth of these.
    """
    found: Cells = {}
    specs = list(dict.fromkeys(spec for case in chosen for spec in case.specs))
    trials = Trials.of(seed, specs)
    rated, specs = _rated(chosen, next(trials.pairs(2_000, 2_000, 1, specs)))
    many = trials.sample(truth_rows, specs)
    truths = [case.truth(many) for case in rated]
    del many
    for size in sizes:
        started, number = time.monotonic(), count // 4 if max(size) >= LARGE else count
        cells = [found.setdefault((case.check.kind, case.data, size), Cell()) for case in rated]
        for trial, pair in enumerate(trials.pairs(*size, number, specs)):
            for case, cell, truth in zip(rated, cells, truths, strict=True):
                if case.check.kind not in LEARN or trial % FEWER == 0:
                    cell.add(case, pair, truth)
        print(f"{size}: {number} trials in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return found


def _rated(chosen: Sequence[Case], pair: tuple[Profiles, Profiles]) -> tuple[list[Case], list[ProfileSpec]]:
    """Those that give a p-value or an interval, and the profiles that they need."""
    rated = []
    for case in chosen:
        found = case.read(*pair)
        if found.failure is not None:
            print(f"{case.check.kind} of {case.data}: {found.failure}", file=sys.stderr)
        if found.p_value is not None or found.interval is not None:
            rated.append(case)
    return rated, list(dict.fromkeys(spec for case in rated for spec in case.specs))


def table(found: Cells) -> str:
    """One line for each check and distribution, one column for each pair of sizes; what lies outside comes after it."""
    sizes = list(dict.fromkeys(size for _, _, size in found))
    head = ["check", "data", *(f"{window:,} / {baseline:,}" for window, baseline in sizes)]
    lines = [head, ["---"] * len(head)]
    for kind, data in dict.fromkeys((kind, data) for kind, data, _ in found):
        lines.append([f"`{kind}`", data, *(found[kind, data, size].text() for size in sizes)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(found: Cells) -> str:
    """How many shares lie above and below their band, and how many would by chance."""
    shares = [each for cell in found.values() for each in cell.shares() if each[1]]
    above = sum(hits > band(trials, level)[1] for hits, trials, level in shares)
    below = sum(hits < band(trials, level)[0] for hits, trials, level in shares)
    return (
        f"{len(shares)} shares: {above} above their band of {BAND:.0%} (▲), {below} below (▼); "
        f"by chance about {len(shares) * (1 - BAND) / 2:.0f} each."
    )


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 trials of small samples: minutes")
    parser.add_argument("--trials", type=int, help="trials of each cell (default: 1,000; quick: 200)")
    parser.add_argument("--check", default="*", help="checks by name, a glob (default: all)")
    parser.add_argument("--size", action="append", help="rows of window and baseline, as 2000/20000; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sizes: tuple[tuple[int, int], ...] = QUICK if options.quick else SIZES
    if options.size:
        sizes = tuple((int(now), int(then)) for now, then in (text.split("/") for text in options.size))
    chosen = [case for case in cases() if fnmatch(case.check.kind, options.check)]
    found = calibrate(chosen, sizes, options.trials or (200 if options.quick else 1_000), options.seed)
    print(table(found), summary(found), sep="\n\n")


if __name__ == "__main__":
    main()
