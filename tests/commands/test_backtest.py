"""`driftline backtest`: what monitors would have done over a span of history."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

import driftline
from driftline.report.backtest.text import backtest_report
from tests.commands import rows
from tests.commands.project import Project, Ran, Row, is_alike
from tests.commands.test_plan_against import change, git

DAYS = 12
MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], threshold: {warning: {above: 2}, critical: {above: 4}}, alert: {for: 2}}
  drift: {check: ks, columns: [x, z], segments: [overall, colour], threshold: {critical: {above: 0.3}}}
  calls: {check: row_count, threshold: {critical: {below: 100}}}
  auc: {check: roc_auc, threshold: {critical: {below: 0.5}}}
  feed: {source: scored, check: freshness, threshold: {critical: {above: 2h}}}
  many: {check: breaching, window: 1d, params: {of: {monitor: [high-x, drift]}}, threshold: {critical: {above: 1}}}
"""
# x is off on days 2, 3 and 4, and on day 8 a little; day 10 is missing.
FEED = rows.scored(DAYS, shift={2: 5.0, 3: 5.0, 4: 3.0, 8: 3.0}).filter(
    (pl.col("ts") < rows.START + timedelta(days=10)) | (pl.col("ts") >= rows.START + timedelta(days=11))
)


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", FEED)
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, MONITORS)
    return project


def backtest(project: Project, *arguments: str, since: int = 0, until: int = DAYS) -> Ran:
    path = str(project.folder / "monitors.yaml")
    return project.call("backtest", path, "--since", rows.day(since), "--until", rows.day(until), *arguments)


def document(project: Project, *arguments: str, since: int = 0, until: int = DAYS, code: int = 0) -> dict[str, Any]:
    done = backtest(project, "--format", "json", *arguments, since=since, until=until)
    assert done.code == code, done.stderr
    found: dict[str, Any] = done.document
    return found


def transitions(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Those that hold, by when they were decided."""
    return [
        (each["series"], each["state"], each["severity"], each["decided"])
        for each in found["alerts"]
        if each["superseded"] is None
    ]


# As the runs -----------------------------------------------------------------------------------------------------


def test_verdicts_and_alerts_are_those_of_a_run_a_day(shop: Project) -> None:
    replayed = document(shop)
    verdicts: dict[tuple[str, str], Row] = {}
    for number in range(1, DAYS + 1):
        for row in shop.run("--at", rows.day(number)).results:
            verdicts[row["series"], row["window"]["end"]] = row
    own = {(row["series"], row["window"]["end"]): row for row in replayed["results"]}
    assert own.keys() == verdicts.keys()
    for key, row in own.items():
        wrong = [name for name, value in row.items() if not is_alike(value, verdicts[key][name])]
        assert wrong == [], key
    with shop.store() as store:
        told = [
            (each.series.text, each.state.value, each.severity.value, each.at)
            for series in store.states(None)
            for each in store.history(series, rows.START).transitions
        ]
    holding = [(each["series"], each["state"], each["severity"], each["at"]) for each in replayed["alerts"]]
    assert sorted(holding) == sorted((*each[:3], f"{each[3]:%Y-%m-%dT%H:%M:%SZ}") for each in told)
    assert len(holding) > 10


def test_nothing_is_sent_and_no_store_is_made_or_read(shop: Project) -> None:
    shop.write(rows.MODEL, MONITORS, 'channels: {ops: {url: "json://localhost:1"}}')
    first = document(shop)
    assert shop.files() == ["monitors.yaml", "scored.parquet", "training.parquet"]
    shop.run("--at", rows.day(5))
    before = (shop.folder / ".driftline" / "state.db").read_bytes()
    assert is_alike(document(shop), first)
    assert (shop.folder / ".driftline" / "state.db").read_bytes() == before


def test_an_alert_is_decided_by_the_run_that_sees_it(shop: Project) -> None:
    found = document(shop, "--monitor", "high-x")
    assert transitions(found) == [
        ("high-x/m/x", "pending", "critical", "2024-01-04T00:00:00Z"),
        ("high-x/m/x", "firing", "critical", "2024-01-05T00:00:00Z"),
        ("high-x/m/x", "firing", "warning", "2024-01-06T00:00:00Z"),
        ("high-x/m/x", "resolved", "warning", "2024-01-07T00:00:00Z"),
        ("high-x/m/x", "pending", "warning", "2024-01-10T00:00:00Z"),
    ]
    weekly = document(shop, "--monitor", "high-x", "--every", "1w", until=14)
    assert (weekly["every"], weekly["runs"]) == ("1w", 2)
    assert {each[3] for each in transitions(weekly)} == {"2024-01-15T00:00:00Z"}


def test_a_seldom_run_catches_up_with_every_window_since_the_last(shop: Project) -> None:
    found = document(shop, "--monitor", "high-x", "--every", "3d")
    assert found["runs"] == 4
    # The first run judges the latest window only; those after it all that came since.
    assert [row["window"]["end"][8:10] for row in found["results"]] == [f"{day:02}" for day in range(3, 13)]
    assert found["monitors"][0]["windows"] == 10


def test_windows_before_the_first_event_are_not_judged_and_counted_apart(shop: Project) -> None:
    found = document(shop, "--monitor", "calls", since=-5)
    (calls,) = found["monitors"]
    assert (calls["windows"], calls["before_first_event"], calls["fired"]) == (12, 5, 1)
    assert found["results"][0]["window"]["start"] == rows.day(0)


def test_a_baseline_reaches_back_before_the_history_that_is_replayed(shop: Project) -> None:
    shop.write(
        rows.MODEL, "monitors: {calls: {check: row_count, baseline: {type: trailing, size: 3d},"
        " threshold: {compare: change, critical: {below: -50%}}}}",
    )  # fmt: skip
    found = document(shop, since=5)
    assert found["results"][0]["baseline_value"] == rows.DAY_ROWS
    assert found["monitors"][0]["no_data"] == 0


def test_labels_are_read_as_each_run_knew_them(project: Project) -> None:
    scored = rows.scored(8)
    project.data("scored.parquet", scored.drop("y"))
    late = pl.col("known_at") + timedelta(days=3)
    known = rows.labels(scored).with_columns(
        known_at=pl.when(pl.col("id") % 2 == 0).then(late).otherwise(pl.col("known_at"))
    )
    project.data("labels.parquet", known)
    project.data("training.parquet", rows.training())
    model = rows.MODEL.replace("  training:", "  truth: {path: labels.parquet, timestamp: known_at}\n  training:")
    model = model.replace("baseline: training", "labels: {source: truth, key: id, delay: 1d, max_delay: 5d}")
    project.write(model, "monitors: {auc: {check: roc_auc, threshold: {critical: {below: 0.1}}}}")
    soon, later = (document(project, until=until)["results"] for until in (3, 8))
    assert [row["labelled_rows"] for row in soon] == [100, 100]
    assert [row["labelled_rows"] for row in later][:3] == [200, 200, 200]


# Coverage --------------------------------------------------------------------------------------------------------


def test_a_monitor_without_data_is_not_quiet_but_blind(shop: Project) -> None:
    shop.write(
        rows.MODEL.replace("scored: {path: scored.parquet", "scored: {path: scored.parquet, where: \"c = 'none'\""),
        "monitors: {mean: {check: mean, columns: [x], threshold: {critical: {above: 4}}}}",
    )
    done = backtest(shop)
    assert done.code == 0
    assert "0 of 12         –       –          –        –\n  the window has no rows\n" in done.stdout
    assert "no alert could fire: no window had data\n" in done.stdout
    found = document(shop)
    (own,) = found["monitors"]
    assert (own["windows"], own["no_data"], own["coverage"], own["alerts_per_week"]) == (12, 12, 0.0, None)


def test_a_source_without_time_is_left_out_and_that_is_said(shop: Project) -> None:
    shop.write(
        rows.MODEL.replace("models:", "models:\n  plain: {source: training, features: [x, z]}"),
        "monitors: {mean: {model: [m, plain], check: mean, columns: [x], threshold: {critical: {above: 9}}}}",
    )
    done = backtest(shop)
    assert "not judged: mean/plain: source training has no timestamp, so it has no history to replay" in done.stdout
    assert [one["subject"] for one in document(shop)["monitors"]] == ["m"]


# Text ------------------------------------------------------------------------------------------------------------

TEXT = """\
monitors.yaml from 2024-01-01 to 2024-01-13 UTC
12 runs, one every 1d: 24 windows judged, 24 verdicts; nothing was sent
read once: 2,200 rows of scored

monitor    windows read   pending   fired   resolved   a week
─────────────────────────────────────────────────────────────
high-x/m       11 of 12         2       1          1     0.58
calls/m        12 of 12         0       1          1     0.58

          ╷2024-01-01
high-x/m  ▁▁██▄▁▁▁▄▁░▁
calls/m   ▁▁▁▁▁▁▁▁▁▁█▁
▁ ok  ▄ warning  █ critical  ░ no data   a column is 1 run

2 alerts fired, 1.2 a week
fired        severity   series       lasted   why
──────────────────────────────────────────────────────────
2024-01-05   critical   high-x/m/x   2 d      5.057 is > 4
2024-01-12   critical   calls/m      1 d      0 is < 100
"""


def test_the_text_shows_coverage_first_then_alerts_on_one_axis_of_time(shop: Project) -> None:
    assert backtest(shop, "--monitor", "high-x", "--monitor", "calls").stdout == TEXT


def test_monitors_that_were_ok_throughout_share_a_line(shop: Project) -> None:
    said = backtest(shop, "--monitor", "auc", "--monitor", "calls", until=9).stdout
    assert "\n2 monitors: ok in every window\n" in said
    assert "no alert fired\n" in said
    assert "auc/m    ▁▁▁▁▁▁▁▁▁\n" in backtest(shop, "--monitor", "auc", "--monitor", "calls", "-v", until=9).stdout


def test_colours_come_on_a_terminal_only(shop: Project) -> None:
    report = driftline.backtest(
        shop.folder / "monitors.yaml", since=rows.day(0), until=rows.day(DAYS), monitors=("calls",)
    )
    assert "\x1b[" not in backtest_report(report, color=False)
    assert "\x1b[" in backtest_report(report, color=True)
    assert report.to_frame().height == 12
    frame = report.alerts_frame()
    assert frame.columns[-4:] == ["at", "decided", "superseded", "reason"]
    assert frame["state"].to_list() == ["firing", "resolved"]


# Incidents -------------------------------------------------------------------------------------------------------

INCIDENTS = """
- {start: 2024-01-03, end: 2024-01-06, description: a bad join, match: {monitor: [high-x, drift]}}
- {start: 2024-01-07, end: 2024-01-08}
- {start: 2023-01-07, end: 2023-01-08}
"""


def test_incidents_score_alerts_by_precision_recall_and_delay(shop: Project) -> None:
    file = shop.write(INCIDENTS, name="incidents.yaml")
    found = document(shop, "--monitor", "high-x", "--monitor", "calls", "--incidents", str(file))["score"]
    assert {key: found[key] for key in ("precision", "recall", "delay", "outside")} == {
        "precision": 0.5, "recall": 0.5, "delay": 2 * 86400.0, "outside": 1,
    }  # fmt: skip
    first, second = found["incidents"]
    assert (first["caught"], first["detected"], first["description"]) == (True, "2024-01-05T00:00:00Z", "a bad join")
    assert (second["caught"], second["detected"], second["delay"], second["id"]) == (False, None, None, "#2")
    own = {one["monitor"]: (one["precision"], one["recall"], one["incidents_due"]) for one in found["monitors"]}
    assert own == {"high-x": (1.0, 0.5, 2), "calls": (0.0, 0.0, 1)}
    said = backtest(shop, "--monitor", "high-x", "--monitor", "calls", "--incidents", str(file)).stdout
    assert "2 incidents: precision 50% (1 of 2), recall 50% (1 of 2), detected after 2 d (median)\n" in said
    assert "  caught  2024-01-03 … 2024-01-06  #1 (a bad join)\n          after 2 d: high-x/m\n" in said
    assert "  missed  2024-01-07 … 2024-01-08  #2\n1 incident outside of the span: not scored\n" in said


def test_an_incident_that_concerns_no_monitor_says_so(shop: Project) -> None:
    file = shop.write("- {start: 2024-01-03, end: 2024-01-06, match: {monitor: hihg-x}}", name="incidents.yaml")
    said = backtest(shop, "--incidents", str(file)).stdout
    assert "  missed  2024-01-03 … 2024-01-06  #1\n          its `match` fits no monitor that was replayed\n" in said


def test_without_a_file_the_incidents_of_the_configuration_count(shop: Project) -> None:
    shop.write(
        rows.MODEL, MONITORS, "incidents: [{id: JOIN-1, start: 2024-01-03, end: 2024-01-06, reason: a bad join}]"
    )
    found = document(shop, "--monitor", "high-x")["score"]
    assert [(one["id"], one["caught"]) for one in found["incidents"]] == [("JOIN-1", True)]
    file = shop.write("[]", name="incidents.yaml")
    assert document(shop, "--monitor", "high-x", "--incidents", str(file))["score"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {start: 2024-01-03, ende: 2024-01-06}", ["1:23", "did you mean `end`?"]),
        ("- {start: yesterday, end: 2024-01-06}", ["1:11", "an instant such as"]),
        ("- {start: 2024-01-06, end: 2024-01-06}", ["1:28", "it ends when it starts"]),
        ("just words", ["1:1", "a list of incidents, not a single value"]),
        ("events: []", ["1:1", "a list of incidents, not a map"]),
        ("", ["the file is empty", "write a list such as"]),
        ("- {start: 2024-01-03, end: 2024-01-06, match: {monitr: x}}", ["did you mean `monitor`?"]),
    ],
)
def test_a_mistake_in_the_incidents_is_told_with_its_place(shop: Project, text: str, said: list[str]) -> None:
    file = shop.write(text, name="incidents.yaml")
    done = backtest(shop, "--incidents", str(file))
    assert done.code == 2
    assert all(each in done.stderr for each in said), done.stderr


# Another revision ------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(shop: Project) -> Project:
    shop.write(rows.MODEL, MONITORS)
    git(shop.folder, "init", "--quiet", "--initial-branch=main")
    git(shop.folder, "add", "monitors.yaml")
    git(shop.folder, "commit", "--quiet", "--message=first")
    return shop


def test_another_revision_is_replayed_on_the_same_data(repository: Project) -> None:
    change(repository, ("warning: {above: 2}, critical: {above: 4}}, alert: {for: 2}", "warning: {above: 2}}"))
    found = document(repository, "--compare", "HEAD")["compared"]
    assert found["revision"] == "HEAD"
    own = {one["monitor"]: one for one in found["monitors"]}
    assert own["high-x"]["before"]["fired"] == 1
    assert own["high-x"]["after"]["fired"] == 2
    assert own["high-x"]["only_before"] == []
    assert [each["decided"] for each in own["high-x"]["only_after"]] == ["2024-01-10T00:00:00Z"]
    assert own["calls"]["only_before"] == own["calls"]["only_after"] == []
    said = backtest(repository, "--compare", "HEAD", "--monitor", "high-x").stdout
    assert ": 1 alert then, 2 now\n" in said
    assert "high-x/m          0.58   1.17           –          1\n" in said
    assert "only now  2024-01-10  warning  high-x/m/x: 3.032 is > 2\n" in said


def test_renamed_monitors_are_compared_with_what_they_were(repository: Project) -> None:
    change(repository, ("  high-x: {", "  large-x: {was: high-x, "), ("[high-x, drift]", "[large-x, drift]"))
    said = backtest(repository, "--compare", "HEAD").stdout
    assert ": the same " in said


def test_a_revision_that_cannot_be_had_is_told(repository: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    unknown = backtest(repository, "--compare", "no-such-branch")
    assert (unknown.code, "there is no revision `no-such-branch`" in unknown.stderr) == (2, True)
    loose = Project(tmp_path_factory.mktemp("loose"))
    loose.data("scored.parquet", FEED)
    loose.data("training.parquet", rows.training())
    loose.write(rows.MODEL, MONITORS)
    outside = backtest(loose, "--compare", "HEAD")
    path = loose.folder / "monitors.yaml"
    assert (outside.code, outside.stderr) == (
        2, f"error: {path} lies in no git repository; --compare needs one\n"
    )  # fmt: skip


# Calls that cannot be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--since", "2024-02-01", "--until", "2024-01-01"),
            "--since 2024-02-01 does not lie before --until 2024-01-01",
        ),
        (("--since", "2024-02-01"), "does not lie before the latest (2024-01-12 23:52): there is no history to replay"),
        (("--since", "soon"), "--since: 'soon' is no instant; write 2026-07-01 or 2026-07-01T06:00:00Z"),
        (("--since", "2024-01-01", "--until", "later"), "--until: 'later' is no instant"),
        (("--since", "2024-01-01", "--every", "daily"), "--every: 'daily' is no length of time"),
        (("--since", "2024-01-01", "--every", "10"), "add a unit"),
        (("--since", "2024-01-01", "--every", "1ms"), "runs are at least a second apart"),
        (("--since", "2014-01-01", "--every", "1s"), "would be more than 100,000; choose a longer --every"),
        (("--since", "2024-01-01", "--until", "2024-01-01T05:00:00Z"), "no run falls between 2024-01-01 00:00 and"),
        (("--since", "2024-01-01", "--monitor", "nothing"), "--monitor nothing fits no monitor"),
        (("--since", "2024-01-01", "--incidents", "absent.yaml"), "absent.yaml cannot be read: it does not exist"),
    ],
)
def test_a_call_that_cannot_be_is_told(shop: Project, arguments: tuple[str, ...], said: str) -> None:
    done = shop.call("backtest", str(shop.folder / "monitors.yaml"), *arguments)
    assert done.code == 2
    assert said in done.stderr


def test_a_source_that_fails_ends_with_3_and_says_so(shop: Project) -> None:
    (shop.folder / "scored.parquet").unlink()
    done = backtest(shop, "--monitor", "calls")
    assert done.code == 3
    assert "0 of 12" in done.stdout
    assert "scored.parquet" in done.stdout


def test_the_document_is_what_its_schema_says(repository: Project) -> None:
    from jsonschema import Draft202012Validator

    from driftline.schema.location import SCHEMAS

    file = repository.write(INCIDENTS, name="incidents.yaml")
    schema = json.loads((SCHEMAS / "backtest.schema.json").read_text("utf-8"))
    found = document(repository, "--incidents", str(file), "--compare", "HEAD")
    Draft202012Validator(schema).validate(found)
    assert found["version"] == 1


@pytest.mark.parametrize("width", [60, 75, 90])
def test_no_word_is_lost_on_a_narrow_terminal(shop: Project, width: int) -> None:
    shop.write(rows.MODEL, MONITORS.replace("[high-x, drift]", "[drift]"))
    path = shop.folder / "monitors.yaml"
    report = driftline.backtest(path, since=rows.day(0), until=rows.day(DAYS), monitors=("high-x", "calls"))
    said = backtest_report(report, color=False, width=width).split("why", 1)[1]
    assert max(map(len, said.splitlines())) <= width
    for one in report.episodes:
        assert set(one.reason.partition(" (held")[0].split()) <= set(said.split())
