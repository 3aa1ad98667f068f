"""Judging again what was judged before: transitions are replayed, notices are not repeated."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.receiver import Receiver, receiver

DAYS = 7
MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], threshold: {warning: {above: 2}, critical: {above: 4}}, alert: {for: 2}}
"""
# Two breaches in a row fire on day 2; day 4 resolves.
FEED = rows.scored(DAYS, shift={1: 5.0, 2: 5.0, 3: 3.0})


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def shop(project: Project, service: Receiver) -> Project:
    project.data("scored.parquet", FEED)
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
    return project


def transitions(project: Project, *, superseded: bool = False) -> list[tuple[str, str, str, str]]:
    """Those that hold (or were superseded): id, state, severity, at."""
    with sqlite3.connect(project.folder / ".driftline" / "state.db") as connection:
        query = "SELECT id, state, severity, at FROM driftline_transitions WHERE superseded = ? ORDER BY at, state"
        found = connection.execute(query, [superseded]).fetchall()
    connection.close()
    return [(row[0], row[1], row[2], str(row[3])[:10]) for row in found]


def daily(project: Project, until: int = DAYS) -> None:
    for day in range(1, until + 1):
        project.run("--at", rows.day(day))


def test_daily_runs_a_backfill_and_a_rerun_come_to_the_same_transitions(
    shop: Project, service: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    daily(shop)
    live = transitions(shop)
    assert [each[1:] for each in live] == [
        ("pending", "critical", "2024-01-03"),
        ("firing", "critical", "2024-01-04"),
        ("firing", "warning", "2024-01-05"),
        ("resolved", "warning", "2024-01-06"),
    ]
    heard = len(service.got)
    assert heard == 3
    again = shop.run("--at", rows.day(DAYS), "--since", rows.day(0))
    assert len(again.of("high-x")) == DAYS
    assert (transitions(shop), transitions(shop, superseded=True)) == (live, [])
    assert len(service.got) == heard
    other = Project(tmp_path_factory.mktemp("backfill"))
    for name in ("scored.parquet", "training.parquet", "monitors.yaml"):
        (other.folder / name).write_bytes((shop.folder / name).read_bytes())
    other.run("--at", rows.day(DAYS), "--since", rows.day(0))
    assert transitions(other) == live
    assert len(service.got) == heard  # fired and resolved before anybody was told: there is nothing to tell


def late(day: int, shift: float) -> pl.DataFrame:
    """The feed once late rows have moved a day."""
    start = rows.START + timedelta(days=day)
    on_the_day = (pl.col("ts") >= start) & (pl.col("ts") < start + timedelta(days=1))
    return FEED.with_columns(x=pl.when(on_the_day).then(pl.col("x") + shift).otherwise("x"))


def test_an_alert_that_late_rows_take_back_is_withdrawn_once(shop: Project, service: Receiver) -> None:
    daily(shop, 3)
    assert service.titles == [service.titles[0]]
    assert service.titles[0].startswith("[CRITICAL]")
    before = transitions(shop)
    shop.data("scored.parquet", late(1, -5.0))  # day 1 was sound after all: nothing was held for two days
    done = shop.run("--at", rows.day(3), "--since", rows.day(1))
    assert [each["state"] for each in done.alerts] == ["pending"]
    assert [each[1:] for each in transitions(shop)] == [("pending", "critical", "2024-01-04")]
    assert transitions(shop, superseded=True) == before
    assert len(service.got) == 2
    assert service.titles[1].startswith("[RESOLVED]")
    assert "withdrawn: judged again with late rows, it does not fire" in service.got[1]["message"]
    shop.run("--at", rows.day(3), "--since", rows.day(1))
    assert len(service.got) == 2
    shop.run("--at", rows.day(4))  # day 3 is the second breach in a row
    assert service.titles[2].startswith("[WARNING]")


def test_an_alert_that_late_rows_reveal_is_told_once(shop: Project, service: Receiver) -> None:
    shop.data("scored.parquet", late(1, -5.0))
    daily(shop, 3)
    assert service.got == []
    shop.data("scored.parquet", FEED)
    shop.run("--at", rows.day(3), "--since", rows.day(1))
    assert [title.split("]")[0] for title in service.titles] == ["[CRITICAL"]
    assert [each[1:] for each in transitions(shop)] == [
        ("pending", "critical", "2024-01-03"), ("firing", "critical", "2024-01-04"),
    ]  # fmt: skip
    shop.run("--at", rows.day(3), "--since", rows.day(0))
    assert len(service.got) == 1


def test_a_changed_past_under_an_unchanged_head_is_not_told(shop: Project, service: Receiver) -> None:
    daily(shop)
    heard = len(service.got)
    shop.data("scored.parquet", late(3, 2.0))  # the third bad day was critical as well
    shop.run("--at", rows.day(DAYS), "--since", rows.day(3))
    assert [each[1:] for each in transitions(shop)] == [
        ("pending", "critical", "2024-01-03"),
        ("firing", "critical", "2024-01-04"),
        ("resolved", "critical", "2024-01-06"),
    ]
    assert {each[1] for each in transitions(shop, superseded=True)} == {"firing", "resolved"}
    assert len(service.got) == heard


def test_the_kept_verdicts_are_those_of_the_last_judging(shop: Project) -> None:
    daily(shop, 3)
    shop.data("scored.parquet", late(1, -5.0))
    shop.run("--at", rows.day(3), "--since", rows.day(1))
    with shop.store() as store:
        (series,) = store.states(None)
        kept = {f"{each.at:%m-%d}": each.result.status.value for each in store.results(series)}
    assert kept == {"01-02": "ok", "01-03": "ok", "01-04": "critical"}
