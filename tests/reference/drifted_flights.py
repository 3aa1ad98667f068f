"""Drift of the flights, April beside the training data, and of Evidently's frames: SciPy, NumPy, Evidently."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from scipy.spatial.distance import jensenshannon

from driftline.checks.base import Subject
from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, Wanted, categorical, measure_all, numeric, wanted

DATA = Path(__file__).parents[1] / "data"
NUMERIC = (
    "distance", "hour", "weekday", "temp", "humid", "wind_speed", "precip", "visib", "pressure", "seats", "plane_age",
    "p_late", "delay_predicted",
)  # fmt: skip
CATEGORIES = ("carrier", "origin", "dest")
WHOLE = ("cat_3", "cat_20", "cat_bin", "cat_same", "cat_int")  # of Evidently's: every value on both sides
NUMBERS = ("num_normal", "num_same", "num_lognormal", "num_bimodal", "num_int_poisson", "num_scaled")

Pair = tuple[pl.DataFrame, pl.DataFrame]
Readings = dict[tuple[str, str], Value]


@cache
def flights() -> Pair:
    """April's flights, and those of the training data."""
    april = pl.col("scheduled_at").is_between(
        datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 5, 1, tzinfo=UTC), "left"
    )
    scored = pl.read_parquet(DATA / "flights" / "predictions" / "*.parquet")
    return scored.filter(april), pl.read_parquet(DATA / "flights" / "training.parquet")


@cache
def evidently() -> Pair:
    """The frames of unequal size that Evidently was given: 3,000 rows now, 5,000 before."""
    folder = DATA / "parity" / "evidently"
    return pl.read_parquet(folder / "cur_unequal.parquet"), pl.read_parquet(folder / "ref_unequal.parquet")


@cache
def scores() -> dict[str, dict[str, float]]:
    """What Evidently said of them: method -> column -> score."""
    found: dict[str, dict[str, float]] = json.loads((DATA / "parity" / "evidently" / "scores.json").read_text("utf-8"))[
        "scores"
    ]
    return found


def measured(pair: Pair, checks: dict[tuple[str, str], Wanted]) -> Readings:
    return dict(zip(checks, measure_all(list(checks.values()), *pair), strict=True))


@cache
def readings_of_flights() -> Readings:
    subjects: dict[str, Subject] = {**{n: numeric(n) for n in NUMERIC}, **{n: categorical(n) for n in CATEGORIES}}
    kinds: dict[str, tuple[str, ...]] = {"ks": NUMERIC, "wasserstein": NUMERIC}
    kinds |= dict.fromkeys(("psi", "jensen_shannon", "chi_square", "unseen_rate"), CATEGORIES)
    return measured(flights(), {(k, n): wanted(k, subjects[n]) for k, names in kinds.items() for n in names})


@cache
def readings_of_evidently() -> Readings:
    checks = {(kind, n): wanted(kind, categorical(n)) for kind in ("psi", "jensen_shannon") for n in WHOLE}
    checks |= {("wasserstein", n): wanted("wasserstein", numeric(n), normalize=True) for n in NUMBERS}
    return measured(evidently(), checks)


def both(name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The values of a numeric column, now and before."""
    return tuple(side[name].drop_nulls().cast(pl.Float64).to_numpy() for side in flights())  # type: ignore[return-value]


def counted(name: str) -> np.ndarray[Any, Any]:
    """The counts of a category's values: two rows, now and before."""
    now, then = (dict(side[name].drop_nulls().value_counts().iter_rows()) for side in flights())
    return np.array([[side.get(value, 0) for value in sorted({*now, *then})] for side in (now, then)], float)


def cdf(kind: str) -> list[Numbers]:
    found = []
    for name in NUMERIC:
        ours = readings_of_flights()[kind, name]
        now, then = both(name)
        distance = stats.ks_2samp(now, then).statistic if kind == "ks" else stats.wasserstein_distance(now, then)
        found.append(Numbers(float(distance), ours.value, ours.bound or 0.0))
    return found


def statistic(kind: str, name: str) -> Numbers:
    table = counted(name)
    if kind == "chi_square":
        expected = stats.chi2_contingency(table, correction=False).statistic
    elif kind == "jensen_shannon":
        expected = jensenshannon(*table)
    else:
        p, q = (row / row.sum() for row in np.maximum(table, 0.5))
        expected = np.sum((p - q) * np.log(p / q))
    return Numbers(float(expected), readings_of_flights()[kind, name].value)


def unseen() -> list[Numbers]:
    now, then = flights()
    shares = [(name, 1 - now[name].is_in(then[name].unique().to_list()).mean()) for name in CATEGORIES]  # type: ignore[operator]
    return [Numbers(float(share), readings_of_flights()["unseen_rate", name].value) for name, share in shares]


def as_evidently(kind: str, method: str, names: tuple[str, ...]) -> list[Numbers]:
    ours = [readings_of_evidently()[kind, name] for name in names]
    return [Numbers(scores()[method][n], one.value, one.bound or 0.0) for n, one in zip(names, ours, strict=True)]


APRIL = "flights, April beside training"
FRAMES = "its frames of 3,000 and 5,000 rows"
REFERENCES = {
    "psi": "definition in NumPy",
    "jensen_shannon": "`scipy.spatial.distance.jensenshannon`",
    "chi_square": "`scipy.stats.chi2_contingency`",
}
COMPARISONS = (
    Comparison("ks", "`scipy.stats.ks_2samp`", f"{APRIL}, numeric columns", partial(cdf, "ks")),
    Comparison("wasserstein", "`scipy.stats.wasserstein_distance`", f"{APRIL}, numeric columns",
               partial(cdf, "wasserstein")),
    *(
        Comparison(kind, reference, f"{APRIL}, {name}", partial(statistic, kind, name))
        for kind, reference in REFERENCES.items() for name in CATEGORIES
    ),
    Comparison("unseen_rate", "rows by Polars", f"{APRIL}, categories", unseen),
    Comparison("psi", "Evidently 0.7.23", f"{FRAMES}, categories that both sides hold",
               partial(as_evidently, "psi", "psi", WHOLE)),
    Comparison("jensen_shannon", "Evidently 0.7.23", f"{FRAMES}, categories that both sides hold",
               partial(as_evidently, "jensen_shannon", "jensenshannon", WHOLE)),
    Comparison("wasserstein", "Evidently 0.7.23", f"{FRAMES}, numeric columns, normalized",
               partial(as_evidently, "wasserstein", "wasserstein", NUMBERS)),
)  # fmt: skip
