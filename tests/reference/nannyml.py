"""Estimates without labels against CBPE of NannyML (tests/data/nannyml)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl

from driftline.checks.base import Column, ColumnType, Subject
from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, measure_each, wanted

DATA = Path(__file__).parents[1] / "data" / "nannyml"
REFERENCE = "NannyML 0.13.1, CBPE"
METRICS = ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc")
DATA_SETS = {
    "car_loan": "car_loan, 20 chunks of 5,000 rows",
    "small_calibrated": "small_calibrated, 21 days of 500 rows",
    "three_classes": "three classes, 6 chunks of 2,000 rows",
}
ROUNDED = "NannyML rounds the points of the curve to 5 decimals of a row"
ROWS = "NannyML scales the probabilities of each row to a sum of 1, which one-column profiles cannot"


@cache
def figures() -> Mapping[str, list[dict[str, Any]]]:
    """What NannyML estimates: by data set, for each chunk."""
    found: Mapping[str, list[dict[str, Any]]] = json.loads((DATA / "cbpe.json").read_text("utf-8"))
    return found


def binary() -> Subject:
    """A model of two classes."""
    roles = {role: Column(role, ColumnType.NUMERIC) for role in ("target", "prediction", "score")}
    return Subject(roles=roles, task="binary")


def multiclass() -> Subject:
    """A model of three classes."""
    roles = {role: Column(role, ColumnType.CATEGORICAL) for role in ("target", "prediction")}
    return Subject(roles=roles, scores={"a": "p_a", "b": "p_b", "c": "p_c"}, task="multiclass")


@cache
def readings(data: str) -> list[tuple[dict[str, Any], Mapping[str, Value]]]:
    """NannyML's figures of every chunk, and what we read of it, by metric."""
    frame = pl.read_parquet(DATA / f"{data}.parquet")
    on = multiclass() if data == "three_classes" else binary()
    checks = [wanted(f"estimated_{metric}", on) for metric in METRICS]
    rows = (of_chunk(one, frame).drop("target") for one in figures()[data])
    ours = measure_each(checks, rows, frame.filter(period="reference"))
    found = (dict(zip(METRICS, each, strict=True)) for each in ours)
    return list(zip(figures()[data], found, strict=True))


def of_chunk(one: Mapping[str, Any], frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a chunk that there are figures of."""
    return frame.filter(period=one["period"], chunk=one["chunk"])


def chunks(data: str, metric: str) -> list[Numbers]:
    """The estimates of every chunk of a data set, from profiles at the standard resolution."""
    read = ((one[metric], found[metric]) for one, found in readings(data))
    return [Numbers(expected, reading.value, reading.bound or 0.0) for expected, reading in read]


def comparison(data: str, metric: str) -> Comparison:
    """One estimate on one data set."""
    what, numbers = f"estimated_{metric}", partial(chunks, data, metric)
    if data == "three_classes":
        return Comparison(what, REFERENCE, DATA_SETS[data], numbers, allowed=0.011, why=ROWS)
    if metric == "roc_auc":
        return Comparison(what, REFERENCE, DATA_SETS[data], numbers, allowed=5e-8, why=ROUNDED)
    return Comparison(what, REFERENCE, DATA_SETS[data], numbers)


COMPARISONS = [comparison(data, metric) for data in DATA_SETS for metric in METRICS]
