"""The doctor and its store: large histories, PostgreSQL, other root files in the same store, series that are gone."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psycopg
import pytest

from tests.commands.project import Project
from tests.commands.rows import MODEL, day, scored, training

NOISY = """
monitors:
  level: {check: mean, columns: [x, z], threshold: {critical: {above: 10}}}
  gone: {check: mean, columns: absent, threshold: {critical: {above: 10}}}
  flip: {check: mean, columns: x, threshold: {critical: {above: 1}}}
"""
SHIFT = dict.fromkeys((3, 6, 9, 12, 15), 5.0)


def judged(project: Project, *parts: str, **env: str) -> None:
    project.data("scored.parquet", scored(20, shift=SHIFT))
    project.data("training.parquet", training())
    project.write(MODEL, NOISY, *parts)
    project.run("--at", day(20), "--since", day(0), env=env)


def found(project: Project, file: str = "monitors.yaml", **env: str) -> list[dict[str, Any]]:
    ran = project.call("doctor", str(project.folder / file), "--format", "json", env=env)
    assert ran.code == 0, ran.stderr
    return [one for one in ran.document["findings"] if one["kind"] not in ("validate", "duplicate")]


def test_postgresql_gives_the_same_findings(project: Project, postgres_url: str) -> None:
    judged(project)
    expected = found(project)
    assert {one["kind"] for one in expected} == {"nobody-told", "always-error", "fires-always", "flapping"}
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA doctor")
    url = f"{postgres_url}?options=-csearch_path%3Ddoctor"
    judged(project, 'store: "${STORE_URL}"', STORE_URL=url)
    assert found(project, STORE_URL=url) == expected


def test_a_store_of_a_hundred_thousand_verdicts_takes_seconds(project: Project) -> None:
    judged(project)
    with sqlite3.connect(project.folder / ".driftline" / "state.db") as connection:
        (rows,) = connection.execute("SELECT count(*) FROM driftline_results").fetchone()
        copies = 100_000 // rows + 1
        connection.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO driftline_results SELECT series, datetime(at, '-' || i || ' seconds') || '.000000', name,
              environment, monitor, subject, model, window_start, window_end, status, value, result,
                  judged_at, first_value, first_judged_at, state
            FROM driftline_results, n
            """,
            (copies,),
        )
    start = time.monotonic()
    ran = project.call("doctor", str(project.folder / "monitors.yaml"), "--format", "json")
    took = time.monotonic() - start
    assert ran.document["looked_at"]["verdicts"] > 100_000
    by_kind = {one["kind"]: one["evidence"] for one in ran.document["findings"]}
    assert {"fires-always", "always-error"} < set(by_kind)
    assert " GB a year" in by_kind["store-large"]
    assert took < 10


def test_another_root_file_in_the_same_store_is_none_of_its_business(project: Project) -> None:
    judged(project)
    project.write(MODEL, "monitors:\n  other: {check: row_count, threshold: {critical: {below: 1}}}", name="other.yaml")
    project.run("--at", day(20), "--since", day(0), file="other.yaml")
    assert found(project, "other.yaml") == []


def test_the_history_of_a_monitor_that_was_removed_is_no_matter(project: Project) -> None:
    judged(project)
    project.write(MODEL, "monitors:\n  rows: {check: row_count, threshold: {critical: {below: 1}}}")
    assert [one["kind"] for one in found(project)] == ["nobody-told"]  # nothing else is left of them
    project.run("--at", day(20))
    assert [one for one in found(project) if one["kind"] != "nobody-told"] == []


def test_a_store_that_is_no_database_is_a_finding_and_the_rest_is_looked_at(project: Project) -> None:
    judged(project)
    (project.folder / ".driftline" / "state.db").write_text("not a database, and long enough to be looked at as one")
    assert [(one["kind"], one["evidence"].partition(": ")[2]) for one in found(project)] == [
        ("store-not-writable", "the file is not an SQLite database; move it away, or name another file under `store`")
    ]


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_nothing_is_written(project: Project, form: str) -> None:
    judged(project)
    before = {name: (project.folder / name).read_bytes() for name in project.files()}
    assert project.call("doctor", str(project.folder / "monitors.yaml"), "--format", form).code == 0
    assert {name: (project.folder / name).read_bytes() for name in project.files()} == before
