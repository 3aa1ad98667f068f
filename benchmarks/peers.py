"""The same data through the defaults of Evidently and NannyML: `python -m benchmarks.peers [--seeds 5]`.

Makes a throw-away environment for each peer under `benchmarks/data` (their pins exclude one another and the project's),
so the project depends on neither. Two questions: how many columns does each report when nothing changed, and from
which shift on does it report nine of ten?
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

import driftline
from benchmarks.noise import SMALLEST

HERE = Path(__file__).parent
DATA = HERE / "data" / "peers"
PINS: Mapping[str, tuple[str, ...]] = {
    "evidently": ("evidently==0.7.23", "pandas==3.0.6", "pyarrow"),
    "nannyml": (
        "nannyml==0.13.1", "pandas==2.2.3", "numpy==2.0.2", "scikit-learn==1.6.0", "scipy==1.13.1", "lightgbm==4.5.0",
        "statsmodels", "pyarrow",
    ),
}  # fmt: skip
ROWS = (500, 2_000, 10_000)
REFERENCE_WINDOWS = 7  # the reference is as many windows long: NannyML takes its thresholds from them
KINDS = ("normal", "lognormal", "poisson", "category_3", "category_20", "category_200", "category_1000")
OF_EACH = 5
SHIFTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)  # in standard deviations
FOUND = 0.9

Alarms = Mapping[str, Mapping[str, bool]]  # by folder, then column


def environment(name: str) -> Path:
    """The interpreter of a peer's environment, made if it is not there."""
    folder = DATA / "environments" / name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINS[name]], check=True)
        (folder / "complete").touch()
    return python


@dataclass(frozen=True)
class Pair:
    """A reference and a window of `rows` rows; `shifted`: every column is normal, and moved by what its name says."""

    rows: int
    seed: int
    shifted: bool

    @property
    def folder(self) -> Path:
        return DATA / f"{'shifted' if self.shifted else 'same'}-{self.rows}-{self.seed}"

    def write(self) -> None:
        """The two files, the same every time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        chance = np.random.default_rng([self.seed, self.rows, self.shifted])
        sides = {"training": (REFERENCE_WINDOWS * self.rows, 0.0), "today": (self.rows, 1.0)}
        for side, (rows, share) in sides.items():
            if self.shifted:
                names = ((f"normal_{shift}_{number}", shift) for shift in SHIFTS for number in range(OF_EACH))
                columns = {name: pl.Series(chance.normal(shift * share, 1, rows)) for name, shift in names}
            else:
                names_of_kinds = ((kind, number) for kind in KINDS for number in range(OF_EACH))
                columns = {f"{kind}_{number}": _values(chance, kind, rows) for kind, number in names_of_kinds}
            pl.DataFrame(columns).write_parquet(self.folder / f"{side}.parquet")


def _values(chance: np.random.Generator, kind: str, rows: int) -> pl.Series:
    if kind == "normal":
        return pl.Series(chance.normal(100, 15, rows))
    if kind == "lognormal":
        return pl.Series(chance.lognormal(3, 1, rows))
    if kind == "poisson":
        return pl.Series(chance.poisson(5, rows))
    return "v" + pl.Series(chance.integers(0, int(kind.removeprefix("category_")), rows)).cast(pl.String)


def of_peer(name: str, pairs: Iterable[Pair]) -> Alarms:
    """What a peer's defaults report, in its own process and environment."""
    script = HERE / f"peers_{name}.py"
    folders = [str(pair.folder) for pair in pairs]
    done = subprocess.run(
        [str(environment(name)), str(script), *folders], check=True, stdout=subprocess.PIPE, text=True
    )
    found: Alarms = json.loads(done.stdout.splitlines()[-1])
    return found


def of_driftline(pairs: Iterable[Pair]) -> Alarms:
    """What the smallest file reports: the drift preset."""
    found = {}
    for pair in pairs:
        path = pair.folder / "monitors.yaml"
        path.write_text(SMALLEST, "utf-8")
        results = driftline.run(path, dry_run=True).results
        found[str(pair.folder)] = {one.series.column: one.is_breach for one in results if one.series.column}
    return found


def false_alarms(pairs: Iterable[Pair], alarms: Alarms) -> dict[str, float]:
    """The share of columns of each kind that are reported though nothing changed."""
    reported: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for pair in pairs:
        for column, alarm in alarms[str(pair.folder)].items():
            reported[column.rpartition("_")[0]].append(alarm)
    return {kind: float(np.mean(found)) for kind, found in reported.items()}


def smallest_shift(pairs: Iterable[Pair], alarms: Alarms) -> float | None:
    """The smallest shift from which on at least nine of ten columns are reported."""
    reported: dict[float, list[bool]] = {shift: [] for shift in SHIFTS}
    for pair in pairs:
        for column, alarm in alarms[str(pair.folder)].items():
            reported[float(column.split("_")[1])].append(alarm)
    enough = [float(np.mean(reported[shift])) >= FOUND for shift in SHIFTS]
    from_here = [all(enough[at:]) for at in range(len(SHIFTS))]
    return SHIFTS[from_here.index(True)] if any(from_here) else None


def main() -> None:
    """Print both tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="pairs of each size (default: 5)")
    seeds = range(parser.parse_args().seeds)
    pairs = [Pair(rows, seed, shifted) for shifted in (False, True) for rows in ROWS for seed in seeds]
    for pair in pairs:
        pair.write()
    tools = {"driftline": of_driftline(pairs), **{name: of_peer(name, pairs) for name in PINS}}
    print("| rows | tool |", " | ".join(KINDS), "| smallest shift |")
    print("| --- |" + " --- |" * (len(KINDS) + 2))
    for rows in ROWS:
        for tool, alarms in tools.items():
            same, shifted = ([p for p in pairs if p.rows == rows and p.shifted is moved] for moved in (False, True))
            shares = false_alarms(same, alarms)
            cells = " | ".join(f"{shares[kind]:.0%}" for kind in KINDS)
            print(f"| {rows:,} | {tool} | {cells} | {smallest_shift(shifted, alarms) or 'none'} |")


if __name__ == "__main__":
    main()
