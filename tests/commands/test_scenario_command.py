"""`driftline test` as a user calls it: what it says, what it writes, and what it leaves alone."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from xml.etree import ElementTree

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.receiver import receiver

MONITORS = """
version: 1
sources: {scored: {path: rows/*.parquet, timestamp: ts}}
models: {m: {source: scored}}
monitors:
  high: {check: mean, columns: [x], window: 1d, threshold: {critical: {above: 2}}}
"""
COMMON = """
monitors: ../monitors.yaml
timeline: {start: 2026-01-05, days: 5}   # a Monday
data: {scored: {rows: 100, columns: {x: {type: constant, value: 1.5}}}}
"""
CASES = """
cases:
  quiet:
    expect: {quiet: true}
  a day that is high:
    events: [{type: shift, columns: x, add: 5, day: 2026-01-07}]
    expect:
      only: true
      statuses: [{match: {monitor: high}, window: 2026-01-07, status: warning}]
      alerts: [{match: {monitor: high}, severity: critical, firing: 2026-01-09}]
      notices: [{channel: ops, at: 2026-01-08, count: 2}]
"""
SEEN = """scenarios/high.yaml
  ok      quiet (5 runs)
  FAILED  a day that is high (5 runs)
    2026-01-08 06:00  high/m/x, window from 2026-01-07  [line 11]
      expected: warning
      seen:     critical (6.5)
      because:  6.5 is > 2
    2026-01-08 06:00  high/m/x  [line 12]
      expected: a critical alert: firing on 2026-01-09 06:00
      seen:     critical: firing on 2026-01-08 06:00, resolved on 2026-01-09 06:00
      because:  6.5 is > 2
    2026-01-08 06:00  ops  [line 13]
      expected: 2 notices
      seen:     1 (sent: 2026-01-08 06:00 ops: [CRITICAL] m · high: mean of x 6.5 (limit > 2))
    2026-01-09 06:00  ops
      expected: no notice
      seen:     [RESOLVED] m · high: mean of x is back to normal
2 cases: 1 ok, 1 failed
"""


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    (project.folder / "scenarios").mkdir()
    project.write(MONITORS, 'channels: {ops: {url: "${OPS_URL}"}}')
    project.write(COMMON, CASES, name="scenarios/high.yaml")
    monkeypatch.chdir(project.folder)
    return project


def test_what_is_not_as_expected_is_told_in_order_of_time_with_its_reason(shop: Project) -> None:
    ran = shop.call("test")
    assert ran.code == 1
    assert ran.stdout == SEEN


def test_a_case_can_be_chosen_and_the_cases_listed(shop: Project) -> None:
    assert shop.call("test", "--list").stdout.splitlines() == [
        "scenarios/high.yaml:5: quiet",
        "scenarios/high.yaml:7: a day that is high",
    ]
    ran = shop.call("test", "scenarios/high.yaml", "--case", "q*")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (0, "1 case: 1 ok")
    none = shop.call("test", "--case", "nope")
    assert none.code == 2
    assert "--case nope fits no case; there are: quiet, a day that is high" in none.stderr


def test_programs_get_json_and_forges_get_junit(shop: Project) -> None:
    document = shop.call("test", "--format", "json").document
    assert document["summary"] == {"ok": 1, "failed": 1, "error": 0, "updated": 0}
    quiet, high = document["cases"]
    assert (quiet["status"], quiet["differences"]) == ("ok", [])
    assert [each["about"] for each in high["differences"]] == ["statuses", "alerts", "notices", "notices"]
    assert high["differences"][0] == {
        "at": "2026-01-08T06:00:00Z",
        "about": "statuses",
        "what": "high/m/x, window from 2026-01-07",
        "expected": "warning",
        "seen": "critical (6.5)",
        "reason": "6.5 is > 2",
        "line": 11,
    }
    suite = ElementTree.fromstring(shop.call("test", "--format", "junit").stdout)[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [test.get("name") for test in suite] == ["quiet", "a day that is high"]
    (failure,) = suite[1]
    assert failure.tag == "failure"
    assert "seen:     critical (6.5)" in (failure.text or "")


def test_update_writes_what_is_seen_and_leaves_the_rest_byte_for_byte(shop: Project) -> None:
    path = shop.folder / "scenarios" / "high.yaml"
    before = path.read_text("utf-8") + "  nothing yet:  # to do\n    events: []\n\n# the end\n"
    path.write_bytes(b"\xef\xbb\xbf" + before.replace("\n", "\r\n").encode())
    refused = shop.call("test")
    assert refused.code == 2
    assert "DL125: `nothing yet` expects nothing" in refused.stderr
    ran = shop.call("test", "--update")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (0, "3 cases: 1 ok, 2 updated")
    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf")
    assert after.count(b"\n") == after.count(b"\r\n")
    head = before[: before.index("      statuses")]
    assert after.decode("utf-8-sig").replace("\r\n", "\n") == head + (
        "      statuses:\n"
        "        - {match: {monitor: high, column: x}, window: 2026-01-07, status: critical}\n"
        "      alerts:\n"
        "        - {match: {monitor: high, column: x}, severity: critical, firing: 2026-01-08, resolved: 2026-01-09}\n"
        "      notices:\n"
        "        - {channel: ops, at: 2026-01-08, kind: critical, count: 1}\n"
        "        - {channel: ops, at: 2026-01-09, kind: resolved, count: 1}\n"
        "  nothing yet:  # to do\n"
        "    events: []\n"
        "    expect:\n"
        "      quiet: true\n"
        "\n"
        "# the end\n"
    )
    assert shop.call("test").code == 0
    assert path.read_bytes() == after
    shop.call("test", "--update")
    assert path.read_bytes() == after


def test_nothing_of_the_users_is_read_written_or_told(shop: Project) -> None:
    shop.data("rows/today.parquet", pl.DataFrame({"ts": [rows.START], "x": [99.0]}))
    with receiver() as service:
        shop.write(MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        before = shop.files()
        ran = shop.call("test", env={"OPS_URL": service.url(), "http_proxy": "http://127.0.0.1:9"})
        assert ran.stdout == SEEN
        assert service.got == []
    assert shop.files() == before


def test_a_folder_keeps_the_rows_and_the_store_of_each_case(shop: Project) -> None:
    shop.call("test", "--keep", "kept")
    case = shop.folder / "kept" / "high" / "02 a day that is high"
    frame = pl.read_parquet(case / "sources" / "scored" / "*.parquet")
    assert frame.height == 525  # five days and a quarter: until the last run
    assert frame.filter(pl.col("ts").dt.day() == 7)["x"].unique().to_list() == [6.5]
    assert len(list((case / "sources" / "scored").glob("*.parquet"))) == 5
    with contextlib.closing(sqlite3.connect(case / "state.db")) as connection:
        assert connection.execute("SELECT count(*) FROM driftline_results").fetchone() == (5,)
    again = shop.call("test", "--keep", "kept")
    assert again.code == 2
    assert "is not empty" in again.stderr


def test_variables_and_the_environment_are_those_of_the_scenario(shop: Project) -> None:
    shop.write(
        MONITORS.replace("rows/*.parquet", '"${FOLDER}/*.parquet"'),
        """
        environments:
          dev: {}
          prod: {defaults: {timezone: Europe/Oslo}, monitors: {high: {threshold: {critical: {above: 1}}}}}
        """,
    )
    case = "{variables: {FOLDER: rows}, expect: {alerts: [{severity: critical, firing: 2026-01-06T06:00}]}}"
    shop.write(COMMON, "environment: prod", f"cases: {{high: {case}}}", name="scenarios/high.yaml")
    ran = shop.call("test", env={"FOLDER": "elsewhere", "DRIFTLINE_ENV": "dev"})
    assert (ran.code, ran.stdout.splitlines()[-1]) == (0, "1 case: 1 ok")
    other = shop.folder / "scenarios" / "high.yaml"
    other.write_text(other.read_text("utf-8").replace("environment: prod", "environment: test"), "utf-8")
    ran = shop.call("test")
    assert ran.code == 2
    assert "error DL127: the configuration has no environment `test`" in ran.stderr


def test_without_a_scenario_the_command_says_where_to_write_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    ran = project.call("test")
    assert (ran.code, ran.stderr) == (
        2,
        "error: no scenario is here: name a file, or write one to scenarios/*.yaml or *.scenario.yaml\n",
    )
    assert project.call("test", "gone.yaml").code == 2


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("{type: nulls, columns: x, where: x >}", "the condition `x >` cannot be used"),
        ("{type: set, columns: x, value: much}", "`much` is no value of the column `x` (Float64)"),
    ],
)
def test_an_event_that_the_rows_do_not_bear_is_told_with_its_place(shop: Project, event: str, said: str) -> None:
    shop.write(COMMON, f"cases: {{odd: {{events: [{event}], expect: {{quiet: true}}}}}}", name="scenarios/high.yaml")
    ran = shop.call("test")
    assert ran.code == 2
    assert ran.stderr.startswith("error: scenarios/high.yaml:4:")
    assert said in ran.stderr


def test_files_stand_for_sources_and_events_happen_to_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    project.data("fixtures/scored.csv", rows.scored(5).with_columns(pl.col("ts").dt.strftime("%Y-%m-%d %H:%M:%S")))
    project.data("fixtures/training.parquet", rows.training())
    project.write(rows.MODEL, "monitors: {drift: {check: ks, columns: [x, z], threshold: {critical: {above: 0.3}}}}")
    scenario = """
    monitors: monitors.yaml
    timeline: {start: 2024-01-01, days: 5}
    data: {scored: {files: fixtures/*.csv}, training: {files: fixtures/training.parquet}}
    cases:
      as it is: {expect: {quiet: true}}
      shifted: {events: [{type: shift, source: scored, columns: x, sd: 2, start: 3d}], expect: {only: true, alerts: [
        {match: {column: x}, firing: 4d}]}}
    """
    path = project.write(scenario, name="a.scenario.yaml")
    ran = project.call("test")
    assert ran.code == 0, ran.said
    assert ran.stdout.splitlines()[0] == str(path.name)


def test_a_source_may_have_no_columns_no_rows_and_an_hour_that_does_not_exist(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    hourly = """
    monitors:
      version: 1
      defaults: {timezone: Europe/Oslo}
      sources: {scored: {path: s.parquet, timestamp: ts}}
      models: {m: {source: scored}}
      monitors: {volume: {check: row_count, window: 1h, threshold: {critical: {below: 5}}}}
    timeline: {start: 2026-03-28T20:00, days: 1, every: 1h}
    data: {scored: {rows: 10, per: hour}}
    cases:
      an outage while the clock changes:
        events: [{type: missing, start: 2026-03-29T01:00, end: 2026-03-29T04:00}]
        expect: {only: true, alerts: [{firing: 2026-03-29T03:00, resolved: 2026-03-29T05:00}]}
      nothing at all: {data: {scored: {rows: 0}}, expect: {alerts: [{firing: 2026-03-28T21:00, state: firing}]}}
    """
    project.write(hourly, name="hourly.scenario.yaml")
    ran = project.call("test")
    assert ran.code == 0, ran.said


def test_json_says_when_the_engine_failed(shop: Project) -> None:
    shop.write(COMMON, "cases: {a: {expect: {quiet: true}}}", name="scenarios/high.yaml")
    shop.write(MONITORS.replace("columns: [x]", "columns: [y]"))
    ran = shop.call("test", "--format", "json")
    (case,) = json.loads(ran.stdout)["cases"]
    assert ran.code == 1
    assert {each["seen"] for each in case["differences"]} == {"error"}
