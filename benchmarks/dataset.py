"""Two sides of 33 columns at any number of rows, the same ones every time: `python -m benchmarks.dataset ROWS`.

Written by the million rows, each block from a seed of its own: memory stays that of one block, and the first block does
not depend on how many follow.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

DATA = Path(__file__).parent / "data"
VERSION = 1  # of the recipe: another one gets folders of its own
BLOCK = 1_000_000
DAY_START = 1_700_006_400  # 2023-11-15T00:00:00Z
DAY_MICROSECONDS = 86_400 * 10**6
CARDINALITIES = (3, 10, 50, 200, 1_000)
WITH_NULLS = ("f6", "f7", "f8", "f9")
SHIFTED = 5  # columns of the current side that drift
SIDES = {"reference": (1, 0.0), "current": (2, 0.3)}  # seed, shift


def block(seed: int, shift: float, first: int, rows: int, total: int) -> pl.DataFrame:
    """Rows `first` to `first + rows` of a side of `total` rows that are spread evenly over one day."""
    chance = np.random.default_rng([seed, first])
    columns: dict[str, Any] = {}
    for number in range(20):
        values = _numbers(chance, number % 3, rows)
        columns[f"f{number}"] = values + shift if number < SHIFTED else values
    for number in range(5):
        columns[f"i{number}"] = chance.poisson(5 * (number + 1), rows)
    for number, cardinality in enumerate(CARDINALITIES):
        columns[f"c{number}"] = pl.Series(chance.integers(0, cardinality, rows)).cast(pl.String)
    microseconds = np.arange(first, first + rows, dtype=np.int64) * DAY_MICROSECONDS // total
    columns["ts"] = (microseconds + DAY_START * 10**6).astype("datetime64[us]")
    score = chance.random(rows)
    columns["p"] = score
    columns["y"] = (chance.random(rows) < score).astype(np.int8)
    columns["yhat"] = (score > 0.5).astype(np.int8)
    gaps = {name: pl.Series(chance.random(rows) < 0.02) for name in WITH_NULLS}
    return pl.DataFrame(columns).with_columns(
        pl.when(gap).then(None).otherwise(pl.col(name)).alias(name) for name, gap in gaps.items()
    )


def _numbers(chance: np.random.Generator, shape: int, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Normal, lognormal, or two humps."""
    if shape == 0:
        return chance.normal(0, 1, rows)
    if shape == 1:
        return chance.lognormal(0, 1, rows)
    return np.where(chance.random(rows) < 0.5, chance.normal(-3, 1, rows), chance.normal(3, 1, rows))


def folder(rows: int) -> Path:
    """Where the data of so many rows lie: a folder of Parquet files for each side."""
    return DATA / f"v{VERSION}-{rows}"


def write(rows: int) -> Path:
    """Make the data unless they are there; the folder appears when it is complete."""
    place = folder(rows)
    if place.exists():
        return place
    unfinished = place.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for side, (seed, shift) in SIDES.items():
        (unfinished / side).mkdir(parents=True)
        for number, first in enumerate(range(0, rows, BLOCK)):
            data = block(seed, shift, first, min(BLOCK, rows - first), rows)
            data.write_parquet(unfinished / side / f"{number:04}.parquet", compression="zstd")
    unfinished.rename(place)
    return place


if __name__ == "__main__":
    print(write(int(sys.argv[1])))
