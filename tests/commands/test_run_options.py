"""The options of `driftline run`: as-of, since, dry run, exit codes, formats."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import jsonschema
import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import ROOT, Project
from tests.services.receiver import receiver

DAYS = 6
MONITORS = """
monitors:
  x: {check: mean, columns: [x], threshold: {warning: {above: 2}, critical: {above: 4}}}
  drift: {check: ks, columns: features, segments: [overall, tall], threshold: {critical: {above: 0.2}}}
  auc: {check: roc_auc, threshold: {compare: difference, critical: {below: -0.2}}}
  fresh: {source: scored, check: freshness, threshold: {critical: {above: 2d}}}
"""
KEYS = {
    "series", "monitor", "model", "source", "check", "metric", "column", "segment", "class", "window", "value",
    "baseline_value", "compared", "p_value", "p_adjusted", "bound", "status", "reason", "rows", "labelled_rows",
    "baseline_rows", "interval", "noise_floor", "direction", "contributions",
}  # fmt: skip


@pytest.fixture
def shop(project: Project) -> Project:
    """x is high on day 2 (warning) and day 3 (critical)."""
    project.data("scored.parquet", rows.scored(DAYS, shift={2: 3.0, 3: 5.0}))
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, MONITORS)
    return project


def windows(results: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["window"]["start"], each["window"]["end"]) for each in results]


def number(found: dict[str, Any]) -> tuple[Any, ...]:
    """What must be the same however a window came to be judged; sums differ in their last bits from run to run."""
    values = (found[key] for key in ("value", "baseline_value", "compared", "p_value", "bound"))
    return (found["status"], found["rows"], *(None if value is None else pytest.approx(value) for value in values))


def test_since_judges_every_window_once_and_reads_what_single_runs_read(shop: Project) -> None:
    together = shop.run("--at", rows.day(DAYS), "--since", rows.day(0), "--dry-run")
    for monitor in ("x", "auc"):
        assert windows(together.of(monitor)) == [(rows.day(n), rows.day(n + 1)) for n in range(DAYS)]
    for day in range(1, DAYS + 1):
        alone = shop.run("--at", rows.day(day), "--dry-run")
        for each in alone.results:
            if each["window"]["start"] is None:
                continue
            same = [r for r in together.results if r["series"] == each["series"] and r["window"] == each["window"]]
            assert [number(r) for r in same] == [number(each)]


def test_with_a_store_a_run_judges_what_is_due_since_the_last_one(shop: Project) -> None:
    first, second = shop.run("--at", rows.day(2)), shop.run("--at", rows.day(5))
    assert windows(first.of("x")) == [(rows.day(1), rows.day(2))]
    assert windows(second.of("x")) == [(rows.day(n), rows.day(n + 1)) for n in (2, 3, 4)]
    assert [each["status"] for each in second.of("x")] == ["warning", "critical", "ok"]
    assert second.code == 1


def test_a_run_before_what_the_store_knows_says_that_alerts_are_of_later(shop: Project) -> None:
    path = str(shop.folder / "monitors.yaml")
    later = "the store has verdicts up to 2024-01-05 00:00 UTC, later than this run: alerts are as of then"
    assert later not in shop.call("run", path, "--at", rows.day(4)).stdout
    assert later in shop.call("run", path, "--at", rows.day(3), "--dry-run").stdout.splitlines()
    assert later in shop.call("run", path, "--at", rows.day(3), "--since", rows.day(2)).stdout.splitlines()
    assert later not in shop.call("run", path, "--at", rows.day(5)).stdout


def test_the_instant_is_latest_now_a_time_or_a_local_date(shop: Project) -> None:
    newest = rows.scored(DAYS)["ts"].max()
    assert isinstance(newest, datetime)
    latest = shop.run("--at", "latest", "--dry-run")
    assert latest.document["at"] == newest.isoformat().replace("+00:00", "Z")
    assert windows(latest.of("x")) == [(rows.day(DAYS - 2), rows.day(DAYS - 1))]
    assert latest.one("fresh")["value"] == 0
    now = shop.run("--dry-run", "--monitor", "fresh")
    assert (now.code, now.one("fresh")["status"]) == (1, "critical")
    assert windows(shop.run("--at", "2024-01-04T07:30:00+02:00", "--dry-run").of("x")) == [(rows.day(2), rows.day(3))]
    shop.write(rows.MODEL.replace("{window: 1d}", "{window: 1d, timezone: America/New_York}"), MONITORS)
    local = shop.run("--at", "2024-01-04", "--dry-run")
    assert local.document["at"] == "2024-01-04T05:00:00Z"
    assert windows(local.of("x")) == [("2024-01-03T05:00:00Z", "2024-01-04T05:00:00Z")]


def test_an_instant_that_is_none_is_a_usage_error(shop: Project) -> None:
    for option in ("--at", "--since"):
        done = shop.run(option, "yesterday")
        assert (done.code, done.stdout) == (2, "")
        assert f"error: {option}: 'yesterday' is no instant; write 2026-07-01 or" in done.stderr


def test_latest_is_the_newest_event_of_each_models_own_source(project: Project) -> None:
    project.data("early.parquet", rows.scored(2))
    project.data("late.parquet", rows.scored(5, seed=2))
    project.write(
        """
        version: 1
        sources: {early: {path: early.parquet, timestamp: ts}, late: {path: late.parquet, timestamp: ts}}
        models: {a: {source: early, features: [x]}, b: {source: late, features: [x]}}
        monitors: {count: {check: row_count, threshold: none}}
        """
    )
    done = project.run("--at", "latest")
    assert windows(done.of("count", model="a")) == [(rows.day(0), rows.day(1))]
    assert windows(done.of("count", model="b")) == [(rows.day(3), rows.day(4))]


def test_a_dry_run_writes_no_file_and_sends_nothing(shop: Project) -> None:
    with receiver() as service:
        shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        before = shop.files()
        dry = shop.process("run", "--at", rows.day(4), "--dry-run", "--format", "json")
        assert (dry.code, shop.files(), service.got) == (1, before, [])
        assert dry.document["deliveries"] == []
        shop.run("--at", rows.day(3))
        kept = {name: (shop.folder / name).read_bytes() for name in shop.files()}
        told = len(service.got)
        again = shop.run("--at", rows.day(4), "--dry-run")
        assert [each["state"] for each in again.alerts if each["monitor"] == "x"] == ["firing"]
        assert {name: (shop.folder / name).read_bytes() for name in shop.files()} == kept
        assert len(service.got) == told


@pytest.mark.parametrize(
    ("at", "fail_on", "code"),
    [
        (1, "warning", 0), (3, "warning", 1), (3, "critical", 0), (3, "never", 0),
        (4, "warning", 1), (4, "critical", 1), (4, "never", 0),
    ],
)  # fmt: skip
def test_the_exit_code_follows_fail_on(shop: Project, at: int, fail_on: str, code: int) -> None:
    done = shop.run("--at", rows.day(at), "--monitor", "x", "--fail-on", fail_on, "--dry-run")
    assert done.code == code


def test_the_json_document_has_exactly_the_keys_of_the_design(shop: Project) -> None:
    with receiver() as service:
        shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        document = shop.run("--at", rows.day(4)).document
    assert list(document) == ["version", "at", "summary", "results", "alerts", "sources", "deliveries"]
    assert document["version"] == 1
    assert document["at"] == rows.day(4)
    statuses = [each["status"] for each in document["results"]]
    assert document["summary"] == {
        status: statuses.count(status)
        for status in ("ok", "warning", "critical", "no_data", "insufficient_data", "error")
    }
    assert all(
        set(each) == KEYS | {"first_value", "first_judged_at"} and set(each["window"]) == {"start", "end"}
        for each in document["results"]
    )
    assert {tuple(each) for each in document["alerts"]} == {("id", "series", "monitor", "state", "severity", "since")}
    assert {tuple(each) for each in document["deliveries"]} == {("channel", "status", "reason")}
    schema = json.loads((ROOT / "schemas/result.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)


def test_progress_and_colour_stay_out_of_a_pipe(shop: Project) -> None:
    done = shop.process("run", "--at", rows.day(4), "--dry-run")
    assert (done.code, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout
    first, _, table = done.stdout.partition("\n")
    assert first.startswith("monitors.yaml as of 2024-01-05 00:00 UTC (dry run)")
    lines = [line for line in table.splitlines() if line.startswith("critical")]
    assert any("x/m/x" in line and "> 4" in line and "2024-01-04" in line for line in lines)


def test_a_window_before_the_first_event_is_never_judged(shop: Project) -> None:
    shop.data("scored.parquet", rows.scored(DAYS).filter(pl.col("ts") >= rows.START.replace(day=3)))
    done = shop.run("--at", rows.day(DAYS), "--since", rows.day(0), "--dry-run")
    assert windows(done.of("x")) == [(rows.day(n), rows.day(n + 1)) for n in range(2, DAYS)]
    early = shop.call("run", str(shop.folder / "monitors.yaml"), "--at", rows.day(1), "--dry-run")
    assert "the window ends before the first event of source scored (2024-01-03 00:00 UTC)" in early.stdout
