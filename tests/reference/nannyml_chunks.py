"""Metrics and drift of single chunks, beside the figures of NannyML (tests/data/nannyml)."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import polars as pl

from driftline.checks.base import Column, ColumnType, Subject
from tests.reference.comparison import Comparison, Numbers, categorical, measure_each, numeric, wanted
from tests.reference.estimates import CARS, cars
from tests.reference.nannyml import DATA, DATA_SETS, binary, of_chunk

OF_CLASSES = ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc", "average_precision")
OF_ERRORS = ("mae", "mse", "rmse", "mape")
OF_NUMBERS = ("ks", "wasserstein")
OF_CATEGORIES = ("chi_square", "jensen_shannon", "l_infinity", "hellinger")
WORDS = {"small_calibrated": ("cat",), "car_price": ("transmission", "fuel")}
NUMBERS = ("x0", "x1", "x2", "x3")
TITLES = DATA_SETS | {"car_price": CARS}
Figures = list[dict[str, Any]]
Pairs = dict[str, list[Numbers]]


@cache
def figures(topic: str, data: str) -> Figures:
    """What NannyML says of each chunk."""
    found: Figures = json.loads((DATA / f"{topic}.json").read_text("utf-8"))[data]
    return found


@cache
def realized(data: str) -> Pairs:
    """By metric, for each chunk."""
    frame = cars() if data == "car_price" else pl.read_parquet(DATA / f"{data}.parquet")
    roles = {role: Column(role, ColumnType.NUMERIC) for role in ("target", "prediction")}
    on = Subject(roles=roles, task="regression") if data == "car_price" else binary()
    kinds = OF_ERRORS if data == "car_price" else OF_CLASSES
    found: Pairs = {kind: [] for kind in kinds}
    chunks = (of_chunk(one, frame) for one in figures("realized", data))
    ours = measure_each([wanted(kind, on) for kind in kinds], chunks)
    for one, readings in zip(figures("realized", data), ours, strict=True):
        for kind, reading in zip(kinds, readings, strict=True):
            found[kind].append(Numbers(one[kind], reading.value, reading.bound or 0.0))
    return found


@cache
def drifted(data: str) -> Pairs:
    """By check, for each chunk and column beside the reference."""
    frame = pl.read_parquet(DATA / f"{data}_features.parquet")
    checks = {
        (kind, name): wanted(kind, categorical(name), **({"base": "2"} if kind == "jensen_shannon" else {}))
        for kind in OF_CATEGORIES
        for name in WORDS[data]
        # Of two categories NannyML's chi-square is Yates's.
        if (kind, name) != ("chi_square", "transmission")
    }
    if data == "small_calibrated":
        checks |= {(kind, name): wanted(kind, numeric(name)) for kind in OF_NUMBERS for name in NUMBERS}
    found: Pairs = {kind: [] for kind, _ in checks}
    chunks = (of_chunk(one, frame) for one in figures("univariate", data))
    ours = measure_each(list(checks.values()), chunks, frame.filter(period="reference"), draws=0)
    for one, readings in zip(figures("univariate", data), ours, strict=True):
        for (kind, name), reading in zip(checks, readings, strict=True):
            found[kind].append(Numbers(one[f"{kind} {name}"], reading.value, reading.bound or 0.0))
    return found


def of_metric(data: str, kind: str) -> list[Numbers]:
    return realized(data)[kind]


def of_drift(data: str, kind: str) -> list[Numbers]:
    return drifted(data)[kind]


NANNYML = "NannyML 0.13.1"
COMPARISONS = (
    *(
        Comparison(kind, NANNYML, TITLES[data], partial(of_metric, data, kind))
        for data in ("car_loan", "small_calibrated", "car_price")
        for kind in (OF_ERRORS if data == "car_price" else OF_CLASSES)
    ),
    *(
        Comparison(kind, NANNYML, f"{TITLES[data]}, categories", partial(of_drift, data, kind))
        for data in WORDS
        for kind in OF_CATEGORIES
    ),
    *(
        Comparison(kind, NANNYML, f"{TITLES['small_calibrated']}, numbers", partial(of_drift, "small_calibrated", kind))
        for kind in OF_NUMBERS
    ),
)
