"""Errors of a regression that are estimated as a user runs them: from samples of rows, with scikit-learn."""

from __future__ import annotations

import sys

import pytest

from tests.commands.project import FLIGHTS, Project

SOURCES = f"""
version: 1
defaults: {{window: 28d, timezone: America/New_York}}
sources:
  scored: {{path: "{FLIGHTS}/predictions/*.parquet", timestamp: scheduled_at}}
  training: {{path: "{FLIGHTS}/training.parquet"}}
models:
  delay_minutes:
    task: regression
    source: scored
    roles: {{id: flight_id, prediction: delay_predicted, target: delay_minutes}}
    features: [distance, hour, temp, carrier, origin]
    baseline: training
"""
MONITORS = """
monitors:
  error: {check: estimated_mae, threshold: {compare: change, warning: {above: 5%}}}
"""


def test_an_error_is_estimated_without_labels_and_compared_with_what_was_realized(project: Project) -> None:
    project.write(SOURCES, MONITORS)
    found = project.run("--at", "2013-07-25T06:00:00Z").one("error")
    assert found["status"] in ("ok", "warning"), found
    assert found["interval"]["low"] < found["value"] < found["interval"]["high"]
    assert found["value"] == pytest.approx(found["baseline_value"], rel=0.5)
    assert found["labelled_rows"] is None


def test_without_the_extra_the_verdict_says_what_to_install(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from driftline.checks.estimation._direct_loss import learn

    learn.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    project.write(SOURCES, MONITORS)
    found = project.run("--at", "2013-07-25T06:00:00Z").one("error")
    assert found["status"] == "error"
    assert "pip install 'driftline[estimation]'" in found["reason"]
    learn.cache_clear()
