"""Sources that say when their rows arrived: what comes after `lateness` is no part of what was judged."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.commands.project import Project, Ran

START = datetime(2026, 7, 1, tzinfo=UTC)
CONFIG = """
version: 1
defaults: {window: 1d}
sources: {events: {path: events/*.parquet, timestamp: at, lateness: 2h, arrival: came}}
models: {m: {source: events}}
monitors:
  rows: {check: row_count, threshold: none}
  mean: {check: mean, columns: [v], baseline: previous, threshold: {compare: change, critical: {above: 50%}}}
"""


def events(day: int, rows: int, late: timedelta, value: float = 1.0) -> pl.DataFrame:
    times = [START + timedelta(days=day, minutes=10 * n) for n in range(rows)]
    return pl.DataFrame({"at": times, "came": [time + late for time in times], "v": [value] * rows})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (tmp_path / "monitors.yaml").write_text(CONFIG)
    (tmp_path / "events").mkdir()
    for day in range(5):
        events(day, 100, timedelta(minutes=5)).write_parquet(tmp_path / f"events/{day}.parquet")
    return made


def run(project: Project, day: int, *options: str) -> Ran:
    at = (START + timedelta(days=day, hours=3)).isoformat()
    ran = project.run("--at", at, "--format", "json", "--fail-on", "never", *options)
    assert ran.code == 0, ran.said
    return ran


def test_rows_within_lateness_count_and_later_ones_do_not(project: Project) -> None:
    events(2, 140, timedelta(hours=3), 5.0).tail(20).write_parquet(project.folder / "events/2-late.parquet")
    assert run(project, 3, "--dry-run").one("rows")["value"] == 119  # one of the 20 came after two in the morning


def test_a_backfill_judges_as_if_it_had_been_there(project: Project) -> None:
    live = [run(project, 3).one("rows")["value"]]
    events(2, 50, timedelta(hours=27)).write_parquet(project.folder / "events/2-late.parquet")
    live.append(run(project, 4).of("rows")[-1]["value"])
    (project.folder / ".driftline" / "state.db").unlink()
    backfill = run(project, 4, "--since", "2026-07-03")
    assert [each["value"] for each in backfill.of("rows")] == live == [100.0, 100.0]


def test_what_came_too_late_counts_when_it_is_judged_again(project: Project) -> None:
    run(project, 3)
    events(2, 50, timedelta(hours=27)).write_parquet(project.folder / "events/2-late.parquet")
    again = run(project, 4, "--since", "2026-07-03")
    assert [each["value"] for each in again.of("rows")] == [150.0, 100.0]


def test_what_was_let_in_late_stays(project: Project) -> None:
    run(project, 3)
    events(2, 50, timedelta(hours=27)).write_parquet(project.folder / "events/2-late.parquet")
    at = (START + timedelta(days=3, hours=7)).isoformat()
    again = project.run("--at", at, "--since", "2026-07-03", "--format", "json", "--fail-on", "never")
    assert again.one("rows")["value"] == 125
    assert project.run("--at", at, "--format", "json", "--fail-on", "never").of("rows") == []
    with project.store() as store:
        kept = [each.result.value for key in store.states(None) for each in store.results(key) if key.monitor == "rows"]
    assert kept == [125]


def test_rows_without_an_arrival_have_always_been_there(project: Project) -> None:
    frame = events(2, 10, timedelta(days=9)).with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("came"))
    frame.write_parquet(project.folder / "events/2-more.parquet")
    assert run(project, 3).one("rows")["value"] == 110


def test_a_source_was_as_stale_as_was_known_then(project: Project) -> None:
    fresh = "  fresh: {source: events, check: freshness, threshold: none}\n"
    (project.folder / "monitors.yaml").write_text(CONFIG + fresh)
    events(4, 144, timedelta(days=4)).tail(20).write_parquet(project.folder / "events/4-late.parquet")
    before, after = (run(project, day, "--dry-run").one("fresh")["value"] for day in (8, 9))
    assert timedelta(seconds=before) == timedelta(days=3, hours=10, minutes=30)  # the last row in time is of 16:30
    assert timedelta(seconds=after) == timedelta(days=4, hours=3, minutes=10)  # the last of all is of 23:50


def test_an_arrival_is_no_feature(project: Project) -> None:
    (project.folder / "monitors.yaml").write_text(
        CONFIG.replace("rows: {check: row_count", "gaps: {check: missing_rate, columns: features")
    )
    assert [each["column"] for each in run(project, 3).of("gaps")] == ["v"]


def test_an_arrival_that_is_no_time_fails_with_its_name(project: Project) -> None:
    for file in (project.folder / "events").iterdir():
        pl.read_parquet(file).with_columns(pl.lit(7).alias("came")).write_parquet(file)
    ran = project.run("--at", (START + timedelta(days=3, hours=3)).isoformat(), "--format", "json")
    assert ran.code == 3
    assert "'came' is Int32, not a time" in ran.one("rows")["reason"]


def test_an_arrival_that_is_not_there_fails_with_what_is_meant(project: Project) -> None:
    (project.folder / "monitors.yaml").write_text(CONFIG.replace("arrival: came", "arrival: cam"))
    ran = project.run("--at", (START + timedelta(days=3, hours=3)).isoformat())
    assert ran.code == 3
    assert "source 'events' has no column 'cam' for its arrival; did you mean 'came'?" in ran.one("rows")["reason"]


def test_a_column_of_arrivals_may_hold_nothing(project: Project) -> None:
    for file in (project.folder / "events").iterdir():
        pl.read_parquet(file).with_columns(pl.lit(None).alias("came")).write_parquet(file)
    assert run(project, 3).one("rows")["value"] == 100


def test_an_arrival_before_the_event_counts_as_at_once(project: Project) -> None:
    events(2, 10, timedelta(days=-400)).write_parquet(project.folder / "events/2-more.parquet")
    assert run(project, 3).one("rows")["value"] == 110


WAYS = {  # how the times of the 140 rows of a day are written, 20 of which came three hours late
    "csv": ("%Y-%m-%dT%H:%M:%S", ""),
    "csv of a format": ("%d/%m/%Y %H:%M", ', timestamp_format: "%d/%m/%Y %H:%M"'),
    "csv with declared types": ("%Y-%m-%dT%H:%M:%S", ", types: {came: datetime}"),
    "ndjson": ("%Y-%m-%dT%H:%M:%S", ""),
    "ndjson of a format": ("%d/%m/%Y %H:%M", ', timestamp_format: "%d/%m/%Y %H:%M"'),
    "ndjson with declared types": ("%Y-%m-%dT%H:%M:%S", ", types: {came: datetime}"),
    "parquet": ("", ""),
    "delta": ("", ""),
    "sqlite": ("%Y-%m-%d %H:%M:%S", ""),
}


@pytest.mark.parametrize("way", WAYS)
def test_arrivals_without_an_offset_are_read_where_the_source_is_in_every_kind(way: str, tmp_path: Path) -> None:
    layout, options = WAYS[way]
    midnight = START + timedelta(hours=4)  # in New York
    rows = pl.concat([events(2, 120, timedelta(minutes=5)), events(2, 140, timedelta(hours=3)).tail(20)])
    rows = rows.with_columns(pl.col("at", "came") + (midnight - START))
    local = rows.with_columns(pl.col("at", "came").dt.convert_time_zone("America/New_York").dt.replace_time_zone(None))
    text = local.with_columns(pl.col("at", "came").dt.strftime(layout)) if layout else local
    kind = way.split()[0]
    source = f"path: rows.{kind}" if kind != "delta" else "path: rows, type: delta"
    if kind == "csv":
        text.write_csv(tmp_path / "rows.csv")
    elif kind == "ndjson":
        text.write_ndjson(tmp_path / "rows.ndjson")
    elif kind == "parquet":
        local.write_parquet(tmp_path / "rows.parquet")
    elif kind == "delta":
        local.write_delta(tmp_path / "rows")
    else:
        source = "type: sql, url: 'sqlite:///rows.db', query: SELECT * FROM rows"
        with sqlite3.connect(tmp_path / "rows.db") as database:
            database.execute("CREATE TABLE rows (at TEXT, came TEXT, v REAL)")
            database.executemany("INSERT INTO rows VALUES (?, ?, ?)", text.rows())
        database.close()
    project = Project(tmp_path)
    project.write(
        "version: 1",
        "defaults: {window: 1d, timezone: America/New_York}",
        f"sources: {{events: {{{source}, timestamp: at, lateness: 2h, arrival: came{options}}}}}",
        "models: {m: {source: events}}",
        "monitors: {rows: {check: row_count, threshold: none}}",
    )
    ran = project.run("--at", "2026-07-04T02:00")
    # The 20 are of 20:00 to 23:10; all but the last had come by two in the morning.
    assert ran.one("rows")["value"] == 120 + 19, ran.said


def told(ran: Ran) -> list[tuple[str, int, str | None]]:
    return [(one["source"], one["late_rows"], one["since"]) for one in ran.document["sources"]]


def test_rows_that_came_too_late_are_told_once(project: Project) -> None:
    assert told(run(project, 3)) == []
    events(2, 50, timedelta(hours=45)).write_parquet(project.folder / "events/2-late.parquet")
    at = (START + timedelta(days=4, hours=4)).isoformat()
    assert told(run(project, 4)) == [("events", 37, "2026-07-03T00:00:00Z")]  # the others come after three
    assert told(project.run("--at", at, "--format", "json")) == [("events", 6, "2026-07-03T00:00:00Z")]
    assert told(project.run("--at", at, "--format", "json")) == []


def test_what_is_said_of_rows_that_came_too_late(project: Project) -> None:
    run(project, 3)
    events(2, 50, timedelta(hours=45)).write_parquet(project.folder / "events/2-late.parquet")
    said = project.run("--at", (START + timedelta(days=4, hours=3)).isoformat(), "--format", "text").said
    assert (
        "events: 37 rows arrived after their windows were judged, from 2026-07-03 on; `run --since 2026-07-03`" in said
    )
    again = run(project, 4, "--since", "2026-07-03")
    assert told(again) == []


def test_rows_that_came_too_late_for_a_window_of_this_run_are_told_too(project: Project) -> None:
    """A run that was missed: what came after the end of `lateness` counts in no window, whoever looks when."""
    run(project, 2)
    events(2, 50, timedelta(hours=45)).write_parquet(project.folder / "events/2-late.parquet")
    ran = run(project, 4)
    assert [each["value"] for each in ran.of("rows")] == [100.0, 100.0]
    assert told(ran) == [("events", 37, "2026-07-03T00:00:00Z")]


def test_rows_within_lateness_are_not_late(project: Project) -> None:
    run(project, 2)
    events(2, 144, timedelta(hours=2)).tail(10).write_parquet(project.folder / "events/2-more.parquet")
    ran = run(project, 3)
    assert (ran.one("rows")["value"], told(ran)) == (110.0, [])


@pytest.mark.parametrize("kind", ["csv", "ndjson", "sqlite"])
def test_late_rows_of_other_kinds_of_source(kind: str, project: Project) -> None:
    late = events(2, 50, timedelta(hours=45))
    frames = [pl.concat(events(day, 100, timedelta(minutes=5)) for day in range(5)), late]
    written = [f.with_columns(pl.col("at", "came").dt.strftime("%Y-%m-%dT%H:%M:%SZ")) for f in frames]
    place = {
        "csv": "{path: '*.csv', timestamp: at",
        "ndjson": "{path: '*.ndjson', timestamp: at",
        "sqlite": "{type: sql, url: 'sqlite:///rows.db', query: SELECT * FROM rows, timestamp: at",
    }[kind]
    (project.folder / "monitors.yaml").write_text(CONFIG.replace("{path: events/*.parquet, timestamp: at", place))

    def write(number: int) -> None:
        if kind == "sqlite":
            with sqlite3.connect(project.folder / "rows.db") as database:
                database.execute("CREATE TABLE IF NOT EXISTS rows (at TEXT, came TEXT, v REAL)")
                database.executemany("INSERT INTO rows VALUES (?, ?, ?)", written[number].rows())
            database.close()
        else:
            getattr(written[number], f"write_{kind}")(project.folder / f"{number}.{kind}")

    write(0)
    run(project, 3)
    write(1)
    assert told(run(project, 4)) == [("events", 37, "2026-07-03T00:00:00Z")]
