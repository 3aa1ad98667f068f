"""Rows for tests: small, seeded, and the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
DAY_ROWS = 200


def day(number: int) -> str:
    """The start of day `number` as an argument of the command; day 0 is START."""
    return f"{START + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"


def scored(
    days: int,
    *,
    shift: Mapping[int, float] | None = None,
    per_day: int = DAY_ROWS,
    start: datetime = START,
    seed: int = 1,
) -> pl.DataFrame:
    """Scored rows spread evenly over `days`: id, ts, the features x, z, c, then score p, prediction yhat and truth y.

    `shift` is added to x on the days that it names.
    """
    chance, count = np.random.default_rng(seed), days * per_day
    number = np.arange(count) // per_day
    added = np.array([(shift or {}).get(int(each), 0.0) for each in range(days)])
    step = timedelta(days=1) / per_day
    p = chance.random(count)
    return pl.DataFrame(
        {
            "id": np.arange(count),
            "ts": pl.Series([start + step * at for at in range(count)], dtype=pl.Datetime("us", "UTC")),
            "x": chance.normal(0, 1, count) + added[number],
            "z": chance.normal(50, 5, count),
            "c": chance.choice(["red", "green", "blue"], count, p=[0.5, 0.3, 0.2]),
            "p": p,
            "yhat": (p > 0.5).astype(np.int8),
            "y": (chance.random(count) < p).astype(np.int8),
        }
    )


def training(rows: int = 2_000) -> pl.DataFrame:
    """A reference of the same kind, without time."""
    return scored(1, per_day=rows, seed=99).drop("ts")


def labels(rows: pl.DataFrame, delay: timedelta = timedelta(hours=6)) -> pl.DataFrame:
    """The truth of scored rows, known `delay` after each."""
    return rows.select("id", (pl.col("ts") + delay).alias("known_at"), "y")


MODEL = """
version: 1
defaults: {window: 1d}
sources:
  scored: {path: scored.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m:
    task: binary
    source: scored
    roles: {id: id, score: p, prediction: yhat, target: y}
    features: [x, z, c]
    segments: {colour: {by: c}, tall: {where: "x > 1"}}
    baseline: training
"""
