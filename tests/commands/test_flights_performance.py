"""Performance and quality of the flights through the whole command, against scikit-learn, NumPy and plain Polars."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from tests.commands.project import FLIGHTS, Project, Ran

CLASSIFIERS = ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss")
REGRESSIONS = ("mae", "mse", "rmse", "r2", "mape")
NUMERIC = ("distance", "temp", "humid", "pressure", "seats", "plane_age", "p_late")
KNOWN = datetime(2013, 5, 10, tzinfo=UTC)  # labels that came later do not count
LABELS = "labels: {source: outcomes, key: flight_id, delay: 1d}, baseline: training"
CONFIG = f"""
version: 1
defaults: {{window: 1mo}}
sources:
  scored: {{path: {FLIGHTS}/predictions/*.parquet, timestamp: scheduled_at}}
  outcomes: {{path: {FLIGHTS}/outcomes/*.parquet, timestamp: landed_at}}
  training: {{path: {FLIGHTS}/training.parquet}}
models:
  late: {{task: binary, source: scored, {LABELS},
         roles: {{id: flight_id, score: p_late, prediction: late_predicted, target: late}},
         segments: {{origin: {{by: origin}}}}}}
  delay: {{task: regression, source: scored, {LABELS},
          roles: {{id: flight_id, prediction: delay_predicted, target: delay_minutes}}}}
metrics:
  late_rate: {{model: late, sql: "AVG(late)"}}
  long_haul: {{model: late, sql: "AVG(delay_predicted) FILTER (WHERE distance > 1500)"}}
monitors:
"""


def config() -> str:
    checks = [f"  {kind}: {{check: {kind}, model: late, threshold: none}}" for kind in CLASSIFIERS]
    checks += [f"  {kind}: {{check: {kind}, model: delay, threshold: none}}" for kind in REGRESSIONS]
    columns = ", ".join(NUMERIC)
    checks += [
        f"  {kind}: {{check: {kind}, model: late, columns: [{columns}], threshold: none}}"
        for kind in ("mean", "std", "min", "max", "missing_rate")
    ]
    checks += [
        f"  q{q}: {{check: quantile, model: late, columns: [{columns}], params: {{q: 0.{q}}}, threshold: none}}"
        for q in (1, 5, 9)
    ]
    checks.append("  by_origin: {check: roc_auc, model: late, segments: [origin], threshold: none}")
    checks.append("  change: {check: roc_auc, model: late, threshold: {compare: change, critical: {below: -5%}}}")
    checks += ["  late_rate: {metric: late_rate, threshold: none}", "  long_haul: {metric: long_haul, threshold: none}"]
    return CONFIG + "\n".join(checks)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    project = Project(tmp_path_factory.mktemp("flights"))
    project.write(config())
    ran = project.run("--at", KNOWN.isoformat(), "--dry-run")
    assert ran.code == 1  # the AUC fell
    return ran


@pytest.fixture(scope="module")
def april() -> pl.DataFrame:
    """The flights of April with what was known of them on the 10th of May."""
    scored = pl.read_parquet(FLIGHTS / "predictions" / "*.parquet")
    outcomes = pl.read_parquet(FLIGHTS / "outcomes" / "*.parquet").filter(pl.col("landed_at") <= KNOWN)
    start, end = datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 5, 1, tzinfo=UTC)
    of_april = scored.filter(pl.col("scheduled_at").is_between(start, end, closed="left"))
    return of_april.join(outcomes, on="flight_id", how="left")


def test_classification_is_that_of_scikit_learn(done: Ran, april: pl.DataFrame) -> None:
    landed = april.drop_nulls("late")
    late, said, score = (landed[name].to_numpy() for name in ("late", "late_predicted", "p_late"))
    expected = {
        "accuracy": metrics.accuracy_score(late, said),
        "precision": metrics.precision_score(late, said),
        "recall": metrics.recall_score(late, said),
        "f1": metrics.f1_score(late, said),
        "log_loss": metrics.log_loss(late, score),
    }
    assert {kind: done.one(kind)["value"] for kind in expected} == pytest.approx(expected, rel=1e-9)
    auc = done.one("roc_auc")
    assert auc["value"] == pytest.approx(metrics.roc_auc_score(late, score), abs=1e-6)
    for kind in CLASSIFIERS:
        assert (done.one(kind)["rows"], done.one(kind)["labelled_rows"]) == (april.height, landed.height)


def test_auc_of_each_segment_is_that_of_scikit_learn(done: Ran, april: pl.DataFrame) -> None:
    for (origin,), part in april.drop_nulls("late").group_by("origin"):
        found = done.one("by_origin", segment={"origin": origin})
        assert found["value"] == pytest.approx(metrics.roc_auc_score(part["late"], part["p_late"]), abs=1e-6)
        assert found["labelled_rows"] == part.height


def test_a_change_is_that_from_the_training_data(done: Ran) -> None:
    training = pl.read_parquet(FLIGHTS / "training.parquet")
    found, known = done.one("change"), metrics.roc_auc_score(training["late"], training["p_late"])
    assert found["baseline_value"] == pytest.approx(known, abs=1e-6)
    assert found["compared"] == pytest.approx((found["value"] - known) / known, abs=1e-5)
    assert (found["status"], found["baseline_rows"]) == ("critical", training.height)


def test_regression_is_that_of_scikit_learn(done: Ran, april: pl.DataFrame) -> None:
    landed = april.drop_nulls("delay_minutes")
    delay, said = landed["delay_minutes"].to_numpy(), landed["delay_predicted"].to_numpy()
    some = delay != 0
    expected = {
        "mae": metrics.mean_absolute_error(delay, said),
        "mse": metrics.mean_squared_error(delay, said),
        "rmse": metrics.root_mean_squared_error(delay, said),
        "r2": metrics.r2_score(delay, said),
        "mape": metrics.mean_absolute_percentage_error(delay[some], said[some]),
    }
    assert {kind: done.one(kind)["value"] for kind in expected} == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("column", NUMERIC)
def test_numbers_of_a_column_are_those_of_numpy(done: Ran, april: pl.DataFrame, column: str) -> None:
    values = april[column].drop_nulls().cast(pl.Float64).to_numpy()
    expected = {"mean": values.mean(), "std": values.std(ddof=1), "min": values.min(), "max": values.max()}
    assert {kind: done.one(kind, column=column)["value"] for kind in expected} == pytest.approx(expected, rel=1e-9)
    assert done.one("missing_rate", column=column)["value"] == april[column].null_count() / april.height
    for q in (1, 5, 9):
        found = done.one(f"q{q}", column=column)
        error = abs(found["value"] - np.quantile(values, q / 10))
        assert error <= 0.005 * (values.max() - values.min())
        assert error <= found["bound"] + 1e-9


def test_metrics_in_sql_are_those_of_plain_polars(done: Ran, april: pl.DataFrame) -> None:
    assert done.one("late_rate")["value"] == pytest.approx(april["late"].mean(), rel=1e-9)
    far = april.filter(pl.col("distance") > 1500)["delay_predicted"].mean()
    assert done.one("long_haul")["value"] == pytest.approx(far, rel=1e-9)
