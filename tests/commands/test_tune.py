"""`driftline tune`: the mildest changes that keep to a budget of alerts, to be pasted and never applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
import yaml

import driftline
from driftline.report.tuning.text import as_yaml
from tests.commands import rows
from tests.commands.project import FLIGHTS, Project, Ran

DAYS = 84  # twelve weeks
FIRST, LAST = 50, 54  # of the incident
INCIDENT = f"incidents: [{{id: JOIN-1, start: {rows.day(FIRST)}, end: {rows.day(LAST)}, reason: a bad join}}]"
HIGH = "monitors:\n  high: {check: mean, columns: [x], threshold: {critical: {above: 2}}}"
Shifts = Mapping[int, float]

SPIKES = dict.fromkeys(range(5, DAYS, 6), 3.0)  # single days
WEEKS = {day: 3.0 for day in range(DAYS) if day % 14 < 6}  # six days of every fourteen
OUTAGE = dict.fromkeys(range(FIRST, LAST), 8.0)
ONE_DAY = {FIRST: 8.0}


def shop(project: Project, shift: Shifts, *parts: str, feed: pl.DataFrame | None = None) -> Project:
    """A model with twelve weeks of rows of which x is off on some days."""
    project.data("scored.parquet", rows.scored(DAYS, shift=shift, per_day=120) if feed is None else feed)
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, *parts)
    return project


def tune(project: Project, *arguments: str, budget: str = "1/month", env: Mapping[str, str] | None = None) -> Ran:
    path = str(project.folder / "monitors.yaml")
    return project.call(
        "tune", path, "--budget", budget, "--since", rows.day(0), "--until", rows.day(DAYS), *arguments, env=env
    )


def document(project: Project, *arguments: str, budget: str = "1/month") -> Any:
    done = tune(project, "--format", "json", *arguments, budget=budget)
    assert done.code == 0, done.stderr
    return done.document


def paste(project: Project, patch: str) -> None:
    """At the end of the file, and it is valid."""
    path = project.folder / "monitors.yaml"
    path.write_text(path.read_text("utf-8") + patch, "utf-8")
    done = project.call("validate", str(path))
    assert done.code == 0, done.said


def fired(project: Project) -> dict[str, int]:
    """The alerts of every monitor in a back-test of the file as it stands."""
    path = str(project.folder / "monitors.yaml")
    done = project.call(
        "backtest", path, "--since", rows.day(0), "--until", rows.day(DAYS), "--every", "1d", "--format", "json"
    )
    return {one["monitor"]: one["fired"] for one in done.document["monitors"]}


def changes(project: Project, *arguments: str, budget: str = "1/month") -> dict[str, list[str]]:
    """What is set, by monitor."""
    found = document(project, *arguments, budget=budget)["monitors"]
    return {
        one["monitor"]: [each.partition("set: ")[2].removesuffix("}") for each in one["overrides"]] for one in found
    }


# What is proposed ------------------------------------------------------------------------------------------------

TEXT = """\
monitors.yaml from 2024-01-01 to 2024-03-25 UTC, 12.0 weeks
budget: 1/week for each monitor on each model

monitor        alerts a week   with this   incidents   with this   delay   with this
────────────────────────────────────────────────────────────────────────────────────
high/m                  1.08        0.00           1           1     1 d         2 d

all monitors            1.08        0.00           1           1     1 d         2 d
"""
PATCH = """\
overrides:
  # high of m: 13 alerts (1.08 a week) outside of incidents before, 0 alerts (0.00 a week) outside of incidents with
  # this, over 84 windows in 12.0 weeks
  # instead of alert: {for: 1}
  # keeps JOIN-1, detected after 2 d instead of 1 d
  - {match: {monitor: high}, set: {alert: {for: "2 of 3"}}}
"""


def test_single_days_are_quieted_by_waiting_for_a_second_one(project: Project) -> None:
    shop(project, {**SPIKES, **OUTAGE}, HIGH, INCIDENT)
    done = tune(project, budget="1/week")
    assert done.code == 0
    assert done.stdout.startswith(TEXT), done.stdout
    assert done.stdout.endswith(PATCH), done.stdout


def test_what_is_pasted_does_what_is_said(project: Project) -> None:
    shop(project, {**SPIKES, **OUTAGE}, HIGH, INCIDENT)
    assert fired(project) == {"high": 14}
    done = tune(project, "--format", "yaml")
    assert yaml.safe_load(done.stdout) == {
        "overrides": [{"match": {"monitor": "high"}, "set": {"alert": {"for": "2 of 3"}}}]
    }
    paste(project, done.stdout)
    assert fired(project) == {"high": 1}
    assert tune(project).stdout.endswith("no monitor is over the budget: 1 monitor within it\n")


def test_a_longer_wait_that_would_lose_an_incident_gives_way_to_a_bound(project: Project) -> None:
    shop(project, {**SPIKES, **ONE_DAY}, HIGH, INCIDENT)
    assert changes(project) == {"high": ["{threshold: {critical: {above: 3.1}}}"]}
    paste(project, tune(project, "--format", "yaml").stdout)
    assert fired(project) == {"high": 2}


def test_a_bound_that_would_lie_far_out_gives_way_to_one_behind_a_longer_wait(project: Project) -> None:
    single = dict.fromkeys(range(20, DAYS, 21), 20.0)
    shop(project, {**WEEKS, **single}, HIGH)
    (own,) = document(project, budget="0/week")["monitors"]
    (change,) = own["overrides"]
    assert "alert: {for: " in change
    assert 2.5 < float(change.partition("above: ")[2].partition("}")[0]) < 4.0
    only = HIGH.replace("2}}}", "0.5}}, alert: {for: 4}}")
    shop(project, dict.fromkeys(WEEKS, 9.0), only)
    (own,) = document(project, budget="0/week")["monitors"]
    assert own["doubts"][-1].startswith("a bound lies 18 times as far as it did: a longer window or another baseline")


def test_a_bound_moves_no_farther_than_the_budget_asks(project: Project) -> None:
    shift = {day: 2.5 + day / 40 for day in SPIKES}
    shop(project, {**shift, **ONE_DAY}, HIGH, INCIDENT)
    bounds = [float(changes(project, budget=b)["high"][0].partition("above: ")[2][:3]) for b in ("1/month", "0.5/week")]
    assert 4.0 < bounds[0] < 4.6
    assert 3.0 < bounds[1] < bounds[0]


def test_windows_in_incidents_are_no_false_alarms(project: Project) -> None:
    shop(project, OUTAGE, HIGH, INCIDENT)
    found = document(project, budget="0/week")
    assert (found["monitors"], found["within_budget"], found["patch"]) == ([], 1, None)
    shop(project, OUTAGE, HIGH)
    assert document(project, budget="0/week")["monitors"][0]["before"]["outside_incidents"] == 1


def test_alarms_of_thin_windows_ask_for_more_rows(project: Project) -> None:
    feed = rows.scored(DAYS, shift={**dict.fromkeys(range(5, 14), 8.0), **ONE_DAY}, per_day=120)
    number = pl.int_range(pl.len()) // 120
    thin = number.is_in(range(5, 14)) & (pl.int_range(pl.len()) % 120 >= 40) | number.is_in([7, 10]) & False
    gaps = number.is_in([6, 8, 10, 12])  # a day without rows between: no verdict, so that each counts for itself
    shop(project, {}, HIGH.replace("2}}}", "2}}, min_rows: 20}"), INCIDENT, feed=feed.filter(~thin & ~gaps))
    assert changes(project, budget="0/week") == {"high": ["{min_rows: 41}"]}


def test_without_a_change_that_helps_that_is_said_and_nothing_is_to_be_pasted(project: Project) -> None:
    shop(project, {**dict.fromkeys(SPIKES, 8.0), FIRST: 7.0, FIRST + 3: 0.0}, HIGH, INCIDENT)
    done = tune(project)
    assert done.code == 0
    said = "high/m: no change of `for`, bounds or min_rows makes it quieter without losing JOIN-1\n"
    assert said in done.stdout
    assert done.stdout.endswith("nothing to paste: no change helps\n")
    yaml_text = tune(project, "--format", "yaml").stdout
    assert yaml_text == "# driftline tune: 1/month is not kept, and no change helps\n"


def test_the_quietest_is_proposed_where_none_keeps_to_the_budget(project: Project) -> None:
    shift = {day: (3.0 if at % 2 else 8.0) for at, day in enumerate(SPIKES)}
    shop(project, {**shift, FIRST: 7.0, FIRST + 3: 0.0}, HIGH, INCIDENT)
    (own,) = document(project, budget="1/month")["monitors"]
    assert own["met"] is False
    assert own["after"]["per_week"] < own["before"]["per_week"]
    assert own["after"]["incidents_caught"] == ["JOIN-1"]
    done = tune(project)
    assert "high/m: no change brings it down to 0.23 a week: what would loses an incident\n" in done.stdout
    assert "  # no change brings it down to 0.23 a week: what would loses an incident\n" in done.stdout


def test_an_incident_may_be_left_to_another_monitor_that_catches_it(project: Project) -> None:
    feed = rows.scored(DAYS, shift={**dict.fromkeys(SPIKES, 8.0), **ONE_DAY}, per_day=120)
    off = (pl.int_range(pl.len()) // 120) == FIRST
    feed = feed.with_columns(z=pl.when(off).then(pl.col("z") + 50).otherwise(pl.col("z")))
    other = "  z: {check: mean, columns: [z], threshold: {critical: {above: 70}}}"
    shop(project, {}, f"{HIGH}\n{other}", INCIDENT, feed=feed)
    (own,) = document(project)["monitors"]
    assert (own["monitor"], own["lost_incidents"], own["met"]) == ("high", ["JOIN-1"], True)
    done = tune(project)
    assert "high/m no longer catches JOIN-1: others do\n" in done.stdout
    assert "  # loses JOIN-1: another monitor catches it\n" in done.stdout


def test_a_monitor_within_the_budget_gets_no_proposal(project: Project) -> None:
    calm = "  calm: {check: mean, columns: [x], threshold: {critical: {above: 7}}}"
    shop(project, {**SPIKES, 20: 9.0}, f"{HIGH}\n{calm}")
    found = document(project)
    assert [one["monitor"] for one in found["monitors"]] == ["high"]
    assert found["within_budget"] == 1


def test_only_the_columns_that_alarm_get_another_bound(project: Project) -> None:
    monitor = (
        "monitors: {mean: {check: mean, columns: [x, z], threshold: {warning: {above: 60}, critical: {above: 90}}}}"
    )
    feed = rows.scored(DAYS, per_day=120).with_columns(pl.col("x") + 50)
    noisy = (pl.int_range(pl.len()) // 120 % 14) < 6
    feed = feed.with_columns(z=pl.when(noisy).then(pl.col("z") + 20).otherwise(pl.col("z")))
    shop(project, {}, monitor, feed=feed)
    (own,) = document(project, budget="0/week")["monitors"]
    assert own["overrides"] == [
        "{match: {monitor: mean, column: z}, set: {threshold: {warning: {above: 71}, critical: {above: 90}}}}"
    ]


def test_lengths_of_time_are_proposed_in_their_unit(project: Project) -> None:
    feed = rows.scored(DAYS, per_day=120, start=rows.START + timedelta(minutes=5))
    late = (pl.int_range(pl.len()) // 120 % 14 < 6) & (pl.int_range(pl.len()) % 120 > 95)
    monitor = "monitors: {feed: {source: scored, check: freshness, threshold: {warning: {above: 3h}}}}"
    shop(project, {}, monitor, feed=feed.filter(~late))
    assert changes(project, budget="0/week") == {"feed": ["{threshold: {warning: {above: 5h}}}"]}


def test_a_relative_change_is_proposed_in_percent_or_as_a_number_as_it_was_written(project: Project) -> None:
    few = (pl.int_range(pl.len()) // 120 % 14 < 6) & (pl.int_range(pl.len()) % 4 == 1)
    feed = rows.scored(DAYS, per_day=120).filter(~few)
    bounds = "warning: {below: -20%}, critical: {below: -0.5}, recovery: {above: -10%}"
    monitor = f"monitors: {{rows: {{check: row_count, baseline: {{type: range, start: {rows.day(6)}, end: {rows.day(13)}}}, threshold: {{compare: change, {bounds}}}}}}}"  # noqa: E501
    shop(project, {}, monitor, feed=feed)
    assert changes(project, budget="0/week") == {
        "rows": [
            "{threshold: {compare: change, warning: {below: -25%}, critical: {below: -0.5}, recovery: {above: -12%}}}"
        ]
    }


def test_no_bound_is_proposed_beyond_what_can_be_read(project: Project) -> None:
    project.data("training.parquet", rows.training())
    noisy = (pl.int_range(pl.len()) // 120 % 14) < 6
    feed = rows.scored(DAYS, per_day=120).with_columns(x=pl.when(noisy).then(None).otherwise(pl.col("x")))
    shop(
        project,
        {},
        "monitors: {gaps: {check: missing_rate, columns: [x], threshold: {critical: {above: 20%}}}}",
        feed=feed,
    )
    (own,) = document(project, budget="0/week")["monitors"]
    assert (own["overrides"], own["met"]) == ([], False)


# A total ---------------------------------------------------------------------------------------------------------


def test_a_total_is_shared_by_those_that_fire_more(project: Project) -> None:
    monitors = "\n".join(
        f"  m{at}: {{check: mean, columns: [x], threshold: {{critical: {{above: {2 + at / 10}}}}}}}" for at in range(3)
    )
    calm = "  calm: {check: mean, columns: [x], threshold: {critical: {above: 7}}}"
    shop(project, {**SPIKES, 20: 9.0}, f"monitors:\n{monitors}\n{calm}")
    assert document(project, budget="1/week")["within_budget"] == 1
    found = document(project, "--total", budget="1/week")
    after = [one["after"]["per_week"] for one in found["monitors"]]
    assert len(after) == 3
    assert sum(after) + 1 / 12 <= 1.0
    said = tune(project, "--total", budget="1/week").stdout
    assert "budget: 1/week for all monitors together, shared so that none fires more than " in said
    assert document(project, "--total", budget="4/week")["monitors"] == []


def test_alerts_for_nobody_cost_nothing_and_composites_follow(project: Project) -> None:
    monitors = HIGH.replace("2}}}", "2}}, alert: {route: false}}")
    many = "  many: {check: breaching, window: 1d, params: {of: {monitor: high}}, threshold: {critical: {above: 0}}}"
    shop(project, SPIKES, f"{monitors}\n{many}")
    done = tune(project)
    assert "many/all: it looks at verdicts of others, and follows from them\n" in done.stdout
    assert "high/m" not in done.stdout


# How far it is to be trusted -------------------------------------------------------------------------------------


def test_too_little_history_and_no_incidents_are_warned_of(project: Project) -> None:
    shop(project, SPIKES, HIGH)
    path = str(project.folder / "monitors.yaml")
    done = project.call("tune", path, "--budget", "1/week", "--since", rows.day(50), "--until", rows.day(DAYS))
    assert "warning: 4.9 weeks of history are too short for 1/week: take 8 weeks at least\n" in done.stdout
    assert (
        "warning: no incident is declared in this time: nothing shows what a quieter monitor would miss\n"
        in done.stdout
    )
    assert "warning: " not in project.call(
        "tune", path, "--budget", "1/week", "--incidents", str(project.write(INCIDENT, name="known.yaml")),
        "--since", rows.day(0),
    ).stdout  # fmt: skip


def test_from_fewer_than_fourteen_windows_no_bound_is_proposed(project: Project) -> None:
    shop(project, dict.fromkeys(range(DAYS - 13, DAYS, 2), 3.0), HIGH)
    path = str(project.folder / "monitors.yaml")
    found = project.call(
        "tune",
        path,
        "--budget",
        "0/week",
        "--since",
        rows.day(DAYS - 13),
        "--until",
        rows.day(DAYS),
        "--format",
        "json",
    ).document["monitors"][0]
    assert "threshold" not in "".join(found["overrides"])


def test_values_that_move_away_raise_a_doubt(project: Project) -> None:
    shop(project, {day: day / 20 + (0.8 if day % 3 else 0.0) for day in range(DAYS)}, HIGH)
    done = tune(project, budget="0/week")
    assert "x moves away (" in done.stdout
    assert "  # x moves away (" in done.stdout


def test_half_a_year_is_looked_at_unless_said(project: Project) -> None:
    shop(project, SPIKES, HIGH)
    found = project.call(
        "tune",
        str(project.folder / "monitors.yaml"),
        "--budget",
        "1/month",
        "--until",
        rows.day(DAYS),
        "--format",
        "json",
    ).document
    assert (found["since"], round(found["weeks"], 6)) == (rows.day(DAYS - 182), 26.0)
    (own,) = found["monitors"]
    # Weeks before the first event could not be read, and do not make the rate smaller.
    assert own["weeks"] == pytest.approx(12.0, abs=0.1)
    assert own["before"]["per_week"] == pytest.approx(14 / 12, abs=0.02)


def test_the_document_is_what_its_schema_says(project: Project) -> None:
    from jsonschema import Draft202012Validator

    from driftline.schema.location import SCHEMAS

    validator = Draft202012Validator(json.loads((SCHEMAS / "tune.schema.json").read_text("utf-8")))
    shop(project, {**SPIKES, **OUTAGE}, HIGH, INCIDENT)
    for arguments in (("--total",), ()):
        validator.validate(document(project, *arguments))
        validator.validate(document(project, *arguments, budget="9/week"))


def test_from_python_it_is_the_same(project: Project) -> None:
    shop(project, {**SPIKES, **OUTAGE}, HIGH, INCIDENT)
    report = driftline.tune(
        project.folder / "monitors.yaml", budget="1/week", since=rows.day(0), until=rows.day(DAYS)
    )  # fmt: skip
    assert as_yaml(report) + "\n" == tune(project, "--format", "yaml", budget="1/week").stdout


def test_exceptions_of_segments_are_not_flattened(project: Project) -> None:
    exception = (
        "overrides:\n  - {match: {monitor: drift, segment: {colour: red}}, set: {threshold: {critical: {above: 9}}}}"
    )
    drift = "check: psi, columns: [x], segments: [overall, colour], threshold: {critical: {above: 0.3}}"
    shop(project, WEEKS, f"monitors: {{drift: {{{drift}}}}}", exception)
    (own,) = document(project, budget="0/week")["monitors"]
    assert "threshold" not in "".join(own["overrides"])
    said = "drift/m: overrides give some of its segments a threshold of their own: its bounds are left to you\n"
    assert (said in tune(project, budget="0/week").stdout) is bool(own["overrides"])


# Calls that cannot be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--budget", "1"), "--budget 1: write how many alerts in what time, such as 1/week, 3/day or 2/month"),
        (("--budget", "1/fortnight"), "such as 1/week, 3/day or 2/month"),
        ((), "Missing option '--budget'"),
        (("--budget", "1/week", "--since", "soon"), "--since: 'soon' is no instant"),
        (("--budget", "1/week", "--since", "2025-01-01"), "there is no history to replay"),
        (("--budget", "1/week", "--monitor", "nothing"), "--monitor nothing fits no monitor"),
        (("--budget", "1/week", "--incidents", "absent.yaml"), "absent.yaml cannot be read: it does not exist"),
        (("--budget", "1/week", "--env", "prod"), "prod"),
    ],
)
def test_a_call_that_cannot_be_is_told(project: Project, arguments: tuple[str, ...], said: str) -> None:
    shop(project, SPIKES, HIGH)
    done = project.call("tune", str(project.folder / "monitors.yaml"), *arguments)
    assert done.code == 2
    assert said in done.stderr


def test_a_source_that_fails_ends_with_3(project: Project) -> None:
    shop(project, SPIKES, HIGH)
    (project.folder / "scored.parquet").unlink()
    assert tune(project).code == 3


def test_nothing_is_written(project: Project) -> None:
    shop(project, SPIKES, HIGH)
    before = {name: (project.folder / name).read_bytes() for name in project.files()}
    tune(project)
    assert {name: (project.folder / name).read_bytes() for name in project.files()} == before


# The flights -----------------------------------------------------------------------------------------------------


def test_the_flights_are_tuned_and_the_file_is_valid_after_pasting(project: Project) -> None:
    root = FLIGHTS.parents[2]
    (project.folder / "tests").symlink_to(root / "tests")
    example = project.folder / "monitors.yaml"
    example.write_text((root / "monitors.example.yaml").read_text("utf-8"), "utf-8")
    storm = project.write("- {id: STORM-1, start: 2013-07-01, end: 2013-07-08}", name="known.yaml")
    arguments = ("--since", "2013-05-01", "--until", "2013-09-01", "--monitor", "score-drift", "--monitor", "flagged")
    done = project.call(
        "tune", str(example), "--budget", "1/month", *arguments, "--incidents", str(storm), "--format", "json"
    )
    assert done.code == 0, done.stderr
    over = {(one["monitor"], one["subject"]): one for one in done.document["monitors"]}
    drift = over["score-drift", "late_arrival"]
    assert drift["met"] is False
    assert drift["after"]["per_week"] < 0.3 < 1.0 < drift["before"]["per_week"]
    assert drift["before"]["incidents_caught"] == drift["after"]["incidents_caught"] == ["STORM-1"]
    paste(project, done.document["patch"])
    assert "alert" in done.document["patch"] or "threshold" in done.document["patch"]
