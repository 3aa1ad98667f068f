"""Windows without rows, feeds that stop, files and servers that cannot be read."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.processes import free_port

MONITORS = """
monitors:
  drift: {check: ks, columns: features, threshold: {critical: {above: 0.2}}}
  mean: {check: mean, columns: [z], threshold: {critical: {above: 100}}}
  auc: {check: roc_auc, threshold: {critical: {below: 0.3}}}
  volume: {check: row_count, threshold: {critical: {below: 10}}}
  fresh: {source: scored, check: freshness, threshold: {critical: {above: 2d}}}
  schema: {check: schema}
"""
SECOND = """
  other: {source: other, check: row_count, threshold: {critical: {below: 10}}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """Three days of rows, and a second feed that is always sound."""
    project.data("scored.parquet", rows.scored(3))
    project.data("training.parquet", rows.training())
    project.data("other.parquet", rows.scored(9, seed=3))
    source = "  training: {path: training.parquet}\n  other: {path: other.parquet, timestamp: ts}"
    project.write(rows.MODEL.replace("  training: {path: training.parquet}", source), MONITORS + SECOND)
    return project


def edit(project: Project, old: str, new: str) -> None:
    path = project.folder / "monitors.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_feed_that_stops_reads_0_rows_and_grows_stale_while_nothing_else_has_data(shop: Project) -> None:
    done = shop.run("--at", rows.day(6), "--since", rows.day(2))
    volumes = {each["window"]["start"]: (each["value"], each["status"]) for each in done.of("volume")}
    assert volumes == {
        rows.day(2): (200, "ok"),
        rows.day(3): (0, "critical"),
        rows.day(4): (0, "critical"),
        rows.day(5): (0, "critical"),
    }
    fresh = done.one("fresh")
    assert (fresh["status"], fresh["window"]) == ("critical", {"start": None, "end": rows.day(6)})
    assert fresh["value"] == pytest.approx(timedelta(days=3, minutes=7.2).total_seconds())
    for monitor in ("drift", "mean", "auc"):
        empty = [each for each in done.of(monitor) if each["window"]["start"] != rows.day(2)]
        assert empty
        assert all(each["status"] == "no_data" and each["reason"] for each in empty)
    assert (done.one("other", window={"start": rows.day(5), "end": rows.day(6)})["value"], done.code) == (200, 1)


def test_an_empty_window_between_full_ones_neither_fires_nor_resolves(shop: Project) -> None:
    moved = rows.scored(4, shift={0: 9.0, 1: 0.0, 2: 9.0})
    second_day = pl.col("ts").is_between(rows.START + timedelta(days=1), rows.START + timedelta(days=2))
    shop.data("scored.parquet", moved.filter(~second_day))
    steps = [shop.run("--at", rows.day(n), "--monitor", "drift") for n in (1, 2, 3, 4)]
    assert [done.statuses("drift")["x"] for done in steps] == ["critical", "no_data", "critical", "ok"]
    assert [[each["state"] for each in done.alerts] for done in steps] == [
        ["firing"],
        ["firing"],
        ["firing"],
        ["resolved"],
    ]
    assert len({done.alerts[0]["id"] for done in steps}) == 1
    assert [done.code for done in steps] == [1, 0, 1, 0]


def test_a_window_with_one_row_has_too_little_data(shop: Project) -> None:
    shop.data("scored.parquet", rows.scored(2).head(201))
    done = shop.run("--at", rows.day(2))
    assert done.one("auc")["status"] == "no_data"  # of one class there is no ranking
    for monitor in ("drift", "mean"):
        assert {each["status"] for each in done.of(monitor)} == {"insufficient_data"}
        assert all("1 " in each["reason"] and "min_rows is 100" in each["reason"] for each in done.of(monitor))
    assert (done.one("volume")["value"], done.one("volume")["status"]) == (1, "critical")
    assert done.one("auc")["reason"]
    edit(shop, "columns: [z], threshold", "columns: [z], min_rows: 0, threshold")
    assert shop.run("--at", rows.day(2)).one("mean")["value"] == pytest.approx(rows.scored(2)["z"][200])


def test_one_row_is_read_without_a_crash_by_everything_that_has_no_bound_on_rows(shop: Project) -> None:
    shop.data("scored.parquet", rows.scored(2).head(201))
    checks = "ks psi jensen_shannon wasserstein chi_square mean std missing_rate unseen_rate distinct_count quantile"
    lines = [f"  {kind}: {{check: {kind}, min_rows: 0, columns: features, threshold: none}}" for kind in checks.split()]
    models = [f"  {kind}: {{check: {kind}, min_rows: 0, threshold: none}}" for kind in ("roc_auc", "f1", "log_loss")]
    shop.write(rows.MODEL, "monitors:\n" + "\n".join(lines + models))
    done = shop.run("--at", rows.day(2))
    assert done.code == 0
    assert {each["check"] for each in done.results} == {*checks.split(), "roc_auc", "f1", "log_loss"}
    assert all(each["reason"] for each in done.results if each["value"] is None)


@pytest.mark.parametrize("name", ["scored.parquet", "scored.csv"])
def test_a_file_without_rows_is_no_data_and_not_an_error(shop: Project, name: str) -> None:
    shop.data(name, rows.scored(1).clear())
    edit(shop, "{path: scored.parquet,", f"{{path: {name},")
    done = shop.run("--at", rows.day(1))
    assert done.code == 1
    assert done.statuses("drift") == {"x": "no_data", "z": "no_data"}  # c is text, as it is in the training data
    assert {done.one(monitor)["status"] for monitor in ("mean", "auc")} == {"no_data"}
    assert done.one("schema")["value"] == 0
    assert (done.one("volume")["value"], done.one("volume")["status"]) == (0, "critical")
    assert done.one("fresh")["status"] == "no_data"
    assert done.one("other")["status"] == "ok"


def broken(path: Path) -> None:
    """Half of a Parquet file, as an upload that was cut leaves it."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_half_written_file_among_good_ones_fails_its_source_by_name(shop: Project) -> None:
    frame = rows.scored(3)
    for number in range(3):
        shop.data(f"parts/{number}.parquet", frame.slice(number * 200, 200))
    edit(shop, "{path: scored.parquet,", '{path: "parts/*.parquet",')
    assert shop.run("--at", rows.day(3), "--dry-run").one("volume")["status"] == "ok"
    broken(shop.folder / "parts" / "1.parquet")
    done = shop.run("--at", rows.day(3))
    assert done.code == 3
    failed = [each for each in done.results if each["source"] == "scored"]
    assert {each["status"] for each in failed} == {"error"}
    assert all("1.parquet" in each["reason"] and "0.parquet" not in each["reason"] for each in failed)
    assert done.one("other")["status"] == "ok"


def test_what_could_not_be_judged_is_judged_by_the_next_run(shop: Project) -> None:
    good = (shop.folder / "scored.parquet").read_bytes()
    assert shop.run("--at", rows.day(1)).code == 0
    broken(shop.folder / "scored.parquet")
    assert shop.run("--at", rows.day(2)).code == 3
    (shop.folder / "scored.parquet").write_bytes(good)
    done = shop.run("--at", rows.day(3))
    assert [(each["window"]["start"], each["status"]) for each in done.of("volume")] == [
        (rows.day(1), "ok"), (rows.day(2), "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize("gone", ["scored.parquet", "training.parquet"])
def test_a_file_that_is_not_there_fails_what_reads_it_and_nothing_else(shop: Project, gone: str) -> None:
    (shop.folder / gone).unlink()
    done = shop.run("--at", rows.day(2))
    assert done.code == 3
    assert {each["status"] for each in done.of("drift")} == {"error"}
    assert all(f"the file {gone} does not exist" in each["reason"] for each in done.of("drift"))
    expected = "error" if gone == "scored.parquet" else "ok"
    assert {done.one(monitor)["status"] for monitor in ("mean", "auc", "volume", "fresh")} == {expected}
    assert done.one("other")["status"] == "ok"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("timestamp: ts}\n", "timestamp: when}\n", "has no column 'when' for its timestamp"),
        ("timestamp: ts}\n", "timestamp: c}\n", "does not read as a time in ISO 8601"),
        ("timestamp: ts}\n", 'timestamp: ts, where: "nothing > 1"}\n', "nothing"),
    ],
)
def test_a_source_that_is_described_wrongly_fails_by_name(shop: Project, old: str, new: str, said: str) -> None:
    path = shop.folder / "monitors.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    done = shop.run("--at", rows.day(2))
    assert done.code == 3
    assert said in done.one("volume")["reason"]
    assert "scored" in done.one("volume")["reason"]
    assert done.one("other")["status"] == "ok"


def test_a_server_that_cannot_be_reached_fails_its_source_and_shows_no_password(shop: Project) -> None:
    url = f"postgresql://watcher:s3cr3t-word@127.0.0.1:{free_port()}/feed"
    edit(shop, "{path: scored.parquet,", '{type: sql, url: "${FEED}", query: "SELECT * FROM scored",')
    done = shop.process("run", "--at", rows.day(2), "--format", "json", env={"FEED": url})
    assert done.code == 3
    assert done.one("volume")["status"] == "error"
    assert "scored" in done.one("volume")["reason"]
    assert done.one("other")["status"] == "ok"
    assert "s3cr3t" not in done.said
    assert shop.holding("s3cr3t") == []


def test_a_file_that_may_not_be_read_fails_its_source(shop: Project) -> None:
    folder = shop.folder / "closed"
    folder.mkdir()
    shop.data("closed/scored.parquet", rows.scored(3))
    edit(shop, "{path: scored.parquet,", '{path: "closed/*.parquet",')
    (folder / "scored.parquet").unlink()
    os.symlink(folder / "scored.parquet", folder / "scored.parquet")  # root may read everything, but no loop
    done = shop.run("--at", rows.day(2))
    assert (done.code, done.one("volume")["status"], done.one("other")["status"]) == (3, "error", "ok")


def test_one_row_of_the_future_does_not_say_what_is_latest(tmp_path: Path) -> None:
    project = Project(tmp_path)
    times = [datetime(2026, 7, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(96)]
    project.data("rows.parquet", pl.DataFrame({"at": [*times, datetime(2099, 1, 1, tzinfo=UTC)]}))
    project.write(
        "version: 1",
        "sources: {s: {path: rows.parquet, timestamp: at}}",
        "models: {m: {source: s}}",
        "monitors: {rows: {check: row_count, window: 1d, threshold: none}}",
    )
    ran = project.run("--at", "latest", "--format", "json")
    assert ran.one("rows")["value"] == 24
    assert ran.document["at"] == "2026-07-04T23:00:00Z"
