"""Concept drift on the real flights, July against March: beside statsmodels, SciPy and scikit-learn."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import StratifiedTable

from tests.reference.comparison import Comparison, Numbers, measure
from tests.reference.flights import BINARY, DELAY, landed

BINS, VALUES = 5, 20  # of the score: each bin holds four values, which are strata of their own
Floats = NDArray[np.float64]


@cache
def month(number: int) -> pl.DataFrame:
    """The flights of a month, their score rounded to twentieths of all scores of both months."""
    first, last = (datetime(2013, at, 1, tzinfo=UTC) for at in (number, number + 1))
    return landed().filter(pl.col("scheduled_at").is_between(first, last, closed="left"))


@cache
def sides() -> tuple[pl.DataFrame, pl.DataFrame]:
    """July and March, with scores of 20 values that as many flights have, as far as ties let them."""
    now, then = month(7), month(3)
    edges = np.quantile(np.concatenate([now["p_late"], then["p_late"]]), np.linspace(0, 1, VALUES + 1)[1:-1])
    now, then = (
        side.with_columns(p_late=(np.searchsorted(edges, side["p_late"]) + 1) / VALUES) for side in (now, then)
    )
    return now, then


def tables() -> list[NDArray[np.int64]]:
    """By value of the score: late or not, in the window and in the baseline."""
    now, then = sides()
    found = []
    for value in sorted({*now["p_late"], *then["p_late"]}):
        late = [side.filter(pl.col("p_late") == value)["late"].cast(pl.Int64) for side in (now, then)]
        found.append(np.array([[one.sum(), one.len() - one.sum()] for one in late]))
    return found


def reliability_p_value() -> Numbers:
    """The sum over bins of Mantel-Haenszel's chi-square, and its p-value."""
    each = tables()
    bins = [each[at : at + VALUES // BINS] for at in range(0, VALUES, VALUES // BINS)]
    statistic = sum(StratifiedTable(strata).test_null_odds(correction=False).statistic for strata in bins)
    ours = measure("calibration_drift", BINARY, *sides(), bins=BINS)
    return Numbers(float(stats.chi2.sf(statistic, BINS)), ours.p_value or 0.0)


def reliability_value() -> Numbers:
    """With a bin for each value, the mean difference of the shares of late flights."""
    each = tables()
    rates = [[side[0] / side.sum() for side in table] for table in each]
    rows = np.array([table[0].sum() for table in each])
    expected = float(sum(n * abs(one - other) for n, (one, other) in zip(rows, rates, strict=True)) / rows.sum())
    return Numbers(expected, measure("calibration_drift", BINARY, *sides(), bins=VALUES).value)


def errors(number: int) -> Floats:
    frame = month(number).drop_nulls(["delay_minutes", "delay_predicted"])
    return (frame["delay_predicted"] - frame["delay_minutes"]).to_numpy()


def residuals(distance: str) -> Numbers:
    now, then = errors(7), errors(3)
    if distance == "ks":
        expected = float(stats.ks_2samp(now, then).statistic)
    else:
        expected = float(stats.wasserstein_distance(now, then) / then.std())
    ours = measure("residual_drift", DELAY, month(7), month(3), distance=distance)
    return Numbers(expected, ours.value, ours.bound or 0.0)


def change(of: str) -> Numbers:
    now, then = month(7), month(3)
    if of == "accuracy":
        reads = [metrics.accuracy_score(side["late"], side["late_predicted"]) for side in (now, then)]
        ours = measure("performance_change", BINARY, now, then, of=of)
    else:
        known = [side.drop_nulls(["delay_minutes", "delay_predicted"]) for side in (now, then)]
        reads = [metrics.mean_absolute_error(side["delay_minutes"], side["delay_predicted"]) for side in known]
        ours = measure("performance_change", DELAY, now, then, of=of)
    return Numbers(float(reads[0] - reads[1]), ours.value)


MONTHS = "flights of July and March"
SCORES = f"{MONTHS}, scores of {VALUES} values"
COMPARISONS = (
    Comparison("performance_change", "scikit-learn accuracy_score", MONTHS, partial(change, "accuracy")),
    Comparison("performance_change", "scikit-learn mean_absolute_error", MONTHS, partial(change, "mae")),
    Comparison("residual_drift", "SciPy ks_2samp", MONTHS, partial(residuals, "ks")),
    Comparison("residual_drift", "SciPy wasserstein_distance", MONTHS, partial(residuals, "wasserstein")),
    Comparison("calibration_drift", "NumPy", SCORES, reliability_value),
    Comparison("calibration_drift", "statsmodels StratifiedTable, SciPy chi2", SCORES, reliability_p_value, "p-value"),
)
