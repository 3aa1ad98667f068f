"""Estimates as a user runs them: windows wait for no labels, and are compared with what the baseline realized."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from tests.commands.project import FLIGHTS, Project

SOURCES = f"""
version: 1
defaults: {{window: 7d, timezone: America/New_York}}
sources:
  scored: {{path: "{FLIGHTS}/predictions/*.parquet", timestamp: scheduled_at, lateness: 6h}}
  outcomes: {{path: "{FLIGHTS}/outcomes/*.parquet", timestamp: landed_at}}
  training: {{path: "{FLIGHTS}/training.parquet"}}
models:
  late_arrival:
    task: binary
    source: scored
    roles: {{id: flight_id, score: p_late, prediction: late_predicted, target: late}}
    labels: {{source: outcomes, key: flight_id, delay: 3d, max_delay: 14d}}
    baseline: training
"""
DEVIATIONS = "{compare: deviations, warning: {below: -4}}"
CHANGE = "threshold: {compare: change, warning: {below: -5%}}"


@pytest.fixture
def flights(project: Project) -> Project:
    project.write(
        SOURCES,
        f"""
monitors:
  estimated: {{check: estimated_accuracy, {CHANGE}}}
  realized: {{check: accuracy, {CHANGE}}}
  area: {{check: estimated_roc_auc, window: 28d, {CHANGE}}}
  gap: {{check: estimation_gap, significance: {{alpha: 1%}}, threshold: {{warning: {{above: 2%, below: -2%}}}}}}
  past: {{check: estimated_accuracy, baseline: {{type: trailing, size: 28d, offset: 7d}}, {CHANGE}}}
  usual: {{check: estimated_accuracy, baseline: {{type: trailing, size: 60d}}, threshold: {DEVIATIONS}}}
""",
    )
    return project


def end(row: dict[str, object]) -> str:
    window = row["window"]
    assert isinstance(window, dict)
    return str(window["end"])[:10]


def test_an_estimate_waits_for_no_label_and_the_metric_does(flights: Project) -> None:
    ran = flights.run("--at", "2013-05-03T00:00:00Z")
    assert (end(ran.one("estimated")), end(ran.one("gap")), end(ran.one("realized"))) == (
        "2013-05-02",
        "2013-04-25",
        "2013-04-25",
    )
    assert ran.one("estimated")["labelled_rows"] is None
    assert ran.one("gap")["labelled_rows"] > 6_000


def test_an_estimate_is_compared_with_what_the_baseline_realized(flights: Project) -> None:
    ran = flights.run("--at", "2013-05-03T00:00:00Z")
    training = pl.read_parquet(FLIGHTS / "training.parquet")
    accuracy = training.select((pl.col("late") == pl.col("late_predicted")).mean()).item()
    found = ran.one("estimated")
    assert found["baseline_value"] == pytest.approx(accuracy, abs=1e-12)
    assert found["baseline_value"] == ran.one("realized")["baseline_value"]
    assert found["interval"]["low"] < found["value"] < found["interval"]["high"]


def test_a_baseline_of_other_rows_of_the_source_is_read_with_its_labels(flights: Project) -> None:
    found = flights.run("--at", "2013-05-03T00:00:00Z").one("past")
    assert found["status"] in ("ok", "warning")
    first, last = datetime(2013, 3, 21), datetime(2013, 4, 18)
    assert first < last - timedelta(days=27)
    rows = pl.read_parquet(f"{FLIGHTS}/predictions/*.parquet")
    scheduled = pl.col("scheduled_at").dt.convert_time_zone("America/New_York").dt.replace_time_zone(None)
    inside = rows.filter(scheduled.is_between(first, last, closed="left"))
    labels = pl.read_parquet(f"{FLIGHTS}/outcomes/*.parquet")
    joined = inside.join(labels, on="flight_id", how="inner", suffix="_known")
    target = "late_known" if "late_known" in joined.columns else "late"
    realized = joined.select((pl.col(target) == pl.col("late_predicted")).mean()).item()
    assert found["baseline_value"] == pytest.approx(realized, abs=1e-9)


def test_a_gap_tells_of_what_an_estimate_cannot_see(flights: Project) -> None:
    ran = flights.run("--at", "2013-07-12T06:00:00Z")
    assert ran.one("estimated")["status"] == "ok"
    gap = ran.one("gap")
    assert gap["status"] == "warning"
    assert gap["value"] > 0.02
    assert gap["p_value"] < 1e-6
    assert "realized" in gap["reason"]


def test_estimates_beside_those_that_windows_realized(flights: Project) -> None:
    found = flights.run("--at", "2013-07-12T06:00:00Z").one("usual")
    assert found["status"] in ("ok", "warning")
    assert found["compared"] is not None


def test_a_plan_names_the_profiles_of_both_sides(flights: Project) -> None:
    said = flights.call("plan", str(flights.folder / "monitors.yaml"), "--format", "json").document
    profiles = {
        name
        for monitor in said["monitors"]
        if monitor["monitor"] == "estimated"
        for one in monitor["series"]
        for name in one["profiles"]
    }
    assert profiles == {"confusion(late, late_predicted)", "scores(late, p_late)", "scores(late_predicted, p_late)"}


def test_a_model_that_never_gets_labels_is_estimated_by_its_training_data(project: Project) -> None:
    rows = pl.read_parquet(f"{FLIGHTS}/predictions/*.parquet").select("scheduled_at", "p_late", "late_predicted")
    project.data("scored.parquet", rows)
    project.write(
        f"""
version: 1
sources:
  scored: {{path: scored.parquet, timestamp: scheduled_at}}
  training: {{path: "{FLIGHTS}/training.parquet"}}
models:
  m:
    task: binary
    source: scored
    roles: {{score: p_late, prediction: late_predicted, target: late}}
    baseline: training
""",
        f"""
monitors:
  recall: {{check: estimated_recall, window: 28d, {CHANGE}}}
""",
    )
    found = project.run("--at", "2013-06-01T00:00:00Z").one("recall")
    assert found["status"] == "warning", found
    assert found["value"] < found["baseline_value"]
    assert project.call("validate", str(project.folder / "monitors.yaml")).code == 0


def test_a_baseline_is_asked_for_where_there_is_none(project: Project) -> None:
    project.write(
        SOURCES.replace("    baseline: training\n", ""), f"monitors:\n  e: {{check: estimated_f1, {CHANGE}}}\n"
    )
    ran = project.call("validate", str(project.folder / "monitors.yaml"))
    assert ran.code == 2
    assert "baseline" in ran.said
