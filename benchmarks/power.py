"""What is the smallest change that each check finds nine times of ten? `python -m benchmarks.power [--check GLOB]`.

Three changes, each beside the test that theory holds best for it: the mean of a normal column (z-test), its spread
(F-test), the share of one of two categories (z-test of the arcsine of its root). A check finds a change where its
p-value is at most 5 %. The table shows the change and, in brackets, how many times as large it is as the one that the
best test finds.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial

import numpy as np
import polars as pl

from benchmarks.trials import Case, Trials
from driftline.checks.base import Column, ColumnType, CompositeCheck, Subject, Takes
from driftline.registry import load

SIZES = (200, 2_000, 20_000)
LEVEL, POWER = 0.05, 0.9
QUANTILES = 1.959964 + 1.281552  # of the normal law: two-sided 5 %, and nine of ten
MULTIPLES = (0.7, 0.85, 1.0, 1.15, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.5)  # of the change that the best test finds
SHARE = 0.3
COLUMNS = {
    "mean": Column("mean", ColumnType.NUMERIC),
    "spread": Column("spread", ColumnType.NUMERIC),
    "share": Column("share", ColumnType.CATEGORICAL),
}

Shares = Mapping[tuple[str, str], float]  # of trials in which a change was found, by check and change


@dataclass(frozen=True)
class Best:
    """The changes that the best tests find nine times of ten with so many rows a side."""

    rows: int

    @property
    def changes(self) -> dict[str, float]:
        error = QUANTILES * math.sqrt(2 / self.rows)
        spread = math.exp(QUANTILES * math.sqrt(4 / (self.rows - 1)) / 2) - 1
        share = math.sin(math.asin(math.sqrt(SHARE)) + error / 2) ** 2 - SHARE
        return {"mean": error, "spread": spread, "share": share}


def draw(
    chance: np.random.Generator, rows: int, mean: float = 0.0, spread: float = 0.0, share: float = 0.0
) -> pl.DataFrame:
    """Rows with the three columns, changed by so much."""
    columns = {
        "mean": chance.normal(mean, 1, rows),
        "spread": chance.normal(0, 1 + spread, rows),
        "share": pl.Series(chance.random(rows) < SHARE + share).cast(pl.String),
    }
    return pl.DataFrame(columns)


def cases(glob: str) -> list[Case]:
    """Every check of one column that gives a p-value, on each change that it can measure."""
    registry, found = load(), []
    for kind in registry.checks:
        cls = registry.check_class(kind)
        if issubclass(cls, CompositeCheck) or cls.takes is not Takes.COLUMN or not fnmatch(kind, glob):
            continue
        found += [
            Case(cls(), change, Subject(column=column))
            for change, column in COLUMNS.items()
            if column.type in cls.column_types
        ]
    return found


def found(chosen: Sequence[Case], rows: int, multiple: float, count: int, seed: int) -> Shares:
    """How often each check finds changes that are so many times as large as the best test needs."""
    specs = list(dict.fromkeys(spec for case in chosen for spec in case.specs))
    changes = {name: multiple * change for name, change in Best(rows).changes.items()}
    trials = Trials.of(
        seed, specs, partial(draw, mean=changes["mean"], spread=changes["spread"], share=changes["share"]), draw
    )
    hits: dict[tuple[str, str], list[bool]] = {}
    for now, then in trials.pairs(rows, rows, count, specs):
        for case in chosen:
            p_value = case.read(now, then).p_value
            if p_value is not None:
                hits.setdefault((case.check.kind, case.data), []).append(p_value <= LEVEL)
    return {key: float(np.mean(values)) for key, values in hits.items()}


def crossing(shares: Sequence[float]) -> float | None:
    """The multiple at which the power is reached, between those that were tried; None beyond the last."""
    for at, share in enumerate(shares):
        if share >= POWER:
            if at == 0:
                return MULTIPLES[0]
            before = shares[at - 1]
            return MULTIPLES[at - 1] + (POWER - before) / (share - before) * (MULTIPLES[at] - MULTIPLES[at - 1])
    return None


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=300, help="of each change (default: 300)")
    parser.add_argument("--check", default="*", help="checks by name, a glob (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = cases(options.check)
    table: dict[tuple[str, str], list[str]] = {}
    for rows in SIZES:
        steps = [found(chosen, rows, multiple, options.trials, options.seed) for multiple in MULTIPLES]
        best = Best(rows).changes
        for key in steps[0]:
            multiple = crossing([shares[key] for shares in steps])
            far = f"> {MULTIPLES[-1] * best[key[1]]:.3g}"
            table.setdefault(key, []).append(
                far if multiple is None else f"{multiple * best[key[1]]:.3g} ({multiple:.2f})"
            )
    print("| change | check |", " | ".join(f"{rows:,} a side" for rows in SIZES), "|")
    print("| --- |" + " --- |" * (len(SIZES) + 1))
    for change in COLUMNS:
        print(f"| {change} | the best test |", " | ".join(f"{Best(rows).changes[change]:.3g}" for rows in SIZES), "|")
        for (kind, what), cells in table.items():
            if what == change:
                print(f"| {change} | `{kind}` |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
