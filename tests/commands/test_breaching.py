"""Composites: AND, OR, m of n and shares over the verdicts of other monitors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.commands.project import Project

HEAD = """
version: 1
sources:
  shops: {path: shops.parquet, timestamp: at}
  rides: {path: rides.parquet, timestamp: at}
models:
  demand: {source: shops, segments: {store: {by: store}}, tags: {tier: 1}}
  fares: {source: rides}
monitors:
  gaps: {check: missing_rate, model: "*", columns: [x], threshold: {warning: {above: 10%}, critical: {above: 50%}}}
  rows: {check: row_count, model: demand, segments: [store], threshold: {critical: {below: 5}}}
"""


def frame(gaps: dict[int, float], per_day: int = 100, days: int = 4) -> pl.DataFrame:
    """Rows of ten stores over days of July; `gaps` is the share of x that is missing on a day."""
    rows: list[dict[str, Any]] = []
    for day in range(days):
        for number in range(per_day):
            missing = number < gaps.get(day, 0.0) * per_day
            at = datetime(2026, 7, 1) + timedelta(days=day, minutes=number)
            rows.append({"at": at, "x": None if missing else 1.0, "store": f"s{number % 10}"})
    return pl.DataFrame(rows)


@pytest.fixture
def two(project: Project) -> Project:
    """x is missing in demand on July 2 (20 %) and 3 (60 %), in fares on July 3 (20 %); few rows of s9 on July 4."""
    quiet = (pl.col("store") == "s9") & (pl.col("at") >= datetime(2026, 7, 4, 0, 20))
    shops = frame({1: 0.2, 2: 0.6}).filter(~quiet)
    project.data("shops.parquet", shops)
    project.data("rides.parquet", frame({2: 0.2}))
    return project


def write(project: Project, *monitors: str, rest: str = "") -> None:
    project.write("\n".join([HEAD.rstrip(), *(f"  {monitor}" for monitor in monitors), rest]))


def by_day(project: Project, monitor: str, *composites: str) -> dict[int, Any]:
    """The value of a composite by the day of July that its window is."""
    write(project, *composites)
    done = project.run("--at", "2026-07-05", "--since", "2026-07-01", "--fail-on", "never", "--dry-run")
    assert done.code == 0, done.said
    return {int(each["window"]["start"][8:10]): each["value"] for each in done.of(monitor)}


def test_a_count_of_breaching_series(two: Project) -> None:
    both = "both: {check: breaching, params: {of: {monitor: gaps}}, threshold: {critical: {above: 1}}}"
    assert by_day(two, "both", both) == {1: 0.0, 2: 1.0, 3: 2.0, 4: 0.0}


def test_a_severity_in_the_matcher_says_which_breaches_count(two: Project) -> None:
    bad = "bad: {check: breaching, params: {of: {monitor: gaps, severity: critical}}, threshold: none}"
    assert by_day(two, "bad", bad) == {1: 0.0, 2: 0.0, 3: 1.0, 4: 0.0}


def test_a_share_of_the_stores(two: Project) -> None:
    stores = (
        "stores: {check: breaching, params: {of: {monitor: rows}, read: share}, threshold: {critical: {above: 5%}}}"
    )
    found = by_day(two, "stores", stores)
    assert found == {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.1}


def test_how_many_monitors_and_by_model(two: Project) -> None:
    each = (
        "each: {check: breaching, params: {of: {monitor: [gaps, rows]}, read: monitors, by: [model]}, threshold: none}"
    )
    write(two, each)
    done = two.run("--at", "2026-07-04", "--fail-on", "never", "--dry-run")
    assert {one["series"]: one["value"] for one in done.of("each")} == {"each/demand": 1.0, "each/fares": 1.0}
    reasons = {one["series"]: one["reason"] for one in done.of("each")}
    assert reasons["each/fares"] == "1 of 1 series breach, in 1 monitor: gaps/fares/x"
    assert done.one("each", series="each/demand")["model"] == "demand"


def test_the_reason_names_what_breaches(two: Project) -> None:
    write(two, "any: {check: breaching, params: {of: {check: missing_rate}}, threshold: {critical: {above: 0}}}")
    result = two.run("--at", "2026-07-03", "--fail-on", "never", "--dry-run").one("any")
    assert result["reason"] == "1 is > 0; 1 of 2 series breach: gaps/demand/x"
    said = two.call("run", str(two.folder / "monitors.yaml"), "--at", "2026-07-03", "--dry-run").stdout.splitlines()
    assert [line.split()[:2] for line in said if "any" in line] == [["critical", "any"]]
    assert "  1 of 2 series breach: gaps/demand/x" in "\n".join(said)
    assert (result["series"], result["model"], result["source"]) == ("any/all", None, None)


def test_it_alerts_is_told_and_resolves_like_any_other(two: Project) -> None:
    write(
        two,
        "any: {check: breaching, params: {of: {check: missing_rate}}, threshold: {critical: {above: 1}}}",
        rest="channels: {ops: {url: json://localhost:1}}\nroutes: [{match: {check: breaching}, channels: [ops]}]",
    )
    two.run("--at", "2026-07-03")
    fired = two.run("--at", "2026-07-04")
    assert [(one["series"], one["state"]) for one in fired.alerts if one["monitor"] == "any"] == [("any/all", "firing")]
    with two.store() as store:
        assert len(store.pending_notices(None)) == 1
    resolved = two.run("--at", "2026-07-05")
    assert [one["state"] for one in resolved.alerts if one["monitor"] == "any"] == ["resolved"]


def test_a_run_of_some_monitors_still_sees_the_verdicts_of_the_others(two: Project) -> None:
    """The other monitor was judged by an earlier run: its verdict on the same window is in the store."""
    both = "both: {check: breaching, params: {of: {check: [missing_rate, row_count]}}, threshold: none}"
    write(two, both)
    span = ("--at", "2026-07-05", "--since", "2026-07-03", "--fail-on", "never")
    two.run(*span, "--monitor", "rows")
    done = two.run(
        "--at", "2026-07-05", "--since", "2026-07-03", "--monitor", "gaps", "--monitor", "both", "--fail-on", "never"
    )
    assert {int(one["window"]["start"][8:10]): one["value"] for one in done.of("both")} == {3: 2.0, 4: 1.0}


def test_runs_day_by_day_and_at_once_agree(two: Project) -> None:
    both = "both: {check: breaching, params: {of: {monitor: [gaps, rows]}}, threshold: {critical: {above: 1}}}"
    write(two, both)
    step = {}
    for day in range(2, 6):
        for one in two.run("--at", f"2026-07-0{day}", "--fail-on", "never").of("both"):
            step[one["window"]["end"]] = (one["value"], one["status"], one["reason"])
    whole = two.run("--at", "2026-07-05", "--since", "2026-07-01", "--fail-on", "never", "--dry-run")
    assert {one["window"]["end"]: (one["value"], one["status"], one["reason"]) for one in whole.of("both")} == step


def test_without_any_verdict_it_reads_no_data(two: Project) -> None:
    write(
        two,
        "few: {check: breaching, params: {of: {monitor: lost}}, threshold: none}",
        "lost: {check: missing_rate, model: demand, columns: [x], min_rows: 1000, threshold: {critical: {above: 1%}}}",
    )
    result = two.run("--at", "2026-07-03", "--fail-on", "never", "--dry-run").one("few")
    assert (result["status"], result["reason"]) == ("no_data", "none of the series that it looks at was judged")


# What it is not -------------------------------------------------------------------------------------------------------

EACH = "each: {check: breaching, params: {of: {monitor: gaps}, by: [model]}, threshold: {critical: {above: 0}}}"
BY_STORE = "by: {check: breaching, params: {of: {monitor: rows}, by: [segment]}, threshold: {critical: {above: 0}}}"
LAST = ("--at", "2026-07-05", "--fail-on", "never")


def test_a_model_that_is_called_all_is_one_model(two: Project) -> None:
    write(two, EACH)
    text = (two.folder / "monitors.yaml").read_text().replace("fares: {source", "all: {source")
    two.write(text)
    done = two.run("--at", "2026-07-04", "--fail-on", "never", "--dry-run")
    assert {each["model"]: each["reason"] for each in done.of("each")} == {
        "demand": "1 is > 0; 1 of 1 series breach: gaps/demand/x",
        "all": "1 is > 0; 1 of 1 series breach: gaps/all/x",
    }


def test_alone_it_has_nothing_to_look_at_and_says_so(two: Project) -> None:
    write(two, BY_STORE)
    assert two.run(*LAST, "--dry-run", "--monitor", "by").document["at"] == "2026-07-05T00:00:00Z"
    done = two.call("run", str(two.folder / "monitors.yaml"), *LAST, "--dry-run", "--monitor", "by")
    assert "not judged: by/all: nothing that it looks at was judged in this run" in done.stdout


@pytest.mark.parametrize(
    "instead", [BY_STORE.replace(", by: [segment]", ""), BY_STORE.replace("monitor: rows", "monitor: gaps")]
)
def test_what_it_is_no_longer_divided_by_ends(two: Project, instead: str) -> None:
    write(two, BY_STORE)
    assert [each["series"] for each in two.run(*LAST).alerts if each["monitor"] == "by"] == ["by/all/store=s9"]
    write(two, instead)
    after = {each["series"]: each["state"] for each in two.run(*LAST).alerts if each["monitor"] == "by"}
    assert after["by/all/store=s9"] == "resolved"


def test_overrides_hold_for_single_series_of_it_and_for_its_parameters(two: Project) -> None:
    quiet = "overrides: [{match: {monitor: by, segment: {store: s9}}, set: {threshold: {critical: {above: 1}}}}]"
    write(two, BY_STORE, rest=quiet)
    stores = {each["segment"]["store"]: each["status"] for each in two.run(*LAST, "--dry-run").of("by")}
    assert stores["s9"] == "ok"
    of = "{of: {monitor: rows}, read: share}"
    write(two, BY_STORE, rest=f"overrides: [{{match: {{check: breaching}}, set: {{params: {of}}}}}]")
    assert two.run(*LAST, "--dry-run").one("by")["value"] == 0.1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("params:", "schedule: 0 6 * * *, params:", "`breaching` looks at verdicts, so `schedule` says nothing to it"),
        (
            "monitor: rows}",
            "monitor: rows, not: {severity: warning}}",
            "which breaches count is said by `severity` beside `not`, so it cannot match by `severity`",
        ),
    ],
)
def test_what_says_nothing_to_it_is_refused(two: Project, before: str, after: str, said: str) -> None:
    write(two, BY_STORE.replace(before, after))
    assert said in two.call("validate", str(two.folder / "monitors.yaml")).said


def test_an_override_for_it_alone_sets_nothing_of_rows(two: Project) -> None:
    write(two, BY_STORE, rest="overrides: [{match: {monitor: by}, set: {min_rows: 5}}]")
    assert (
        "`breaching` looks at verdicts, so `min_rows` says nothing to it"
        in two.call("validate", str(two.folder / "monitors.yaml")).said
    )


def test_a_dry_run_sees_the_verdicts_of_a_monitor_under_its_new_name(two: Project) -> None:
    both = "both: {check: breaching, window: 2d, params: {of: {check: [missing_rate, row_count]}}, threshold: none}"
    write(two, both)
    assert two.run("--at", "2026-07-04", "--fail-on", "never").one("both")["value"] == 2
    text = (two.folder / "monitors.yaml").read_text()
    two.write(text.replace("gaps: {check", "holes: {was: gaps, check"))
    done = two.run("--at", "2026-07-05", "--dry-run", "--fail-on", "never", "--monitor", "rows", "--monitor", "both")
    assert "holes/demand/x" in done.one("both")["reason"]


def test_a_composite_does_not_look_at_composites_however_wide_its_matcher(two: Project) -> None:
    of = "{model: demand, check: [missing_rate, breaching]}"
    write(
        two,
        f"any: {{check: breaching, window: {{size: 3d, every: 1d}}, params: {{of: {of}, by: [model]}},"
        " threshold: {critical: {above: 0}}}",
    )
    values = {day: two.run("--at", f"2026-07-{day:02}").values("any") for day in (3, 4, 5)}
    assert values == {3: [1.0], 4: [1.0], 5: [None]}  # July 4 has too few rows, and its own verdicts are none
