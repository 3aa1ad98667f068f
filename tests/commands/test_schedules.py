"""Monitors that are judged at times of their own, beside others that are judged by every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from driftline.compile.graph import MonitorPlan
from driftline.compile.schedule import last_tick
from tests.commands.project import Project


def scored(first: int, last: int, hour: int = 0) -> pl.DataFrame:
    """200 rows on each of these days of July, of which every other is of class 1 and has the higher score."""
    rows: list[dict[str, Any]] = []
    for day in range(first, last + 1):
        for n in range(200):
            at = datetime(2026, 7, day, hour) + timedelta(minutes=n)
            rows.append({"at": at, "id": day * 1000 + n, "score": (n % 2) / 2 + 0.2, "guess": n % 2})
    return pl.DataFrame(rows)


def test_a_monitor_with_a_schedule_hides_no_labels_from_those_without(project: Project) -> None:
    rows = scored(1, 9)
    project.data("scored.parquet", rows)
    late = pl.col("at") + timedelta(hours=5)
    project.data("labels.parquet", rows.select("id", late.alias("landed"), pl.col("guess").alias("y")))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: at}, labels: {path: labels.parquet, timestamp: landed}}
        models:
          churn:
            source: scored
            task: binary
            roles: {id: id, score: score, prediction: guess, target: y}
            labels: {source: labels, key: id, delay: 1d}
        monitors:
          auc: {check: roc_auc, threshold: {critical: {below: 0.5}}}
          weekly: {check: accuracy, schedule: 0 6 * * mon, threshold: {critical: {below: 0.5}}}
        """
    )
    done = project.run("--at", "2026-07-10", "--dry-run")
    assert (done.one("auc")["status"], done.one("auc")["labelled_rows"]) == ("ok", 200)
    assert done.one("weekly")["window"]["end"] == "2026-07-05T00:00:00Z"


@pytest.mark.parametrize("names", [("morning", "now"), ("now", "morning")])
def test_freshness_is_as_of_its_own_time_whatever_else_is_judged(project: Project, names: tuple[str, ...]) -> None:
    """Rows of July 1, then none until 8 on July 6: at 6 the source was stale, at noon it is not."""
    project.data("scored.parquet", scored(1, 1).vstack(scored(6, 6, hour=8)))
    written = {
        "morning": "{source: s, check: freshness, schedule: 0 6 * * *, threshold: {critical: {above: 6h}}}",
        "now": "{source: s, check: freshness, threshold: {critical: {above: 6h}}}",
    }
    head = "version: 1\nsources: {s: {path: scored.parquet, timestamp: at}}\nmonitors:\n"
    project.write(head + "\n".join(f"  {name}: {written[name]}" for name in names))
    done = project.run("--at", "2026-07-06T12:00:00Z", "--dry-run", "--fail-on", "never")
    assert (done.one("morning")["status"], done.one("now")["status"]) == ("critical", "ok")
    assert done.one("now")["value"] == 41 * 60


def test_a_column_with_a_schedule_of_its_own_misses_no_window(project: Project) -> None:
    project.data("scored.parquet", scored(1, 13))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: at}}
        models: {churn: {source: scored}}
        monitors: {gaps: {check: missing_rate, columns: [guess, id], threshold: {critical: {above: 50%}}}}
        overrides: [{match: {column: id}, set: {schedule: 0 6 * * mon}}]
        """
    )
    assert project.run("--at", "2026-07-06T07:00:00Z").code == 0
    assert project.run("--at", "2026-07-10").code == 0
    done = project.run("--at", "2026-07-13T07:00:00Z")
    days = {name: {each["window"]["start"][8:10] for each in done.of("gaps", column=name)} for name in ("id", "guess")}
    assert days == {"id": {"06", "07", "08", "09", "10", "11", "12"}, "guess": {"10", "11", "12"}}


@pytest.mark.parametrize(
    ("schedule", "as_of", "tick"),
    [
        ("*/15 * * * *", (2026, 11, 1, 5, 59), (2026, 11, 1, 5, 45)),  # the hour that clocks repeat, first pass
        ("*/15 * * * *", (2026, 11, 1, 6, 2), (2026, 11, 1, 6, 0)),  # and second
        ("30 1 * * *", (2026, 11, 1, 6, 2), (2026, 11, 1, 5, 30)),
        ("30 1 * * *", (2026, 11, 1, 7, 0), (2026, 11, 1, 5, 30)),
        ("0 6 * * *", (2026, 3, 8, 9, 59), (2026, 3, 7, 11, 0)),
        ("0 6 * * *", (2026, 3, 8, 10, 0), (2026, 3, 8, 10, 0)),
    ],
)
def test_a_schedule_comes_at_local_times_where_clocks_change(
    schedule: str, as_of: tuple[int, ...], tick: tuple[int, ...]
) -> None:
    plan = cast(MonitorPlan, SimpleNamespace(schedule=schedule, timezone="America/New_York"))
    assert last_tick(plan, datetime(*as_of, tzinfo=UTC)) == datetime(*tick, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_schedule_that_did_not_come_is_the_reason(project: Project) -> None:
    project.data("scored.parquet", scored(1, 9))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: at}}
        models: {churn: {source: scored}}
        monitors: {rows: {check: row_count, schedule: 0 6 * * mon, threshold: none}}
        """
    )
    file = str(project.folder / "monitors.yaml")
    done = project.call("run", file, "--at", "2026-07-10", "--since", "2026-07-08", "--dry-run")
    assert "not judged: rows/churn: no window is due by its schedule (0 6 * * mon)" in done.stdout
