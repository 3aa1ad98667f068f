"""Does it cry wolf, and does it see the wolf? `python -m benchmarks.noise [--seeds 30]`.

The smallest file of the language (a source, a baseline, the drift preset) judges data of which the truth is known:
noise in which nothing changed, and noise in which ten columns moved.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import driftline

SMALLEST = """
version: 1
sources:
  today:    {path: today.parquet}
  training: {path: training.parquet}
models:
  churn: {source: today, baseline: training}
monitors:
  drift: {preset: drift}
"""
THRESHOLD = 0.1  # of the preset's warning, in PSI
ALPHA = 0.01  # the declared rate: a run over all columns cries wolf this often

Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


@dataclass(frozen=True)
class Found:
    """What became of one run: columns with an alarm among those that moved, and among those that did not.

    `beyond` counts the columns beyond the threshold, an alarm or not: what would cry wolf without significance.
    """

    moved: int
    unmoved: int
    beyond: int


def sample(chance: np.random.Generator, rows: int, columns: int) -> Columns:
    """Columns in turn: normal, lognormal, Poisson, a category of three to fifty values."""
    found: Columns = {}
    for number in range(columns):
        kind = number % 4
        if kind == 0:
            found[f"normal_{number}"] = chance.normal(100, 15, rows)
        elif kind == 1:
            found[f"lognormal_{number}"] = chance.lognormal(3, 1, rows)
        elif kind == 2:
            found[f"poisson_{number}"] = chance.poisson(1 + number, rows)
        else:
            values = chance.integers(0, (3, 10, 25, 50)[number // 4 % 4], rows)
            found[f"category_{number}"] = np.char.add("v", values.astype(str))
    return found


def move(columns: Columns, count: int, deviations: float) -> tuple[Columns, frozenset[str]]:
    """The first `count` continuous columns further up by so many of their standard deviations; their names."""
    names = [name for name, values in columns.items() if values.dtype.kind == "f"][:count]
    moved = {name: columns[name] + deviations * columns[name].std() for name in names}
    return {**columns, **moved}, frozenset(names)


def judge(folder: Path, seed: int, rows: int, columns: int, moved: int = 0, deviations: float = 0.0) -> Found:
    """Draw both sides from one distribution, move some columns, run the smallest file on them."""
    chance = np.random.default_rng(seed)
    pl.DataFrame(sample(chance, rows, columns)).write_parquet(folder / "training.parquet")
    today, names = move(sample(chance, rows, columns), moved, deviations)
    pl.DataFrame(today).write_parquet(folder / "today.parquet")
    path = folder / "monitors.yaml"
    path.write_text(SMALLEST, "utf-8")
    report = driftline.run(path, dry_run=True)
    judged = [result for result in report.results if result.value is not None]
    if len(judged) != columns:
        raise RuntimeError(f"{len(judged)} of {columns} columns were judged")
    alarms = {result.series.column for result in judged if result.is_breach}
    beyond = sum(result.value is not None and result.value > THRESHOLD for result in judged)
    return Found(len(alarms & names), len(alarms - names), beyond)


def main() -> None:
    """Print both counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30, help="how many runs of each kind (default: 30)")
    seeds = range(parser.parse_args().seeds)
    with tempfile.TemporaryDirectory(prefix="driftline-noise-") as name:
        folder = Path(name)
        for rows in (5_000, 1_000, 200):
            found = [judge(folder, seed, rows, columns=50) for seed in seeds]
            runs, alarms = sum(each.unmoved > 0 for each in found), sum(each.unmoved for each in found)
            print(
                f"nothing moved, 50 columns, {rows:5,} rows a side: {alarms} alarms in {50 * len(found):,} verdicts, "
                f"{runs} of {len(found)} runs with any (declared: {ALPHA:.0%} of them); "
                f"{sum(each.beyond for each in found)} verdicts beyond the threshold of {THRESHOLD}"
            )
        found = [judge(folder, seed, 1_000, columns=40, moved=10, deviations=0.6) for seed in seeds]
        share = sum(each.moved for each in found) / (10 * len(found))
        print(
            f"10 of 40 columns moved by 0.6 standard deviations, 1,000 rows a side: {share:.1%} of them found, "
            f"{sum(each.unmoved for each in found)} alarms on the other 30"
        )


if __name__ == "__main__":
    main()
