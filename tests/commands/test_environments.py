"""Environments: one file, several places that it runs in."""

from __future__ import annotations

import pytest

from tests.commands import rows
from tests.commands.project import Project

FILE = """
version: 1
include: [teams/*.yaml]
sources:
  scored: {path: dev.csv, timestamp: ts}
models:
  churn: {source: scored}
monitors:
  rows: {check: row_count, threshold: {critical: {below: 10}}}
channels:
  ops: {url: "json://localhost:1"}
environments:
  dev: {channels: {ops: null}}
  prod:
    defaults: {timezone: Europe/Oslo}
    sources: {scored: {path: "*.parquet", where: x > -1000}}
    monitors: {rows: {threshold: {critical: {below: 1000}}}}
    channels: {ops: {url: "${PROD_URL}"}}
    routes: [{channels: [ops]}]
"""


@pytest.fixture
def places(project: Project) -> Project:
    (project.folder / "teams").mkdir()
    project.write("monitors: {extra: {check: row_count, threshold: none}}", name="teams/a.yaml")
    project.data("dev.csv", rows.scored(2))
    project.data("prod.parquet", rows.scored(2))
    project.write(FILE)
    return project


def test_a_run_has_to_choose(places: Project) -> None:
    done = places.call("run", str(places.folder / "monitors.yaml"))
    assert done.code == 2
    assert "declares the environments dev, prod; choose one with --env NAME or DRIFTLINE_ENV" in done.stderr


def test_an_environment_that_is_not_declared_is_named(places: Project) -> None:
    done = places.run("--env", "prd")
    assert (done.code, "has no environment `prd`; declared: dev, prod" in done.stderr) == (2, True)


def test_only_the_chosen_environment_needs_its_variables(places: Project) -> None:
    done = places.run("--env", "dev", "--at", rows.day(2), "--dry-run")
    assert done.one("rows")["status"] == "ok"
    assert done.one("rows")["series"].startswith("dev/")
    without = places.run("--env", "prod", "--at", rows.day(2), "--dry-run")
    assert (without.code, "PROD_URL is not set" in without.stderr) == (2, True)


def test_maps_merge_deeply_and_lists_are_replaced(places: Project) -> None:
    done = places.run(
        "--at", "2024-01-03", "--dry-run", env={"DRIFTLINE_ENV": "prod", "PROD_URL": "json://localhost:1"}
    )
    result = done.one("rows")
    assert result["status"] == "critical"
    assert result["window"]["start"] == "2024-01-01T23:00:00Z"  # midnight in Oslo
    assert done.one("extra")["status"] == "ok"


def test_the_variable_is_no_error_for_files_without_environments(project: Project) -> None:
    project.data("dev.csv", rows.scored(2))
    project.write(FILE.partition("environments:")[0].replace("include: [teams/*.yaml]", ""))
    assert project.run("--at", rows.day(2), "--dry-run", env={"DRIFTLINE_ENV": "prod"}).one("rows")["status"] == "ok"
    refused = project.run("--env", "prod")
    assert (refused.code, "declared: none" in refused.stderr) == (2, True)


def test_state_is_kept_apart_by_environment(places: Project) -> None:
    env = {"PROD_URL": "json://localhost:1"}
    places.run("--env", "prod", "--at", rows.day(2), env=env)
    places.run("--env", "dev", "--at", rows.day(2))
    with places.store() as store:
        assert {series.monitor for series in store.states("prod")} == {series.monitor for series in store.states("dev")}
        assert store.firing("dev") == ()
        assert [each.series.monitor for each in store.firing("prod")] == ["rows"]


def test_the_parts_of_an_environment_may_stand_in_several_files(places: Project) -> None:
    part = "environments: {dev: {monitors: {extra: {threshold: {critical: {above: 1}}}}}}"
    places.write("monitors: {extra: {check: row_count, threshold: none}}", part, name="teams/a.yaml")
    assert places.run("--env", "dev", "--at", rows.day(2), "--dry-run").one("extra")["status"] == "critical"


def test_a_path_is_relative_to_the_file_of_the_environment_that_names_it(places: Project) -> None:
    places.data("teams/own.csv", rows.scored(2).head(5))
    part = "environments: {dev: {sources: {scored: {path: own.csv}}}}"
    places.write("monitors: {extra: {check: row_count, threshold: none}}", part, name="teams/a.yaml")
    assert places.run("--env", "dev", "--at", rows.day(1), "--dry-run").one("rows")["value"] == 5


def test_a_schedule_judges_at_its_own_times(project: Project) -> None:
    """At noon the monitor of six o'clock has its verdict of the morning, whatever came since."""
    project.data("dev.csv", rows.scored(3))
    head = FILE.partition("monitors:")[0].replace("include: [teams/*.yaml]", "")
    hourly = "{check: row_count, window: 1h, threshold: none, schedule: 0 6 * * *}"
    project.write(head, f"monitors: {{rows: {hourly}, never: {{check: row_count, threshold: none}}}}")
    done = project.run("--at", "2024-01-02T12:30:00Z", "--dry-run")
    assert done.one("rows")["window"]["end"] == "2024-01-02T06:00:00Z"
    assert done.one("never")["window"]["end"] == "2024-01-02T00:00:00Z"


def test_defaults_of_an_environment_count_for_the_file_they_stand_in(places: Project) -> None:
    """The environment of a team's file says something of the team's own monitors, not of everybody's."""
    team = "environments: {dev: {defaults: {window: 2h}}}"
    places.write("monitors: {extra: {check: row_count, threshold: none}}", team, name="teams/a.yaml")
    more = "environments: {dev: {defaults: {window: 1h}}}\nmonitors: {other: {check: row_count, threshold: none}}"
    places.write("defaults: {window: 12h}", more, name="teams/b.yaml")
    done = places.run("--env", "dev", "--at", rows.day(1), "--dry-run")
    starts = {name: done.one(name)["window"]["start"][11:13] for name in ("rows", "extra", "other")}
    assert starts == {"rows": "00", "extra": "22", "other": "23"}
