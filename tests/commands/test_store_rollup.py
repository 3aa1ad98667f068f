"""Old panes of hours become panes of days, and nothing that is judged from them changes by it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.project import Project, is_alike
from tests.commands.rows import START, day, scored, training

HOURLY = """
version: 1
defaults: {timezone: Europe/Oslo}
sources:
  scored: {path: d/*.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m:
    task: binary
    source: scored
    roles: {id: id, score: p, prediction: yhat, target: y}
    features: [x, z, c]
    segments: {colour: {by: c}}
    baseline: training
windows:
  hourly: {size: 6h}
  weekly: {size: 7d, every: 1d}
monitors:
  level: {check: mean, columns: x, window: hourly, threshold: {critical: {above: 100}}}
  drift: {check: psi, columns: [x, c], segments: [overall, colour], window: weekly}
  mean: {check: mean, columns: [x, z], window: weekly, threshold: {critical: {above: 100}}}
  trail: {check: ks, columns: z, window: 1d, baseline: {type: trailing, size: 10d}, threshold: {critical: {above: 0.9}}}
  ids: {check: distinct_count, columns: id, window: weekly, threshold: {critical: {above: 1e9}}}
"""
MIDNIGHT = 24 * (365 * 54 + 13) - 1  # of START in Oslo, in hours since 1970


def rows_of(project: Project, days: int) -> None:
    for number in range(days):
        project.data(f"d/{number:02}.parquet", scored(1, start=START + timedelta(days=number), seed=number))
    project.data("training.parquet", training())
    project.write(HOURLY)


def panes(project: Project) -> list[tuple[str, int, int]]:
    with sqlite3.connect(project.folder / ".driftline" / "state.db") as connection:
        query = 'SELECT what, start / 3600000000, "end" / 3600000000 FROM driftline_panes WHERE token IS NULL'
        found = [(what, start, end) for what, start, end in connection.execute(query)]
    connection.close()
    return found


@pytest.fixture
def kept(project: Project) -> Project:
    rows_of(project, 26)
    project.run("--at", day(20), "--since", day(0))
    return project


def merged(project: Project) -> tuple[int, int]:
    said = project.call("store", "gc", str(project.folder / "monitors.yaml")).stdout
    found = re.search(r"merged ([\d,]+) panes into ([\d,]+) of whole days", said)
    return (int(found[1].replace(",", "")), int(found[2])) if found else (0, 0)


def test_days_that_no_window_cuts_any_more_are_one_pane_and_read_the_same(kept: Project, tmp_path: Path) -> None:
    state = kept.folder / ".driftline"
    shutil.copytree(state, tmp_path / "before")
    hours = panes(kept)
    assert 1 in {end - start for _, start, end in hours}
    old, new = merged(kept)
    assert old >= 24 * new > 100
    after = panes(kept)
    assert len(after) == len(hours) - old + new
    short = {(start - MIDNIGHT) // 24 for _, start, end in after if end - start == 1}
    assert short == {0, 17, 18, 19, 20}  # of the first day only some is kept; the last ones may still be cut
    assert merged(kept) == (0, 0)
    for number in range(12):  # what is left of those days is their panes
        (kept.folder / "d" / f"{number:02}.parquet").unlink()
    one = kept.run("--at", day(24)).results
    shutil.rmtree(state)
    shutil.move(tmp_path / "before", state)
    other = kept.run("--at", day(24)).results
    assert len(one) > 30
    assert is_alike(one, other)
    assert {each["baseline_rows"] for each in one if each["monitor"] == "trail"} == {2000}


def test_a_store_that_others_use_and_days_with_an_edge_inside_are_left(kept: Project) -> None:
    incident = "incidents:\n  - {id: a, start: 2024-01-05T12:00:00Z, end: 2024-01-06, reason: x, match: {model: m}}"
    kept.write(HOURLY, incident)
    before = {start for _, start, _ in panes(kept)}
    assert merged(kept)[1] > 0
    cut = MIDNIGHT + 4 * 24
    assert set(range(cut, cut + 24)) <= before & {start for _, start, _ in panes(kept)}
    kept.run("--at", day(26), "--since", day(20))
    with sqlite3.connect(kept.folder / ".driftline" / "state.db") as connection:
        connection.execute("UPDATE driftline_alert_states SET owner = 'other' WHERE identity LIKE '%ids%'")
    connection.close()
    assert merged(kept) == (0, 0)
