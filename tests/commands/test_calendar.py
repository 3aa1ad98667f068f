"""Windows on a local calendar, as results show them: days of 23 and 25 hours, weeks, months, naive times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import FLIGHTS, Project, Ran

NEW_YORK = ZoneInfo("America/New_York")
HOURLY = """
version: 1
defaults: {window: WINDOW, timezone: America/New_York}
sources: {feed: {path: feed.parquet, timestamp: ts}}
monitors: {count: {source: feed, check: row_count, threshold: none}}
"""


def hourly(start: datetime, days: int) -> pl.DataFrame:
    """One row every full hour."""
    return pl.DataFrame({"ts": [start + timedelta(hours=hour) for hour in range(24 * days)]})


def windows(done: Ran) -> list[tuple[str, str, float]]:
    """Start and end on New York's clock, and the rows."""

    def local(text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(NEW_YORK):%m-%d %H:%M}"

    return [(local(r["window"]["start"]), local(r["window"]["end"]), r["value"]) for r in done.of("count")]


def run(project: Project, window: str, start: datetime, days: int, *options: str) -> Ran:
    project.data("feed.parquet", hourly(start, days))
    project.write(HOURLY.replace("WINDOW", window))
    return project.run("--dry-run", *options)


def test_the_day_of_23_hours_is_one_window(project: Project) -> None:
    done = run(project, "1d", datetime(2013, 3, 8, tzinfo=UTC), 6, "--since", "2013-03-09", "--at", "2013-03-12")
    assert windows(done) == [
        ("03-09 00:00", "03-10 00:00", 24),
        ("03-10 00:00", "03-11 00:00", 23),
        ("03-11 00:00", "03-12 00:00", 24),
    ]


def test_the_day_of_25_hours_is_one_window(project: Project) -> None:
    done = run(project, "1d", datetime(2013, 11, 1, tzinfo=UTC), 6, "--since", "2013-11-02", "--at", "2013-11-05")
    assert windows(done) == [
        ("11-02 00:00", "11-03 00:00", 24),
        ("11-03 00:00", "11-04 00:00", 25),
        ("11-04 00:00", "11-05 00:00", 24),
    ]


def test_weeks_start_on_monday_and_hold_167_hours_where_the_clock_goes_forward(project: Project) -> None:
    done = run(project, "1w", datetime(2013, 2, 20, tzinfo=UTC), 30, "--since", "2013-02-25", "--at", "2013-03-20")
    assert windows(done) == [
        ("02-25 00:00", "03-04 00:00", 168),
        ("03-04 00:00", "03-11 00:00", 167),
        ("03-11 00:00", "03-18 00:00", 168),
    ]


def test_months_are_calendar_months(project: Project) -> None:
    done = run(project, "1mo", datetime(2013, 1, 1, tzinfo=UTC), 140, "--since", "2013-02-01", "--at", "2013-05-02")
    assert windows(done) == [
        ("02-01 00:00", "03-01 00:00", 28 * 24),
        ("03-01 00:00", "04-01 00:00", 31 * 24 - 1),
        ("04-01 00:00", "05-01 00:00", 30 * 24),
    ]


def test_windows_below_a_day_count_from_the_epoch_through_the_change_of_clocks(project: Project) -> None:
    done = run(project, "6h", datetime(2013, 3, 9, tzinfo=UTC), 4, "--since", "2013-03-10", "--at", "2013-03-11T08:00")
    assert [value for *_, value in windows(done)] == [6] * 5
    starts = [each["window"]["start"] for each in done.of("count")]
    assert starts == [
        f"2013-03-{day}T{hour:02}:00:00Z" for day, hour in [(10, 6), (10, 12), (10, 18), (11, 0), (11, 6)]
    ]


def test_a_window_that_slides_ends_on_every_local_midnight(project: Project) -> None:
    window = "{size: 3d, every: 1d}"
    done = run(project, window, datetime(2013, 3, 1, tzinfo=UTC), 14, "--since", "2013-03-07", "--at", "2013-03-13")
    assert windows(done) == [
        ("03-07 00:00", "03-10 00:00", 72),
        ("03-08 00:00", "03-11 00:00", 71),
        ("03-09 00:00", "03-12 00:00", 71),
        ("03-10 00:00", "03-13 00:00", 71),
    ]


def test_the_local_days_of_the_flights_are_those_of_polars(project: Project) -> None:
    project.write(
        f"""
        version: 1
        defaults: {{window: 1d, timezone: America/New_York}}
        sources: {{feed: {{path: {FLIGHTS}/predictions/*.parquet, timestamp: scheduled_at}}}}
        monitors: {{count: {{source: feed, check: row_count, threshold: none}}}}
        """
    )
    done = project.run("--since", "2013-03-08", "--at", "2013-03-13", "--dry-run")
    day = pl.col("scheduled_at").dt.convert_time_zone("America/New_York").dt.date()
    counts = pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet").group_by(day.alias("day")).len()
    expected = {f"{day:%m-%d} 00:00": count for day, count in counts.iter_rows()}
    assert {start: value for start, _, value in windows(done)} == {
        f"03-{day:02} 00:00": expected[f"03-{day:02} 00:00"] for day in range(8, 13)
    }


@pytest.mark.parametrize("name", ["feed.parquet", "feed.csv"])
def test_naive_times_are_read_on_the_configured_clock_and_the_plan_says_so(project: Project, name: str) -> None:
    local = [datetime(2013, 3, 9) + timedelta(hours=hour) for hour in range(24 * 4)]
    sound = [moment for moment in local if not (moment.day == 10 and moment.hour == 2)]  # that hour did not exist
    project.data(name, pl.DataFrame({"ts": sound}))
    project.write(HOURLY.replace("WINDOW", "1d").replace("feed.parquet", name))
    done = project.run("--since", "2013-03-09", "--at", "2013-03-13", "--dry-run")
    assert windows(done) == [
        ("03-09 00:00", "03-10 00:00", 24),
        ("03-10 00:00", "03-11 00:00", 23),
        ("03-11 00:00", "03-12 00:00", 24),
        ("03-12 00:00", "03-13 00:00", 24),
    ]
    plan = project.call("plan", str(project.folder / "monitors.yaml"), "--at", "2013-03-13")
    assert "source feed: the times in ts have no zone and are read as America/New_York" in plan.stdout


def test_windows_wait_for_rows_that_may_still_come(project: Project) -> None:
    project.data("scored.parquet", rows.scored(4))
    project.data("training.parquet", rows.training())
    project.write(
        rows.MODEL.replace("timestamp: ts}", "timestamp: ts, lateness: 6h}"),
        "monitors:\n  count: {check: row_count, threshold: none}",
    )
    early = project.run("--at", "2024-01-03T05:59:59Z", "--dry-run").one("count")
    due = project.run("--at", "2024-01-03T06:00:00Z", "--dry-run").one("count")
    assert (early["window"]["end"], due["window"]["end"]) == (rows.day(1), rows.day(2))


def test_a_baseline_span_follows_the_local_calendar(project: Project) -> None:
    project.data("feed.parquet", hourly(datetime(2013, 3, 1, tzinfo=UTC), 14))
    project.write(
        HOURLY.replace("WINDOW", "1d").partition("monitors:")[0],
        """
        monitors:
          previous: {source: feed, check: row_count, baseline: previous, threshold: more}
          week: {source: feed, check: row_count, baseline: {type: trailing, size: 7d}, threshold: more}
        thresholds: {more: {compare: difference, critical: {above: 99}}}
        """,
    )
    done = project.run("--at", "2013-03-12", "--dry-run")
    assert (done.one("previous")["value"], done.one("previous")["baseline_value"]) == (24, 23)
    assert (done.one("week")["baseline_value"], done.one("week")["baseline_rows"]) == (24, 7 * 24 - 1)
