"""Checks on the real flights, all six months with their outcomes, against scikit-learn, NumPy and plain Polars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from driftline.checks.base import Check, Column, ColumnType, Subject
from driftline.checks.business._metric import Metric
from driftline.config.document import Validity
from driftline.execute.opened import OpenedSource
from driftline.model import Reading, Value
from driftline.profiles.base import Profile, ProfileSpec
from driftline.registry import load
from tests.conformance.reading import MOMENT, opened, profiles_of, scan

FLIGHTS = Path("tests/data/flights")
NUMERIC = (
    "distance",
    "hour",
    "temp",
    "humid",
    "wind_speed",
    "pressure",
    "visib",
    "seats",
    "plane_age",
    "p_late",
    "delay_minutes",
)
QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0)
ROLES = {"target": "late", "prediction": "late_predicted", "score": "p_late"}
BINARY = Subject(roles={r: Column(c, ColumnType.NUMERIC) for r, c in ROLES.items()}, task="binary")
DELAY = Subject(
    roles={
        r: Column(c, ColumnType.NUMERIC)
        for r, c in {"target": "delay_minutes", "prediction": "delay_predicted"}.items()
    },
    task="regression",
)


@pytest.fixture(scope="module")
def flights() -> pl.DataFrame:
    """Every scored flight with its outcome, null where it was cancelled."""
    scored = pl.read_parquet(FLIGHTS / "predictions" / "*.parquet")
    return scored.join(pl.read_parquet(FLIGHTS / "outcomes" / "*.parquet"), on="flight_id", how="left")


@pytest.fixture(scope="module")
def landed(flights: pl.DataFrame) -> pl.DataFrame:
    return flights.drop_nulls("late")


@pytest.fixture(scope="module")
def source(flights: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> OpenedSource:
    return opened(flights, tmp_path_factory.mktemp("flights"))


class Reader:
    """Reads checks of the flights; every profile that any test needs is scanned in one go."""

    def __init__(self, source: OpenedSource) -> None:
        specs = [spec for check, on in WANTED for spec in check.needs(on).values()]
        found = scan(source, specs)
        self._profiles: Mapping[ProfileSpec, Profile] = {}
        named = profiles_of({str(at): spec for at, spec in enumerate(specs)}, found)
        assert isinstance(named, dict), named
        self._profiles = dict(zip(specs, named.values(), strict=True))

    def reading(self, check: Check, on: Subject) -> Reading:
        return check.read(on, MOMENT, {name: self._profiles[spec] for name, spec in check.needs(on).items()}, None)

    def value(self, check: Check, on: Subject) -> Value:
        reading = self.reading(check, on)
        assert isinstance(reading, Value), reading
        return reading


def check(kind: str, **params: object) -> Check:
    return load().check_class(kind)(**params)


def column(name: str, type_: ColumnType = ColumnType.NUMERIC, valid: Validity | None = None) -> Subject:
    return Subject(column=Column(name, type_, valid))


VALID = column("wind_speed", valid=Validity(min=5.0, max=20.0))
PROMISE = Subject(sql="SUM(delay_predicted) / COUNT(*)")
LONG_HAUL = Subject(sql="AVG(delay_minutes) FILTER (WHERE distance > 1500 AND origin = 'JFK') - MEDIAN(delay_minutes)")
WANTED: list[tuple[Check, Subject]] = [
    *((check(kind), column(name)) for kind in ("missing_rate", "mean", "std", "min", "max") for name in NUMERIC),
    *((check("quantile"), column(name)) for name in NUMERIC),
    *((check("distinct_count"), column(name)) for name in ("dest", "seats", "flight_id")),
    *((check("duplicate_rate"), column(name)) for name in ("dest", "flight_id")),
    (check("invalid_rate"), VALID),
    *((check(kind), BINARY) for kind in ("row_count", "label_coverage", "accuracy", "roc_auc", "log_loss")),
    (check("mae"), DELAY),
    (Metric(), PROMISE),
    (Metric(), LONG_HAUL),
]


@pytest.fixture(scope="module")
def reader(source: OpenedSource) -> Reader:
    return Reader(source)


def test_counts_are_exact(flights: pl.DataFrame, reader: Reader) -> None:
    assert reader.value(check("row_count"), BINARY).value == flights.height
    assert reader.value(check("label_coverage"), BINARY).value == flights["late"].count() / flights.height
    for name in NUMERIC:
        assert reader.value(check("missing_rate"), column(name)).value == flights[name].null_count() / flights.height
    broken = flights.filter((pl.col("wind_speed") < 5) | (pl.col("wind_speed") > 20)).height
    assert reader.value(check("invalid_rate"), VALID).value == broken / flights.height


def test_distinct_values_are_exact_below_the_bound_and_near_above(flights: pl.DataFrame, reader: Reader) -> None:
    for name in ("dest", "seats"):
        reading = reader.value(check("distinct_count"), column(name))
        assert reading.value == flights[name].drop_nulls().n_unique()
        assert reading.bound == 0.0
    ids = reader.value(check("distinct_count"), column("flight_id"))
    assert ids.bound is not None
    assert 0 < abs(ids.value - flights["flight_id"].n_unique()) <= 2 * ids.bound
    assert reader.value(check("duplicate_rate"), column("flight_id")).value == 0.0
    repeated = 1 - flights["dest"].n_unique() / flights.height
    assert reader.value(check("duplicate_rate"), column("dest")).value == pytest.approx(repeated, rel=1e-12)


@pytest.mark.parametrize("name", NUMERIC)
def test_moments_and_extremes_are_those_of_numpy(name: str, flights: pl.DataFrame, reader: Reader) -> None:
    values = flights[name].drop_nulls().cast(pl.Float64).to_numpy()
    assert reader.value(check("mean"), column(name)).value == pytest.approx(values.mean(), rel=1e-9)
    assert reader.value(check("std"), column(name)).value == pytest.approx(values.std(ddof=1), rel=1e-9)
    assert reader.value(check("min"), column(name)).value == values.min()
    assert reader.value(check("max"), column(name)).value == values.max()


@pytest.mark.parametrize("name", NUMERIC)
def test_quantiles_are_those_of_numpy_within_their_bound(name: str, flights: pl.DataFrame, reader: Reader) -> None:
    values = flights[name].drop_nulls().cast(pl.Float64).to_numpy()
    spread = values.max() - values.min()
    for q in QUANTILES:
        reading = reader.value(check("quantile", q=q), column(name))
        error = abs(reading.value - np.quantile(values, q))
        assert error <= 0.005 * spread
        assert reading.bound is not None
        assert error <= reading.bound + 1e-9 * spread


def test_classification_is_that_of_scikit_learn(landed: pl.DataFrame, reader: Reader) -> None:
    late, predicted = landed["late"].to_numpy(), landed["late_predicted"].to_numpy()
    expected = {
        "accuracy": metrics.accuracy_score(late, predicted),
        "precision": metrics.precision_score(late, predicted),
        "recall": metrics.recall_score(late, predicted),
        "f1": metrics.f1_score(late, predicted),
    }
    for kind, value in expected.items():
        reading = reader.value(check(kind), BINARY)
        assert reading.value == pytest.approx(value, rel=1e-9)
        assert reading.labelled_rows == landed.height


def test_scores_are_those_of_scikit_learn(flights: pl.DataFrame, landed: pl.DataFrame, reader: Reader) -> None:
    late, scores = landed["late"].to_numpy(), landed["p_late"].to_numpy()
    auc = reader.value(check("roc_auc"), BINARY)
    assert auc.value == pytest.approx(metrics.roc_auc_score(late, scores), abs=1e-6)
    assert auc.bound is not None
    assert abs(auc.value - metrics.roc_auc_score(late, scores)) <= auc.bound + 1e-12
    assert (auc.rows, auc.labelled_rows) == (flights.height, landed.height)
    loss = metrics.log_loss(late, scores)
    assert reader.value(check("log_loss"), BINARY).value == pytest.approx(loss, rel=1e-9)


def test_regression_is_that_of_scikit_learn(landed: pl.DataFrame, reader: Reader) -> None:
    delay, predicted = landed["delay_minutes"].to_numpy(), landed["delay_predicted"].to_numpy()
    some = delay != 0
    expected = {
        "mae": metrics.mean_absolute_error(delay, predicted),
        "mse": metrics.mean_squared_error(delay, predicted),
        "rmse": metrics.root_mean_squared_error(delay, predicted),
        "r2": metrics.r2_score(delay, predicted),
        "mape": metrics.mean_absolute_percentage_error(delay[some], predicted[some]),
    }
    for kind, value in expected.items():
        assert reader.value(check(kind), DELAY).value == pytest.approx(value, rel=1e-9)
    assert reader.value(check("mape"), DELAY).note == f"without {int((~some).sum())} rows whose target is 0"


def test_metrics_are_those_of_plain_polars(flights: pl.DataFrame, reader: Reader) -> None:
    promise = flights["delay_predicted"].sum() / flights.height
    assert reader.value(Metric(), PROMISE).value == pytest.approx(promise, rel=1e-9)
    long_haul = flights.filter((pl.col("distance") > 1500) & (pl.col("origin") == "JFK"))["delay_minutes"].mean()
    median = flights["delay_minutes"].median()
    assert isinstance(long_haul, float)
    assert isinstance(median, float)
    assert math.isclose(reader.value(Metric(), LONG_HAUL).value, long_haul - median, rel_tol=1e-9)
