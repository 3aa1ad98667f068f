"""What a run reads: only what no run before it has read, unless files have changed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from driftline.compile.request import ScanRequest
from driftline.execute.local import LocalExecutor, Scanned
from tests.commands.project import Project, Ran, is_alike

START = datetime(2026, 7, 1, tzinfo=UTC)
CONFIG = """
version: 1
defaults: {window: 1d}
sources:
  events: {path: events/*.parquet, timestamp: at, lateness: 1h}
  truth: {path: truth/*.parquet, timestamp: known_at}
  reference: {path: reference.parquet}
models:
  m:
    task: binary
    source: events
    roles: {id: id, prediction: said, target: y}
    labels: {source: truth, key: id, delay: 1d, max_delay: 3d}
    features: [v]
monitors:
  rows: {check: row_count, threshold: none}
  drift: {check: psi, columns: [v], baseline: reference, threshold: {critical: {above: 5}}}
  unusual: {check: mean, columns: [v], baseline: {type: trailing, size: 5d},
            threshold: {compare: change, critical: {above: 9}}}
  right: {check: accuracy, window: {size: 4d, every: 1d}, min_rows: 1, threshold: none}
"""


def events(day: int, rows: int = 100, shift: float = 0.0) -> pl.DataFrame:
    times = [START + timedelta(days=day, minutes=14 * n) for n in range(rows)]
    return pl.DataFrame(
        {
            "id": [day * 1_000 + n for n in range(rows)],
            "at": times,
            "v": [float(n % 7) + shift for n in range(rows)],
            "said": [n % 2 for n in range(rows)],
        }
    )


def truth(day: int, late: timedelta = timedelta(hours=20)) -> pl.DataFrame:
    frame = events(day)
    return frame.select("id", (pl.col("at") + late).alias("known_at"), (pl.col("id") % 3 % 2).alias("y"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (tmp_path / "monitors.yaml").write_text(CONFIG)
    for folder in ("events", "truth"):
        (tmp_path / folder).mkdir()
    pl.concat(events(day) for day in range(3)).drop("at").write_parquet(tmp_path / "reference.parquet")
    for day in range(12):
        add(made, day)
    return made


def add(project: Project, day: int) -> None:
    events(day).write_parquet(project.folder / f"events/{day:02}.parquet")
    truth(day).write_parquet(project.folder / f"truth/{day:02}.parquet")


def at(day: int) -> str:
    """An hour past midnight: the day before is complete."""
    return (START + timedelta(days=day, hours=1)).isoformat()


Read = list[tuple[str, tuple[datetime | None, datetime | None]]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """The spans of rows that are read, by source, as they come."""
    found: Read = []
    scan = LocalExecutor.scan

    def noted(self: LocalExecutor, request: ScanRequest) -> Scanned:
        scanned = scan(self, request)
        found.extend((request.source, (span.start, span.end)) for span in scanned.read)
        return scanned

    monkeypatch.setattr(LocalExecutor, "scan", noted)
    return found


def run(project: Project, day: int, *options: str) -> Ran:
    ran = project.run("--at", at(day), "--format", "json", "--fail-on", "never", *options)
    assert ran.code == 0, ran.said
    return ran


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def test_a_second_run_reads_the_new_day_and_of_the_last_max_delay_what_labels_touch(
    project: Project, read: Read
) -> None:
    run(project, 10)
    read.clear()
    run(project, 11)
    assert read == [("events", (day(10), day(11))), ("events", (day(7), day(10)))] or read == [
        ("events", (day(10), day(11))),
        ("events", (day(7), day(11))),
    ]


def test_a_reference_is_read_again_only_when_its_file_has_changed(project: Project, read: Read) -> None:
    run(project, 10)
    assert ("reference", (None, None)) in read
    read.clear()
    run(project, 11)
    assert "reference" not in dict(read)
    pl.concat(events(day, shift=1.0) for day in range(3)).drop("at").write_parquet(project.folder / "reference.parquet")
    ran = run(project, 12)
    assert ("reference", (None, None)) in read
    assert ran.one("drift")["value"] > 0.1


def test_what_is_kept_changes_no_number(project: Project) -> None:
    for number in range(6, 12):
        kept = run(project, number)
    (project.folder / ".driftline" / "state.db").unlink()
    fresh = run(project, 11)
    for found in fresh.results:
        same = [r for r in kept.results if (r["series"], r["window"]) == (found["series"], found["window"])]
        assert is_alike(same, [found])


def test_rows_that_come_late_are_counted_and_said(project: Project) -> None:
    run(project, 10)
    events(5, 30, shift=1.0).with_columns(pl.col("id") + 500).write_parquet(project.folder / "events/05-late.parquet")
    ran = run(project, 11)
    assert ran.document["sources"] == [
        {
            "source": "events",
            "files_changed": 1,
            "panes_read_again": 1,
            "late_rows": 30,
            "gone_rows": 0,
            "since": "2026-07-06T00:00:00Z",
            "rows_without_time": 0,
            "future_rows": 0,
        }
    ]
    again = run(project, 11, "--since", "2026-07-06")
    assert [r["value"] for r in again.of("rows")] == [130.0, *[100.0] * 5]


def test_a_file_that_is_rewritten_counts_as_it_is_now(project: Project, read: Read) -> None:
    run(project, 10)
    events(9, 40).write_parquet(project.folder / "events/09.parquet")
    read.clear()
    ran = run(project, 11)
    assert ran.document["sources"][0]["gone_rows"] == 60
    assert min(start for _, (start, _) in read if start is not None) <= day(9)
    assert ran.one("unusual")["baseline_rows"] == 440


def test_a_file_that_is_deleted_takes_nothing_with_it(project: Project) -> None:
    first = run(project, 10)
    (project.folder / "events/06.parquet").unlink()
    ran = run(project, 11)
    assert first.one("unusual")["baseline_rows"] == ran.one("unusual")["baseline_rows"] == 500
    assert ran.document["sources"] == []


def test_a_damaged_pane_is_made_again(project: Project) -> None:
    import sqlite3

    run(project, 10)
    with sqlite3.connect(project.folder / ".driftline" / "state.db") as store:
        store.execute("UPDATE driftline_panes SET data = substr(data, 1, length(data) / 2)")
    store.close()
    ran = run(project, 11)
    assert ran.one("unusual")["baseline_rows"] == 500


def test_a_dry_run_keeps_nothing_and_uses_what_is_kept(project: Project, read: Read) -> None:
    run(project, 10)
    before = (project.folder / ".driftline" / "state.db").read_bytes()
    read.clear()
    run(project, 11, "--dry-run")
    assert ("events", (day(10), day(11))) in read
    assert (project.folder / ".driftline" / "state.db").read_bytes() == before


def test_labels_that_come_later_change_what_was_judged_until_max_delay(project: Project) -> None:
    for number in (8, 9):  # the labels of these days come two days later than the others'
        truth(number, timedelta(hours=68)).write_parquet(project.folder / f"truth/{number:02}.parquet")
    first = run(project, 10).one("right")
    assert first["labelled_rows"] == 300
    second = {r["window"]["end"]: r["labelled_rows"] for r in run(project, 11).of("right")}
    assert second["2026-07-10T00:00:00Z"] == 322
    later = {r["window"]["end"]: r["labelled_rows"] for r in run(project, 13).of("right")}
    assert later["2026-07-10T00:00:00Z"] == 400


def planned(project: Project, number: int) -> dict[str, dict[str, int]]:
    ran = project.call("plan", str(project.folder / "monitors.yaml"), "--at", at(number), "--format", "json")
    return {scan["source"]: scan["panes"] for scan in ran.document["scans"]}


def test_the_plan_says_what_is_kept_and_what_is_read_again(project: Project) -> None:
    run(project, 10)
    found = planned(project, 11)
    assert found["reference"]["whole"] is False
    said = project.call("plan", str(project.folder / "monitors.yaml"), "--at", at(11)).stdout
    assert "reference (parquet): not read, " in said
    assert "events (parquet): 1 read, " in said
    states = {key: found["events"][key] for key in ("kept", "new", "open", "reopened", "stale")}
    assert states == {"kept": 2, "new": 1, "open": 0, "reopened": 3, "stale": 0}
    events(6, 50).write_parquet(project.folder / "events/06.parquet")
    found = planned(project, 11)
    assert found["events"]["stale"] == 1


def test_a_file_that_was_empty_touches_only_the_time_of_its_rows(project: Project) -> None:
    events(0, 0).write_parquet(project.folder / "events/more.parquet")
    run(project, 10)
    events(6, 20).with_columns(pl.col("id") + 500).write_parquet(project.folder / "events/more.parquet")
    assert planned(project, 11)["events"]["stale"] == 1
