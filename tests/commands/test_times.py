"""Times that cannot be right, and times in more than one zone: what a run makes of them and what it says."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.commands.project import Project, Ran

START = datetime(2026, 7, 1)
TIMES = [START + timedelta(hours=n) for n in range(96)]
ROWS = pl.DataFrame({"at": [*TIMES, None, None, datetime(2099, 1, 1)], "v": range(99)})
SOURCES = {
    "parquet": "{path: rows.parquet, timestamp: at}",
    "csv": "{path: rows.csv, timestamp: at}",
    "ndjson": "{path: rows.ndjson, timestamp: at}",
    "delta": "{path: rows, type: delta, timestamp: at}",
    "sqlite": "{type: sql, url: 'sqlite:///rows.db', query: SELECT * FROM rows, timestamp: at}",
}
REST = """
models: {m: {source: s}}
monitors: {rows: {check: row_count, window: 1d, threshold: none}}
"""


def made(folder: Path, kind: str) -> Project:
    """Four days of hourly rows, two rows without a time, and one of the year 2099."""
    project = Project(folder)
    text = ROWS.with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S"))
    if kind == "parquet":
        ROWS.write_parquet(folder / "rows.parquet")
    elif kind == "csv":
        text.write_csv(folder / "rows.csv")
    elif kind == "ndjson":
        text.write_ndjson(folder / "rows.ndjson")
    elif kind == "delta":
        ROWS.write_delta(folder / "rows")
    else:
        with sqlite3.connect(folder / "rows.db") as database:
            database.execute("CREATE TABLE rows (at TEXT, v INTEGER)")
            database.executemany("INSERT INTO rows VALUES (?, ?)", text.rows())
        database.close()
    project.write("version: 1", f"sources: {{s: {SOURCES[kind]}}}", REST)
    return project


def wrong(ran: Ran) -> list[tuple[str, int, int]]:
    """What a run says of times that cannot be right."""
    return [(one["source"], one["rows_without_time"], one["future_rows"]) for one in ran.document["sources"]]


@pytest.mark.parametrize("kind", SOURCES)
def test_rows_without_a_time_and_rows_of_the_future_are_counted_and_in_no_window(kind: str, tmp_path: Path) -> None:
    project = made(tmp_path, kind)
    ran = project.run("--at", "latest", "--since", "2026-07-01")
    assert ran.document["at"] == "2026-07-04T23:00:00Z"
    assert ran.values("rows") == [24.0, 24.0, 24.0]
    assert wrong(ran) == [("s", 2, 1)]


@pytest.mark.parametrize("kind", SOURCES)
def test_a_dry_run_without_a_store_says_so_too(kind: str, tmp_path: Path) -> None:
    assert wrong(made(tmp_path, kind).run("--at", "2026-07-04", "--dry-run")) == [("s", 2, 1)]


@pytest.mark.parametrize("kind", SOURCES)
def test_files_are_told_once_and_a_database_by_every_run(kind: str, tmp_path: Path) -> None:
    project = made(tmp_path, kind)
    project.run("--at", "2026-07-03")
    assert wrong(project.run("--at", "2026-07-04")) == ([("s", 2, 1)] if kind == "sqlite" else [])


def test_a_new_file_is_told_alone(tmp_path: Path) -> None:
    project = made(tmp_path, "parquet")
    project.write("version: 1", "sources: {s: {path: '*.parquet', timestamp: at}}", REST)
    project.run("--at", "2026-07-03")
    project.data("more.parquet", ROWS.tail(2))
    assert wrong(project.run("--at", "2026-07-04")) == [("s", 1, 1)]


def test_rows_that_where_leaves_out_are_not_told(tmp_path: Path) -> None:
    for kind in ("parquet", "sqlite"):
        (tmp_path / kind).mkdir()
        project = made(tmp_path / kind, kind)
        project.write("version: 1", f"sources: {{s: {SOURCES[kind][:-1]}, where: v < 97}}}}", REST)
        assert wrong(project.run("--at", "2026-07-04")) == [("s", 1, 0)]


def test_the_text_says_it_in_one_line(tmp_path: Path) -> None:
    project = made(tmp_path, "parquet")
    said = project.call("run", str(project.folder / "monitors.yaml"), "--at", "2026-07-04").stdout
    assert "s: 2 rows without a timestamp and 1 row of the future: in no window\n" in said


def test_a_row_of_tomorrow_is_judged_when_its_time_has_come(tmp_path: Path) -> None:
    project = made(tmp_path, "parquet")
    assert wrong(project.run("--at", "2099-01-02")) == [("s", 2, 1)]  # not yet, whatever the run is as of
    assert project.run("--at", "2099-01-02").values("rows") == [1.0]


def test_a_baseline_whose_windows_are_read_one_by_one_ends_with_what_has_happened(tmp_path: Path) -> None:
    project = made(tmp_path, "parquet")
    past = [START - timedelta(days=20) + timedelta(hours=n) for n in range(240)]
    project.data("past.parquet", pl.DataFrame({"at": [*past, datetime(2099, 1, 1)], "v": range(241)}))
    project.write(
        "version: 1",
        f"sources: {{s: {SOURCES['parquet']}, past: {{path: past.parquet, timestamp: at}}}}",
        "models: {m: {source: s, baseline: past}}",
        "monitors: {rows: {check: row_count, window: 1d, threshold: {compare: deviations, critical: {above: 3}}}}",
    )
    ran = project.run("--at", "2026-07-04")
    assert (ran.one("rows")["baseline_value"], ran.one("rows")["status"]) == (24.0, "ok")
    assert {name: future for name, _, future in wrong(ran)} == {"s": 1, "past": 1}


# Zones ---------------------------------------------------------------------------------------------------------------


def local(zone: str, days: range, every: timedelta) -> list[datetime]:
    """Naive times as the clocks of a zone show them, one each `every` of real time, through March 2026."""
    start = datetime(2026, 3, days[0], 12, tzinfo=UTC)
    count = (len(days) * timedelta(days=1)) // every
    here = pl.Series([start + n * every for n in range(count)]).dt.convert_time_zone(zone)
    return list(here.dt.replace_time_zone(None))


def two_zones(project: Project) -> None:
    """Hourly rows of three weeks of March 2026, and a file with a time zone of its own for each of two teams."""
    start = datetime(2026, 3, 6, tzinfo=UTC)
    project.data("rows.parquet", pl.DataFrame({"at": [start + timedelta(hours=n) for n in range(26 * 24)]}))
    project.write("version: 1", "include: [ny.yaml, berlin.yaml]", "sources: {s: {path: rows.parquet, timestamp: at}}")
    for name, zone in (("ny", "America/New_York"), ("berlin", "Europe/Berlin")):
        project.write(
            f"defaults: {{timezone: {zone}, window: 1d}}",
            f"models: {{{name}: {{source: s}}}}",
            f"""
            monitors:
              {name}-rows: {{model: {name}, check: row_count, threshold: none}}
              {name}-week: {{model: {name}, check: row_count, window: {{size: 7d, every: 1d}}, threshold: none}}
            """,
            name=f"{name}.yaml",
        )


def unusual(ran: Ran, monitor: str, usual: float) -> dict[str, float]:
    """The windows of another number of rows, by their start."""
    return {one["window"]["start"]: one["value"] for one in ran.of(monitor) if one["value"] != usual}


def test_two_zones_over_one_source_have_their_own_days_through_a_change_of_clocks(tmp_path: Path) -> None:
    """New York goes forward on the 8th of March 2026, Berlin on the 29th: each has a day of 23 hours."""
    project = Project(tmp_path)
    two_zones(project)
    ran = project.run("--at", "2026-03-31", "--since", "2026-03-07", "--dry-run")
    assert unusual(ran, "ny-rows", 24.0) == {"2026-03-08T05:00:00Z": 23.0}
    assert unusual(ran, "berlin-rows", 24.0) == {"2026-03-28T23:00:00Z": 23.0}
    assert len(ran.of("ny-week")) == len(ran.of("berlin-week")) == 17
    assert unusual(ran, "ny-week", 168.0) == {f"2026-03-0{day}T05:00:00Z": 167.0 for day in (7, 8)}
    assert unusual(ran, "berlin-week", 168.0) == {f"2026-03-{day}T23:00:00Z": 167.0 for day in (22, 23)}


def test_what_is_kept_for_two_zones_changes_no_number(tmp_path: Path) -> None:
    project = Project(tmp_path)
    two_zones(project)
    live = [project.run("--at", f"2026-03-{day}T06:00") for day in ("07", "08", "09", "10", "16", "28", "29", "30")]
    whole = project.run("--at", "2026-03-30T06:00", "--since", "2026-03-07", "--dry-run").results
    found = {(one["series"], one["window"]["start"]): one["value"] for one in whole}
    kept = {(one["series"], one["window"]["start"]): one["value"] for ran in live for one in ran.results}
    assert found.items() <= kept.items()


def test_naive_times_are_read_in_the_zone_of_the_file_that_names_their_source(tmp_path: Path) -> None:
    """The same clock on the wall in two places: both count 23 hours on their own day, and 24 on the other's."""
    project = Project(tmp_path)
    project.write("version: 1", "include: [ny.yaml, berlin.yaml]")
    for name, zone in (("ny", "America/New_York"), ("berlin", "Europe/Berlin")):
        project.data(f"{name}.parquet", pl.DataFrame({"at": local(zone, range(1, 32), timedelta(hours=1))}))
        project.write(
            f"defaults: {{timezone: {zone}, window: 1d}}",
            f"sources: {{{name}: {{path: {name}.parquet, timestamp: at}}}}",
            f"models: {{{name}: {{source: {name}}}}}",
            f"monitors: {{{name}-rows: {{model: {name}, check: row_count, threshold: none}}}}",
            name=f"{name}.yaml",
        )
    ran = project.run("--at", "2026-03-31T06:00:00Z", "--since", "2026-03-03")
    short = {
        name: [one["window"]["start"] for one in ran.of(f"{name}-rows") if one["value"] == 23.0]
        for name in ("ny", "berlin")
    }
    assert short == {"ny": ["2026-03-08T05:00:00Z"], "berlin": ["2026-03-28T23:00:00Z"]}
    assert {one["value"] for one in ran.results} == {23.0, 24.0}


def test_a_plan_says_in_which_zone_times_without_one_are_read(tmp_path: Path) -> None:
    project = Project(tmp_path)
    aware = pl.col("at").dt.replace_time_zone("UTC")
    project.data("naive.parquet", ROWS)
    project.data("aware.parquet", ROWS.with_columns(aware, came=pl.col("at")))
    project.data("days.parquet", ROWS.with_columns(pl.col("at").dt.date()))
    project.data("texts.parquet", ROWS.with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S")))
    project.write(
        """
        version: 1
        defaults: {timezone: Europe/Berlin}
        sources:
          naive: {path: naive.parquet, timestamp: at}
          aware: {path: aware.parquet, timestamp: at, arrival: came}
          days: {path: days.parquet, timestamp: at}
          texts: {path: texts.parquet, timestamp: at}
        models: {a: {source: naive}, b: {source: aware}, c: {source: days}, d: {source: texts}}
        monitors: {rows: {check: row_count, window: 1d, threshold: none}}
        """
    )
    notes = project.call("plan", str(project.folder / "monitors.yaml"), "--format", "json").document["notes"]
    assert notes == [
        "source naive: the times in at have no zone and are read as Europe/Berlin",
        "source aware: the times in came have no zone and are read as Europe/Berlin",
        "source days: the times in at have no zone and are read as Europe/Berlin",
        "source texts: texts in at without a zone are read as Europe/Berlin",
    ]
