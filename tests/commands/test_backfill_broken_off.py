"""A long backfill that is killed: what it has read is kept, and the next run judges every window once, in order."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.project import Project, Row
from tests.commands.test_panes import CONFIG, START, at, events, truth

DAYS = 100
FIRST = 5  # days of the first stretch: its end is a multiple of 32 days since 1970


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return prepared(tmp_path / "here")


def prepared(folder: Path) -> Project:
    for name in ("events", "truth"):
        (folder / name).mkdir(parents=True)
    (folder / "monitors.yaml").write_text(CONFIG)
    events(0).drop("at").write_parquet(folder / "reference.parquet")
    for day in range(DAYS):
        events(day, shift=float(day % 9 == 0)).write_parquet(folder / f"events/{day:03}.parquet")
        truth(day).write_parquet(folder / f"truth/{day:03}.parquet")
    return Project(folder)


BACKFILL = ("run", "--at", at(DAYS), "--since", START.date().isoformat(), "--format", "json", "--fail-on", "never")


def query(project: Project, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(project.folder / ".driftline" / "state.db")) as connection:
        return connection.execute(sql).fetchall()


def killed_after_a_stretch(project: Project) -> None:
    """Start the backfill as a process, and kill it as soon as panes of its second stretch are kept."""
    behind = int((START + timedelta(days=FIRST)).timestamp() * 1_000_000)
    with project.start(*BACKFILL) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(sqlite3.Error):
                if query(project, f"SELECT 1 FROM driftline_panes WHERE start >= {behind} LIMIT 1"):
                    break
            time.sleep(0.002)
        process.kill()
        process.communicate()


def verdict(row: Row) -> dict[str, object]:
    return {name: row[name] for name in ("series", "window", "status", "rows", "labelled_rows", "baseline_rows")}


def test_a_backfill_that_is_killed_goes_on_with_what_it_has_read(project: Project, tmp_path: Path) -> None:
    killed_after_a_stretch(project)
    assert query(project, "SELECT count(*) FROM driftline_results") == [(0,)], "killed before anything was judged"
    for day in range(1, FIRST):  # whoever reads them again finds nothing
        (project.folder / f"events/{day:03}.parquet").unlink()
    again = project.run(*BACKFILL[1:])
    whole = prepared(tmp_path / "there").run(*BACKFILL[1:])
    assert (again.code, whole.code) == (0, 0), again.said
    assert [verdict(row) for row in again.results] == [verdict(row) for row in whole.results]
    assert [row["value"] for row in again.results] == pytest.approx([row["value"] for row in whole.results])
    rows = [row for row in again.of("rows") if row["window"]["start"] < (START + timedelta(days=FIRST)).isoformat()]
    assert [row["value"] for row in rows] == [100.0] * FIRST
    assert again.alerts == whole.alerts
