"""`driftline run`, killed at any instant and started again: nothing is lost, doubled or left untold."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from collections import Counter

import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.receiver import Answer, Receiver, receiver

KILLS, DAYS = 50, 40
MOST_LIVES = 400  # a run may be over before it is killed: then it does not count as a kill
KILLED = -9
# x drifts and comes back, at two levels; z once, for a week.
SHIFT = {day: (0.0, 3.0, 6.0, 6.0, 3.0, 0.0)[day % 6] for day in range(DAYS)}
MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], segments: [overall, colour], min_rows: 5,
           threshold: {warning: {above: 2}, critical: {above: 4}}}
  held: {check: ks, columns: [x], min_rows: 5, threshold: {critical: {above: 0.5}}, alert: {for: 2}}
  score: {check: mean, columns: [p], min_rows: 5, threshold: {warning: {below: 0.45, above: 0.55}}}
"""
ROUTES = "routes: [{match: {severity: [warning, critical]}, channels: [ops], group_by: [monitor]}]"


def prepare(project: Project, service: Receiver) -> Project:
    project.data("scored.parquet", rows.scored(DAYS, per_day=40, shift=SHIFT))
    project.data("training.parquet", rows.training(500))
    project.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}', ROUTES)
    return project


def life(project: Project, at: str, seconds: float) -> int:
    """A run as of an instant that is killed after a while, unless it was over by then; how it ended."""
    with project.start("run", "--at", at) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        _, error = process.communicate()
    assert "Traceback" not in error, error
    return process.returncode


def lasts(project: Project, at: str) -> float:
    """How long a run takes that nobody kills, in seconds."""
    start = time.monotonic()
    assert life(project, at, 60) in (0, 1)
    return time.monotonic() - start


def query(project: Project, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(project.folder / ".driftline" / "state.db") as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


TRANSITIONS = "SELECT id FROM driftline_transitions WHERE NOT superseded ORDER BY at, id"
VERDICTS = "SELECT series, at, status FROM driftline_results ORDER BY series, at"


def told(service: Receiver) -> dict[str, str]:
    """Alert by alert, in order of telling: the word that stands at the head of its description."""
    last: dict[str, str] = {}
    for notice in service.got:
        for block in str(notice["message"]).split("\n\n"):
            for line in block.splitlines():
                if line.startswith("  alert: "):
                    alert = line.removeprefix("  alert: ")
                    last.pop(alert, None)
                    last[alert] = block.split(" ", 1)[0]
    return last


def test_fifty_kills_of_the_command_change_nothing_of_what_it_records_and_tells(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(20260301)
    answers = [Answer(delay=chance.choice((0.0, 0.0, 0.05))) for _ in range(500)]
    with receiver(*answers) as service, receiver() as quiet:
        undisturbed = prepare(Project(tmp_path_factory.mktemp("undisturbed")), quiet)
        for day in range(1, DAYS + 1):
            undisturbed.run("--at", rows.day(day))
        prepare(project, service)
        whole = lasts(project, rows.day(1))
        ends: list[int] = []
        while ends.count(KILLED) < KILLS and len(ends) < MOST_LIVES:
            day = 2 + ends.count(KILLED) * (DAYS - 2) // KILLS
            ends.append(life(project, rows.day(day), whole * chance.uniform(0.3, 1.0)))
            if ends[-1] != KILLED:  # it was quicker than thought: the machine is less busy than it was
                whole *= 0.9
        assert life(project, rows.day(DAYS), 60) in (0, 1)
    assert ends.count(KILLED) == KILLS, Counter(ends)
    assert query(project, "PRAGMA integrity_check") == [("ok",)]
    expected = query(undisturbed, TRANSITIONS)
    assert len(expected) > 60
    assert query(project, TRANSITIONS) == expected
    assert query(project, VERDICTS) == query(undisturbed, VERDICTS)
    assert {status for (status,) in query(project, "SELECT status FROM driftline_outbox")} == {"sent"}
    check_told(project, service, ends.count(KILLED))


def check_told(project: Project, service: Receiver, kills: int) -> None:
    """The last word on every series is its true state; repeats are at most one per kill."""
    keys = Counter(str(each["idempotency_key"]) for each in service.got)
    assert set(keys) == {key for (key,) in query(project, "SELECT id FROM driftline_outbox")}
    assert sum(keys.values()) - len(keys) <= kills
    heads, series_of = {}, {}
    kept = "SELECT name, alert, state, severity FROM driftline_transitions WHERE NOT superseded AND state != 'pending'"
    for series, alert, state, severity in query(project, kept + " ORDER BY at"):
        heads[series] = str(severity).upper() if state == "firing" else "RESOLVED"
        series_of[alert] = series
    last = {series_of[alert]: word for alert, word in told(service).items()}
    assert last == {series: heads[series] for series in last}
    assert {series for series, state in heads.items() if state != "RESOLVED"} <= set(last)
    assert set(heads.values()) > {"RESOLVED"}  # at the end something fires
