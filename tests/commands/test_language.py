"""Whole files of the language, run as they stand."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import FLIGHTS, ROOT, Project

SMALLEST = """
version: 1
sources:
  today:    {path: data/today/*.parquet}
  training: {path: data/training.parquet}
models:
  churn: {source: today, baseline: training}
monitors:
  drift: {preset: drift}
"""


def test_the_smallest_file_runs_on_files_without_a_timestamp(project: Project) -> None:
    frame = rows.scored(2).select("x", "z", "c")
    (project.folder / "data" / "today").mkdir(parents=True)
    for number, part in enumerate((frame.head(150), frame.tail(-150))):
        project.data(f"data/today/{number}.parquet", part.with_columns(x=pl.col("x") + 2))
    project.data("data/training.parquet", rows.training().select("x", "z", "c"))
    project.write(SMALLEST)
    done = project.run()
    assert done.code == 1
    assert done.statuses("drift") == {"x": "critical", "z": "ok", "c": "ok"}
    assert all(each["rows"] == frame.height and each["baseline_rows"] == 2_000 for each in done.results)
    assert all(each["window"] == {"start": None, "end": None} for each in done.results)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A file like the full example of LANGUAGE, without what it has not yet, on the flights."""
    project = Project(tmp_path_factory.mktemp("flights"))
    written = (ROOT / "tests/config/good/flights.yaml").read_text("utf-8")
    project.write(written.replace("tests/data/flights", str(FLIGHTS)))
    return project


def test_a_full_file_runs_on_the_flights(flights: Project) -> None:
    done = flights.run("--at", "2013-07-10", "--fail-on", "never", "--dry-run")
    assert (done.code, done.stderr) == (0, "")
    assert {each["monitor"] for each in done.results} == {
        "feature-drift", "auc", "fresh", "promise", "quality.missing_rate", "quality.invalid_rate",
        "quality.unseen_rate", "quality.schema", "quality.duplicate_rate",
    }  # fmt: skip
    assert not [each for each in done.results if each["status"] == "error"]
    airports = {each["segment"]["origin"] for each in done.of("feature-drift") if each["segment"]}
    assert airports == {"EWR", "JFK", "LGA"}


def test_rows_and_counts_of_a_window_are_those_of_plain_polars(flights: Project) -> None:
    done = flights.run("--at", "2013-07-10", "--dry-run", "--monitor", "quality*", "--monitor", "promise")
    day = pl.read_parquet(FLIGHTS / "predictions" / "*.parquet").filter(
        pl.col("scheduled_at").dt.convert_time_zone("America/New_York").dt.date() == datetime(2013, 7, 8).date()
    )
    assert {each["window"]["start"] for each in done.results} == {"2013-07-08T04:00:00Z"}  # 07-09 awaits late rows
    assert {each["rows"] for each in done.of("quality.missing_rate")} == {day.height}
    for each in done.of("quality.missing_rate"):
        assert each["value"] == day[each["column"]].null_count() / day.height
    promised = day["delay_predicted"].sum() / day.height
    assert done.one("promise")["value"] == pytest.approx(promised, rel=1e-9)


def test_the_example_that_ships_finds_what_is_known_of_the_flights(tmp_path: Path) -> None:
    project = Project(tmp_path)
    options = ("--at", "latest", "--dry-run", "--format", "json", "--fail-on", "never")
    done = project.call("run", str(ROOT / "monitors.example.yaml"), *options)
    assert done.code == 0
    assert json.loads(done.stdout)["summary"]["error"] == 0
    auc = done.one("auc")
    assert auc["status"] == "critical"
    assert auc["baseline_value"] == pytest.approx(0.745, abs=0.001)
    assert 0.6 < auc["value"] < 0.7
