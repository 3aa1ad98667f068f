"""Silences, incidents and inhibitions in whole runs, as a real HTTP server sees them, or does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.receiver import Receiver, receiver

MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], threshold: {compare: difference, warning: {above: 2}, critical: {above: 4}}}
"""


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def shop(project: Project) -> Project:
    """x is high on days 1 to 3, and sound again on day 4."""
    project.data("scored.parquet", rows.scored(6, shift={1: 5.0, 2: 5.0, 3: 5.0}))
    project.data("training.parquet", rows.training())
    return project


def write(project: Project, service: Receiver, *more: str) -> Path:
    return project.write(rows.MODEL, f'channels: {{ops: {{url: "{service.url()}"}}}}', *more)


def told(project: Project, service: Receiver, day: int) -> list[str]:
    """The kinds of notices of one run."""
    before = len(service.got)
    project.run("--at", rows.day(day))
    return [title.split("]")[0][1:] for title in service.titles[before:]]


def test_a_silenced_alert_is_told_once_when_it_still_fires_at_the_end(shop: Project, service: Receiver) -> None:
    silence = f"silences: [{{match: {{monitor: high-x}}, end: {rows.day(4)}, reason: the feed moves, by: anna}}]"
    write(shop, service, MONITORS, silence)
    done = shop.run("--at", rows.day(2))
    assert [each["state"] for each in done.alerts] == ["firing"]
    (delivery,) = done.document["deliveries"]
    reason = "1 alert: silence: the feed moves by anna, until 2024-01-05 00:00 UTC"
    assert (delivery["status"], delivery["reason"]) == ("suppressed", reason)
    text = ("run", str(shop.folder / "monitors.yaml"), "--dry-run", "--at")
    assert "kept quiet (silence: the feed" in shop.call(*text, rows.day(2), "--since", rows.day(1)).stdout
    assert "kept quiet" not in shop.call(*text, rows.day(4)).stdout
    assert [told(shop, service, day) for day in (3, 4, 4, 5)] == [[], ["CRITICAL"], [], ["RESOLVED"]]


def test_what_came_and_went_in_a_silence_is_kept_and_never_told(shop: Project, service: Receiver) -> None:
    write(shop, service, MONITORS, f"silences: [{{match: {{model: m}}, end: {rows.day(9)}, reason: holidays}}]")
    assert [told(shop, service, day) for day in (1, 2, 3, 4, 5, 6)] == [[]] * 6
    with shop.store() as store:
        (series,) = store.states(None)
        history = store.history(series, rows.START)
    assert [each.state.value for each in history.transitions] == ["firing", "resolved"]


def test_alerts_of_an_incident_are_kept_quiet_until_a_window_after_it(shop: Project, service: Receiver) -> None:
    storm = f"incidents: [{{id: STORM-1, start: {rows.day(1)}, end: {rows.day(3)}, reason: thunder, alerts: silence}}]"
    write(shop, service, MONITORS, storm)
    done = shop.run("--at", rows.day(2))
    assert done.document["deliveries"][0]["reason"] == "1 alert: incident STORM-1: thunder"
    assert [told(shop, service, day) for day in (3, 4, 5)] == [[], ["CRITICAL"], ["RESOLVED"]]


def test_a_stopped_feed_is_told_once_and_not_by_all_that_it_empties(shop: Project, service: Receiver) -> None:
    monitors = """
        monitors:
          fresh: {source: scored, check: freshness, threshold: {critical: {above: 1d}}}
          rows: {check: row_count, threshold: {critical: {below: 1}}}
        inhibit:
          - {when: {check: freshness}, mute: {model: "*"}, same: [source]}
    """
    write(shop, service, monitors)
    done = shop.run("--at", rows.day(8))
    assert {each["monitor"]: each["state"] for each in done.alerts} == {"fresh": "firing", "rows": "firing"}
    assert sorted(done.deliveries) == [("ops", "sent"), ("ops", "suppressed")]
    assert [each["reason"] for each in done.document["deliveries"] if each["status"] == "suppressed"] == [
        "1 alert: inhibited by fresh/scored"
    ]
    (notice,) = service.got
    assert "freshness" in notice["message"]
    assert "rows" not in notice["title"]
    write(shop, service, monitors.partition("inhibit")[0])
    shop.run("--at", rows.day(8))
    assert len(service.got) == 2


def test_the_plan_lists_incidents_and_what_leaves_their_rows_out(shop: Project, service: Receiver) -> None:
    trailing = MONITORS.replace("columns: [x],", "columns: [x], baseline: {type: trailing, size: 3d},")
    storm = "incidents: [{id: STORM-1, start: 2024-01-02, end: 2024-01-03T06:00:00, reason: thunder, alerts: silence}]"
    path = str(write(shop, service, trailing, storm))
    plan = shop.call("plan", path, "--at", rows.day(5)).stdout
    assert plan.split("INCIDENTS\n")[1].splitlines()[:2] == [
        "  STORM-1 [2024-01-02, 2024-01-03 06:00), thunder",
        "    its rows are left out of the baselines of high-x (1 baseline of this run); its alerts are silenced",
    ]
    (incident,) = shop.call("plan", path, "--at", rows.day(5), "--format", "json").document["incidents"]
    assert incident == {
        "id": "STORM-1",
        "start": "2024-01-02T00:00:00Z",
        "end": "2024-01-03T06:00:00Z",
        "reason": "thunder",
        "left_out_of": ["high-x"],
        "baselines": 1,
        "alerts": "silenced",
    }
