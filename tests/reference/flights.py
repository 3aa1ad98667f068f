"""Checks on the real flights, all six months with their outcomes, beside scikit-learn, NumPy and plain Polars."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np
import polars as pl
from sklearn import metrics

from driftline.checks.base import Column, ColumnType, Subject
from driftline.config.document import Validity
from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, Wanted, categorical, measure_all, numeric, wanted

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
NUMERIC = (
    "distance", "hour", "temp", "humid", "wind_speed", "pressure", "visib", "seats", "plane_age", "p_late",
    "delay_minutes",
)  # fmt: skip
QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0)


def roles(task: str, **columns: str) -> Subject:
    """The subject of a check on a model whose roles are numeric columns."""
    return Subject(roles={role: Column(name, ColumnType.NUMERIC) for role, name in columns.items()}, task=task)


BINARY = roles("binary", target="late", prediction="late_predicted", score="p_late")
DELAY = roles("regression", target="delay_minutes", prediction="delay_predicted")
WINDY = Subject(column=Column("wind_speed", ColumnType.NUMERIC, Validity(min=5.0, max=20.0)))
PROMISE = Subject(sql="SUM(delay_predicted) / COUNT(*)")
LONG_HAUL = Subject(sql="AVG(delay_minutes) FILTER (WHERE distance > 1500 AND origin = 'JFK') - MEDIAN(delay_minutes)")

WANTED: dict[tuple[str, str], Wanted] = {
    **{(kind, name): wanted(kind, numeric(name)) for kind in ("missing_rate", "mean", "std", "min", "max")
       for name in NUMERIC},
    **{(f"quantile {q}", name): wanted("quantile", numeric(name), q=q) for name in NUMERIC for q in QUANTILES},
    ("distinct_count", "dest"): wanted("distinct_count", categorical("dest")),
    ("distinct_count", "seats"): wanted("distinct_count", numeric("seats")),
    **{("duplicate_rate", name): wanted("duplicate_rate", categorical(name)) for name in ("dest", "flight_id")},
    ("invalid_rate", "wind_speed"): wanted("invalid_rate", WINDY),
    **{(kind, ""): wanted(kind, BINARY) for kind in (
        "row_count", "label_coverage", "accuracy", "precision", "recall", "f1", "roc_auc", "log_loss")},
    **{(kind, ""): wanted(kind, DELAY) for kind in ("mae", "mse", "rmse", "r2", "mape")},
    ("metric", "promise"): wanted("metric", PROMISE),
    ("metric", "long haul"): wanted("metric", LONG_HAUL),
}  # fmt: skip


@cache
def rows() -> pl.DataFrame:
    """Every scored flight with its outcome, null where it was cancelled."""
    scored = pl.read_parquet(FLIGHTS / "predictions" / "*.parquet")
    return scored.join(pl.read_parquet(FLIGHTS / "outcomes" / "*.parquet"), on="flight_id", how="left")


@cache
def landed() -> pl.DataFrame:
    """Those with an outcome."""
    return rows().drop_nulls("late")


@cache
def readings() -> dict[tuple[str, str], Value]:
    """All of `WANTED`, from one scan."""
    return dict(zip(WANTED, measure_all(list(WANTED.values()), rows()), strict=True))


def reading(kind: str, name: str = "") -> Value:
    return readings()[kind, name]


def values(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rows()[name].drop_nulls().cast(pl.Float64).to_numpy()


def moments(kind: str) -> list[Numbers]:
    options = {"ddof": 1} if kind == "std" else {}
    found = ((name, getattr(np, kind)(values(name), **options)) for name in NUMERIC)
    return [Numbers(float(expected), reading(kind, name).value) for name, expected in found]


def missing() -> list[Numbers]:
    shares = ((name, rows()[name].null_count() / rows().height) for name in NUMERIC)
    return [Numbers(share, reading("missing_rate", name).value) for name, share in shares]


def quantiles() -> list[Numbers]:
    found = []
    for name in NUMERIC:
        for q in QUANTILES:
            ours = reading(f"quantile {q}", name)
            found.append(Numbers(float(np.quantile(values(name), q)), ours.value, ours.bound or 0.0))
    return found


def distinct() -> list[Numbers]:
    names = ("dest", "seats")
    return [Numbers(rows()[name].drop_nulls().n_unique(), reading("distinct_count", name).value) for name in names]


def repeated() -> list[Numbers]:
    names = ("dest", "flight_id")
    shares = [1 - rows()[name].n_unique() / rows().height for name in names]
    return [Numbers(share, reading("duplicate_rate", name).value) for name, share in zip(names, shares, strict=True)]


def invalid() -> Numbers:
    broken = rows().filter((pl.col("wind_speed") < 5) | (pl.col("wind_speed") > 20)).height
    return Numbers(broken / rows().height, reading("invalid_rate", "wind_speed").value)


def counted() -> Numbers:
    return Numbers(rows().height, reading("row_count").value)


def covered() -> Numbers:
    return Numbers(rows()["late"].count() / rows().height, reading("label_coverage").value)


def classified(kind: str) -> Numbers:
    score = getattr(metrics, f"{kind}_score")
    return Numbers(float(score(landed()["late"], landed()["late_predicted"])), reading(kind).value)


def scored(kind: str) -> Numbers:
    score = {"roc_auc": metrics.roc_auc_score, "log_loss": metrics.log_loss}[kind]
    ours = reading(kind)
    return Numbers(
        float(score(landed()["late"].to_numpy(), landed()["p_late"].to_numpy())), ours.value, ours.bound or 0
    )


REGRESSION = {
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
    "r2": "r2_score",
    "mape": "mean_absolute_percentage_error",
}


def predicted(kind: str) -> Numbers:
    known = landed().filter(pl.col("delay_minutes") != 0) if kind == "mape" else landed()
    score = getattr(metrics, REGRESSION[kind])
    return Numbers(float(score(known["delay_minutes"], known["delay_predicted"])), reading(kind).value)


def promise() -> Numbers:
    return Numbers(float(rows()["delay_predicted"].sum()) / rows().height, reading("metric", "promise").value)


def long_haul() -> Numbers:
    far = rows().filter((pl.col("distance") > 1500) & (pl.col("origin") == "JFK"))
    mean, median = far.select(pl.col("delay_minutes").mean()).item(), rows().select(pl.median("delay_minutes")).item()
    return Numbers(mean - median, reading("metric", "long haul").value)


ALL = "flights, March to August"
COMPARISONS = (
    Comparison("row_count", "rows by Polars", ALL, counted),
    Comparison("label_coverage", "rows by Polars", ALL, covered),
    Comparison("missing_rate", "nulls by Polars", f"{ALL}, each numeric column", missing),
    Comparison("invalid_rate", "rows by Polars", f"{ALL}, wind_speed below 5 or above 20", invalid),
    Comparison("distinct_count", "`n_unique` of Polars", f"{ALL}, dest and seats", distinct),
    Comparison("duplicate_rate", "`n_unique` of Polars", f"{ALL}, dest and flight_id", repeated),
    *(
        Comparison(kind, f"`numpy.{kind}`", f"{ALL}, each numeric column", partial(moments, kind))
        for kind in ("mean", "std", "min", "max")
    ),
    Comparison("quantile", "`numpy.quantile`", f"{ALL}, each numeric column, seven quantiles", quantiles),
    *(
        Comparison(kind, f"`sklearn.metrics.{kind}_score`", f"{ALL}, late", partial(classified, kind))
        for kind in ("accuracy", "precision", "recall", "f1")
    ),
    Comparison("roc_auc", "`sklearn.metrics.roc_auc_score`", f"{ALL}, late", partial(scored, "roc_auc")),
    Comparison("log_loss", "`sklearn.metrics.log_loss`", f"{ALL}, late", partial(scored, "log_loss")),
    *(
        Comparison(kind, f"`sklearn.metrics.{function}`", f"{ALL}, delay_minutes", partial(predicted, kind))
        for kind, function in REGRESSION.items()
    ),
    Comparison("metric", "Polars", f"{ALL}, `{PROMISE.sql}`", promise),
    Comparison("metric", "Polars", f"{ALL}, `{LONG_HAUL.sql}`", long_haul),
)
