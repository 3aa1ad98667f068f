"""Performance of regressions, with and without weights of rows, beside scikit-learn, NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from scipy import stats
from sklearn import metrics
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from statsmodels.stats.weightstats import DescrStatsW

from driftline.checks.base import Column, ColumnType, Subject
from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, measure

ROLES = {role: Column(name, ColumnType.NUMERIC) for role, name in (("target", "y"), ("prediction", "p"))}
WEIGHT = {"weight": Column("w", ColumnType.NUMERIC)}
DATA = "diabetes"
DRAWS = 2_000


@cache
def frame() -> pl.DataFrame:
    """Progression of diabetes by a linear regression on body mass and blood pressure; weights by age."""
    data, target = load_diabetes(return_X_y=True)
    predicted = LinearRegression().fit(data[:, 2:4], target).predict(data[:, 2:4])
    return pl.DataFrame({"y": target, "p": np.maximum(predicted, 1.0) + 3, "w": 0.2 + data[:, 0] - data[:, 0].min()})


def ours(kind: str, weighted: bool = False, **params: Any) -> Value:
    return measure(kind, Subject(roles=ROLES | (WEIGHT if weighted else {}), task="regression"), frame(), **params)


def arrays() -> tuple[Any, Any, Any]:
    return tuple(frame()[name].to_numpy() for name in ("y", "p", "w"))  # type: ignore[return-value]


def of_rows(kind: str, reference: Callable[..., Any], weighted: bool, **params: Any) -> Numbers:
    y, p, w = arrays()
    found = ours(kind, weighted, **params)
    return Numbers(
        float(reference(y, p, **({"sample_weight": w} if weighted else {}))), found.value, found.bound or 0.0
    )


def symmetric(y: Any, p: Any, sample_weight: Any = None) -> float:
    return float(np.average(2 * np.abs(p - y) / (np.abs(p) + np.abs(y)), weights=sample_weight))


def bias(y: Any, p: Any, sample_weight: Any = None) -> float:
    return float(np.average(p - y, weights=sample_weight))


def student(end: int) -> Numbers:
    """The interval of the mean error, by Student's law."""
    y, p, _ = arrays()
    expected = DescrStatsW(p - y).tconfint_mean()[end]
    interval = ours("mean_error").interval
    assert interval is not None
    return Numbers(float(expected), interval[end])


def order_statistics(end: int) -> Numbers:
    """The interval of the median by the exact binomial law."""
    y, p, _ = arrays()
    found = stats.quantile_test(np.abs(p - y), p=0.5).confidence_interval(0.95)
    reading = ours("median_absolute_error")
    assert reading.interval is not None
    return Numbers(float(found[end]), reading.interval[end], reading.bound or 0.0)


def resampled(kind: str, reference: Callable[..., Any], weighted: bool) -> Numbers:
    """The standard error, in those of a bootstrap of the rows."""
    y, p, w = arrays()
    chance = np.random.default_rng(5)
    found = []
    for _ in range(DRAWS):
        at = chance.integers(0, len(y), len(y))
        found.append(reference(y[at], p[at], **({"sample_weight": w[at]} if weighted else {})))
    return Numbers(1.0, (ours(kind, weighted).standard_error or 0.0) / float(np.std(found)))


METRICS: tuple[tuple[str, str, Callable[..., Any], dict[str, Any]], ...] = (
    *(
        (kind, f"`sklearn.metrics.{name}`", getattr(metrics, name), {})
        for kind, name in (
            ("mae", "mean_absolute_error"),
            ("mse", "mean_squared_error"),
            ("rmse", "root_mean_squared_error"),
            ("mape", "mean_absolute_percentage_error"),
            ("r2", "r2_score"),
            ("explained_variance", "explained_variance_score"),
            ("rmsle", "root_mean_squared_log_error"),
        )
    ),
    ("smape", "its formula over rows, in NumPy", symmetric, {}),
    ("mean_error", "`numpy.average`", bias, {}),
    *(
        ("quantile_loss", "`sklearn.metrics.mean_pinball_loss`", partial(metrics.mean_pinball_loss, alpha=q), {"q": q})
        for q in (0.1, 0.9)
    ),
)
UNWEIGHTED = (
    ("median_absolute_error", "`sklearn.metrics.median_absolute_error`", metrics.median_absolute_error),
    ("max_error", "`sklearn.metrics.max_error`", metrics.max_error),
)
RESAMPLED = ("mae", "mse", "mape", "r2", "explained_variance", "rmsle")
SAMPLING = "the standard deviation of so many draws is known to 1.6 %"

COMPARISONS = (
    *(
        Comparison(
            kind,
            reference,
            f"{DATA}{''.join(f', {name} = {value}' for name, value in params.items())}{', weighted rows' * weighted}",
            partial(of_rows, kind, function, weighted, **params),
        )
        for kind, reference, function, params in METRICS
        for weighted in (False, True)
    ),
    *(
        Comparison(kind, reference, DATA, partial(of_rows, kind, function, weighted=False))
        for kind, reference, function in UNWEIGHTED
    ),
    *(
        Comparison(
            "mean_error",
            "`statsmodels DescrStatsW.tconfint_mean`",
            DATA,
            partial(student, end),
            f"{name} end",
            allowed=1e-5,
            why="Student's quantile by its expansion",
        )
        for end, name in enumerate(("lower", "upper"))
    ),
    *(
        Comparison(
            "median_absolute_error",
            "`scipy.stats.quantile_test`",
            DATA,
            partial(order_statistics, end),
            f"{name} end",
        )
        for end, name in enumerate(("lower", "upper"))
    ),
    *(
        Comparison(
            kind,
            f"bootstrap of {DRAWS:,} draws, in NumPy",
            f"{DATA}{', weighted rows' * weighted}",
            partial(resampled, kind, function, weighted),
            "standard error, relative",
            allowed=0.04,
            why=SAMPLING,
        )
        for kind, _, function, params in METRICS
        if kind in RESAMPLED
        for weighted in (False, True)
    ),
)
