"""What the drift checks share: two samples as counts over the same bins, and as two CDFs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Column, Profiles, Subject
from driftline.checks.drift._chi_square import chi_square_tail
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import Profile, ProfileSpec
from driftline.profiles.bits import starts_of_runs
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Binned:
    """Counts of the window and of the baseline over the same bins, none empty in both; `names` say what a bin is."""

    window: Floats
    baseline: Floats
    names: tuple[str, ...]

    @property
    def window_rows(self) -> int:
        return int(self.window.sum())

    @property
    def baseline_rows(self) -> int:
        return int(self.baseline.sum())

    def shares(self) -> tuple[Floats, Floats]:
        """The two distributions; each sums to 1."""
        return self.window / self.window.sum(), self.baseline / self.baseline.sum()


def subject_column(on: Subject) -> Column:
    """The column of a column check's subject."""
    if on.column is None:
        raise ValueError("this check measures a column")
    return on.column


def distribution(column: Column) -> ProfileSpec:
    """The profile that holds a column's distribution."""
    return Histogram(column.name) if column.is_numeric else Frequencies(column.name)


def no_values(window: Profile, baseline: Profile) -> NoData | None:
    """A reading without data when one side holds no value at all."""
    for profile, side in ((window, "window"), (baseline, "baseline")):
        values = cast("HistogramProfile | FrequenciesProfile", profile).values
        if values == 0:
            state = "has no rows" if profile.rows == 0 else f"holds no value ({profile.rows} rows, all missing)"
            return NoData(f"the {side} {state}", rows=window.rows)
    return None


def both_sides(window: Profiles, baseline: Profiles | None) -> tuple[Profile, Profile] | NoData | Failed:
    """The two distributions, or why there is no comparison."""
    if baseline is None:
        return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
    sides = window["distribution"], baseline["distribution"]
    return no_values(*sides) or sides


def compared(
    on: Subject, window: Profiles, baseline: Profiles | None, bins: int, statistic: Callable[[Binned], float]
) -> Reading:
    """A statistic of both sides over the same bins, with the p-value of the chi-square on them."""
    sides = both_sides(window, baseline)
    if not isinstance(sides, tuple):
        return sides
    counts = binned(*sides, bins)
    return Value(
        value=statistic(counts),
        p_value=chi_square_p_value(counts),
        bound=0.0,
        rows=counts.window_rows,
        baseline_rows=counts.baseline_rows,
        note=largest_changes(counts, subject_column(on).private),
    )


def binned(window: Profile, baseline: Profile, bins: int) -> Binned:
    """Counts over the same bins: baseline quantiles of a numeric column, the values of a categorical one."""
    if isinstance(window, HistogramProfile) and isinstance(baseline, HistogramProfile):
        return quantile_bins(window, baseline, bins)
    return categories(cast(FrequenciesProfile, window), cast(FrequenciesProfile, baseline))


def categories(window: FrequenciesProfile, baseline: FrequenciesProfile) -> Binned:
    """Counts by category; by stable hash bucket as soon as one side has too many categories to name."""
    import numpy as np

    if not (window.exact and baseline.exact):
        window, baseline = window.hashed(), baseline.hashed()
    names = tuple(sorted(set(window.counts) | set(baseline.counts)))
    counts = [np.array([side.counts.get(name, 0) for name in names], float) for side in (window, baseline)]
    return Binned(counts[0], counts[1], names)


def aligned(window: HistogramProfile, baseline: HistogramProfile) -> tuple[Floats, Floats, Integers]:
    """Counts of both over the union of their bins (infinities as the outermost ones), and the bins."""
    import numpy as np

    resolution = min(window.resolution, baseline.resolution)
    window, baseline = window.at_resolution(resolution), baseline.at_resolution(resolution)
    # Both are sorted: a stable sort merges two runs in one pass, where numpy's union hashes.
    both = np.sort(np.concatenate((window.bins, baseline.bins)), kind="stable")
    bins = both[starts_of_runs(both)]
    found = []
    for side in (window, baseline):
        counts = np.zeros(len(bins) + 2)
        counts[1 + np.searchsorted(bins, side.bins)] = side.counts
        counts[0], counts[-1] = side.negative_infinities, side.positive_infinities
        found.append(counts)
    return found[0], found[1], bins


def quantile_bins(window: HistogramProfile, baseline: HistogramProfile, bins: int) -> Binned:
    """Counts over bins that hold about equal shares of the baseline.

    Edges lie between bins of the histogram, so the counts are exact; a value that holds more than one share keeps a bin
    of its own, and there are then fewer bins.
    """
    import numpy as np

    current, reference, _ = aligned(window, baseline)
    middle = np.cumsum(reference) - reference / 2
    group = np.minimum((middle / reference.sum() * bins).astype(int), bins - 1)
    group = np.cumsum(np.diff(group, prepend=group[:1]) != 0)  # ascending: numbered without gaps
    counts = [np.bincount(group, weights=side).astype(float) for side in (current, reference)]
    some = (counts[0] + counts[1]) > 0
    names = tuple(f"bin {number + 1}" for number in np.flatnonzero(some))
    return Binned(counts[0][some], counts[1][some], names)


EXPECTED = 5.0  # Cochran (1954): expected counts below this make the chi-square law doubtful


def chi_square_statistic(counts: Binned) -> tuple[float, int]:
    """Pearson's statistic of the 2 x k contingency table (both samples are random), and its degrees of freedom."""
    import numpy as np

    pooled = counts.window + counts.baseline
    total = pooled.sum()
    statistic = 0.0
    for side in (counts.window, counts.baseline):
        expected = pooled * (side.sum() / total)
        statistic += float(np.sum((side - expected) ** 2 / expected))
    return statistic, max(len(pooled) - 1, 0)


def chi_square_p_value(counts: Binned) -> float:
    """Probability of a statistic at least this large when both samples come from one distribution.

    Bins whose expected count is below `EXPECTED` are pooled, rarest first. That depends on the pooled counts only, so
    the law of the statistic given them is not disturbed.
    """
    return chi_square_tail(*chi_square_statistic(pool_rare(counts)))


def pool_rare(counts: Binned) -> Binned:
    """The same table with its rarest bins joined until each is expected often enough on both sides."""
    import numpy as np

    pooled = counts.window + counts.baseline
    smaller = min(counts.window.sum(), counts.baseline.sum()) / pooled.sum()
    if bool(np.all(pooled * smaller >= EXPECTED)):
        return counts
    order = np.argsort(pooled, kind="stable")
    groups = np.zeros(len(pooled), int)
    number, held = 0, 0.0
    for at in order:
        groups[at] = number
        held += float(pooled[at] * smaller)
        if held >= EXPECTED:
            number, held = number + 1, 0.0
    if held and number:  # the last group fell short: the largest bin takes it in
        groups[groups == number] = number - 1
    sides = [np.bincount(groups, weights=side).astype(float) for side in (counts.window, counts.baseline)]
    return Binned(sides[0], sides[1], tuple(str(n) for n in range(len(sides[0]))))


def largest_changes(counts: Binned, private: bool) -> str | None:
    """Which categories gained and lost most, for people; None for numeric bins and private columns."""
    import numpy as np

    if private or not counts.names or counts.names[0].startswith(("bin ", "#")):
        return None
    now, then = counts.shares()
    order = np.argsort(-np.abs(now - then), kind="stable")[:3]
    moved = [f"{counts.names[at]} {then[at]:.1%} -> {now[at]:.1%}" for at in order if now[at] != then[at]]
    return ", ".join(moved) or None
