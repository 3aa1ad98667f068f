"""Overrides: exceptions by monitor, column, class and segment, with the one precedence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project

HEAD = """
version: 1
sources:
  scored: {path: data/scored.parquet, timestamp: at}
  training: {path: data/training.parquet}
models:
  churn:
    source: scored
    baseline: training
    features: [x, y]
    segments: {country: {by: country}}
    tags: {team: risk}
thresholds:
  loose: {critical: {above: 100}}
"""
MONITORS = """
monitors:
  drift: {check: wasserstein, columns: features, segments: [overall, country], threshold: {critical: {above: 0.5}}}
  rows: {check: row_count, threshold: {critical: {below: 10}}}
"""
AT = ("--at", "2026-07-03")


@pytest.fixture
def shifted(project: Project) -> Project:
    """Two days of 400 rows; x and y are both one unit off their training data."""
    random = np.random.default_rng(7)

    def frame(rows: int, shift: float) -> dict[str, Any]:
        return {
            "x": random.normal(shift, 1, rows),
            "y": random.normal(shift, 1, rows),
            "country": ["NO", "SE"] * (rows // 2),
        }

    days = [datetime(2026, 7, 1 + i // 400) for i in range(800)]
    project.data("data/scored.parquet", pl.DataFrame({"at": days, **frame(800, 1.0)}))
    project.data("data/training.parquet", pl.DataFrame(frame(800, 0.0)))
    return project


def statuses(project: Project, overrides: str) -> dict[tuple[str, str], str]:
    """Status by column and country, `` for overall."""
    project.write(HEAD, MONITORS, overrides)
    done = project.run(*AT, "--dry-run")
    assert done.code in (0, 1), done.said
    return {(each["column"], (each["segment"] or {}).get("country", "")): each["status"] for each in done.of("drift")}


def test_without_overrides_all_series_are_judged_alike(shifted: Project) -> None:
    assert set(statuses(shifted, "").values()) == {"critical"}


def test_a_threshold_by_column_holds_for_that_column_in_every_segment(shifted: Project) -> None:
    found = statuses(shifted, "overrides: [{match: {monitor: drift, column: x}, set: {threshold: loose}}]")
    assert {key for key, status in found.items() if status == "ok"} == {("x", ""), ("x", "NO"), ("x", "SE")}
    assert {status for (column, _), status in found.items() if column == "y"} == {"critical"}


def test_a_threshold_by_segment_holds_in_that_segment_only(shifted: Project) -> None:
    found = statuses(shifted, "overrides: [{match: {segment: {country: NO}}, set: {threshold: none}}]")
    assert {key for key, status in found.items() if status == "ok"} == {("x", "NO"), ("y", "NO")}


def test_segment_and_column_together_are_one_series(shifted: Project) -> None:
    found = statuses(shifted, "overrides: [{match: {column: y, segment: {country: SE}}, set: {threshold: loose}}]")
    assert {key for key, status in found.items() if status == "ok"} == {("y", "SE")}


def test_what_not_excludes_keeps_its_value(shifted: Project) -> None:
    found = statuses(shifted, "overrides: [{match: {monitor: drift, not: {column: x}}, set: {threshold: loose}}]")
    assert {column for (column, _), status in found.items() if status == "ok"} == {"y"}


def test_a_later_override_wins_however_wide_it_is(shifted: Project) -> None:
    narrow, wide = "{match: {column: x}, set: {threshold: loose}}", "{match: {monitor: drift}, set: {threshold: none}}"
    tight = "{match: {check: wasserstein}, set: {threshold: {critical: {above: 0.1}}}}"
    assert set(statuses(shifted, f"overrides: [{narrow}, {wide}, {tight}]").values()) == {"critical"}
    found = statuses(shifted, f"overrides: [{tight}, {narrow}]")
    assert {column for (column, _), status in found.items() if status == "ok"} == {"x"}


def test_the_including_file_wins_over_the_included_one(shifted: Project) -> None:
    shifted.write("overrides: [{match: {monitor: drift}, set: {threshold: none}}]", name="team.yaml")
    found = statuses(
        shifted, "overrides: [{match: {column: x}, set: {threshold: {critical: {above: 0.1}}}}]\ninclude: team.yaml"
    )
    assert {column for (column, _), status in found.items() if status == "critical"} == {"x"}


def test_what_is_measured_can_be_overridden_for_a_whole_monitor(shifted: Project) -> None:
    settings = "{columns: [y], segments: [overall], params: {normalize: true}}"
    override = f"overrides: [{{match: {{check: wasserstein}}, set: {settings}}}]"
    assert statuses(shifted, override) == {("y", ""): "critical"}


def test_min_rows_and_alert_by_segment(shifted: Project) -> None:
    found = statuses(shifted, "overrides: [{match: {segment: {country: NO}}, set: {min_rows: 300}}]")
    assert {key for key, status in found.items() if status == "insufficient_data"} == {("x", "NO"), ("y", "NO")}


def test_switched_off_by_column_and_by_segment(shifted: Project) -> None:
    found = statuses(
        shifted,
        """
        overrides:
          - {match: {column: x}, set: {enabled: false}}
          - {match: {segment: {country: SE}}, set: {enabled: false}}
        """,
    )
    assert set(found) == {("y", ""), ("y", "NO")}
    planned = shifted.call("plan", str(shifted.folder / "monitors.yaml"), *AT)
    assert "x: enabled: false (override at" in planned.stdout


def test_an_override_can_switch_a_monitor_on(shifted: Project) -> None:
    shifted.write(
        HEAD,
        "monitors: {rows: {check: row_count, enabled: false, threshold: {critical: {below: 10}}}}",
        "overrides: [{match: {model: churn}, set: {enabled: true, threshold: {critical: {below: 1000}}}}]",
    )
    assert shifted.run(*AT, "--dry-run").one("rows")["status"] == "critical"


def test_windows_that_differ_by_column_are_each_judged_in_order(shifted: Project) -> None:
    shifted.write(
        HEAD, MONITORS, "overrides: [{match: {column: x}, set: {window: {size: 2d, every: 1d}, segments: [overall]}}]"
    )
    first = shifted.run("--at", "2026-07-02")
    assert {each["column"] for each in first.of("drift")} == {"x", "y"}
    second = shifted.run("--at", "2026-07-03")
    ends = {(each["column"], each["window"]["start"]) for each in second.of("drift")}
    assert ends == {("x", "2026-07-01T00:00:00Z"), ("y", "2026-07-02T00:00:00Z")}


def test_tags_merge_and_routes_see_them(shifted: Project) -> None:
    shifted.write(
        HEAD,
        MONITORS,
        "overrides: [{match: {monitor: drift, column: x}, set: {tags: {tier: 1}, description: the big one}}]",
        "channels: {one: {url: json://localhost:1}, rest: {url: json://localhost:1}}",
        """
        routes:
          - {match: {tags: {tier: 1, team: risk}}, channels: [one]}
          - {match: {not: {tags: {tier: 1}}}, channels: [rest]}
        """,
    )
    shifted.run(*AT)
    with shifted.store() as store:
        waiting = {queued.notice.channel: queued.notice for queued in store.pending_notices(None)}
    assert len(waiting["one"].alerts) == len(waiting["rest"].alerts) == 3
    assert "the big one" in waiting["one"].body
    assert "the big one" not in waiting["rest"].body


def test_the_family_stays_one_when_overrides_divide_it(shifted: Project) -> None:
    """Benjamini-Hochberg is over all series of the monitor, also where one column has a threshold of its own."""
    drift = "monitors: {drift: {check: ks, columns: features, segments: [overall, country]}}"
    shifted.write(HEAD, drift)
    whole = {each["series"]: each["p_adjusted"] for each in shifted.run(*AT, "--dry-run").results}
    shifted.write(HEAD, drift, "overrides: [{match: {column: x}, set: {threshold: {critical: {above: 0.9}}}}]")
    divided = {each["series"]: each["p_adjusted"] for each in shifted.run(*AT, "--dry-run").results}
    assert divided == pytest.approx(whole)


def test_an_alert_ends_when_an_override_switches_its_series_off(shifted: Project) -> None:
    shifted.write(HEAD, MONITORS)
    assert "churn/x" in {each["series"].partition("/")[2] for each in shifted.run(*AT).alerts}
    shifted.write(HEAD, MONITORS, "overrides: [{match: {column: x}, set: {enabled: false}}]")
    ended = {each["series"] for each in shifted.run(*AT).alerts if each["state"] == "resolved"}
    assert {series.split("/")[2] for series in ended} == {"x"}
    assert len(ended) == 3


def test_a_column_of_its_own_threshold_is_still_one_of_the_whole_family(project: Project) -> None:
    """40 columns of which one has moved: what is resampled for it must let the correction over all 40 pass."""
    random = np.random.default_rng(1)
    columns = {f"f{n}": random.normal(0, 1, 2000) for n in range(40)}
    project.data("data/training.parquet", pl.DataFrame(columns))
    columns = {name: random.normal(name == "f3", 1, 2000) for name in columns}
    project.data("data/scored.parquet", pl.DataFrame({"at": [datetime(2026, 7, 2)] * 2000, **columns}))
    head = HEAD.replace("    features: [x, y]\n", "")
    drift = "monitors: {drift: {check: wasserstein, threshold: {critical: {above: 0.1}}}}"
    project.write(head, drift, "overrides: [{match: {column: f3}, set: {threshold: {critical: {above: 0.2}}}}]")
    found = project.run(*AT, "--dry-run").statuses("drift")
    assert [name for name, status in found.items() if status != "ok"] == ["f3"]


def test_a_segment_that_is_compared_reads_the_windows_that_it_needs(project: Project) -> None:
    """A distinct count does not scale with time: 14 days hold more ids than one, also where only a segment compares."""
    at = [datetime(2026, 7, day, 12) for day in range(1, 20) for _ in range(200)]
    frame = pl.DataFrame({"at": at, "id": range(len(at)), "country": ["NO", "SE"] * (len(at) // 2)})
    project.data("data/scored.parquet", frame)
    project.write(
        """
        version: 1
        sources: {scored: {path: data/scored.parquet, timestamp: at}}
        models: {churn: {source: scored, segments: {country: {by: country}}}}
        metrics: {ids: {model: churn, sql: COUNT(DISTINCT id)}}
        baselines: {fortnight: {type: trailing, size: 14d}}
        monitors:
          ids: {metric: ids, segments: [country], baseline: fortnight, threshold: {critical: {below: 1}}}
        overrides:
          - match: {monitor: ids, segment: {country: NO}}
            set: {threshold: {compare: change, critical: {below: -20%}}}
        """
    )
    found = project.run("--at", "2026-07-20", "--dry-run").of("ids")
    assert {each["segment"]["country"]: (each["compared"], each["status"]) for each in found} == {
        "NO": (0.0, "ok"),
        "SE": (100.0, "ok"),
    }


def test_two_files_may_say_the_same_of_different_segments(shifted: Project) -> None:
    for country in ("NO", "SE"):
        loose = f"{{match: {{monitor: drift, segment: {{country: {country}}}}}, set: {{threshold: loose}}}}"
        shifted.write(f"overrides: [{loose}]", name=f"{country}.yaml")
    shifted.write(HEAD, MONITORS, "include: [NO.yaml, SE.yaml]")
    found = shifted.run(*AT, "--dry-run").of("drift", column="x")
    assert {(each["segment"] or {}).get("country", ""): each["status"] for each in found} == {
        "": "critical",
        "NO": "ok",
        "SE": "ok",
    }


def test_a_column_without_correction_leaves_that_of_the_others_alone(shifted: Project) -> None:
    drift = "monitors: {drift: {check: ks, columns: features, segments: [overall, country]}}"
    shifted.write(HEAD, drift)
    whole = {each["series"]: each["p_adjusted"] for each in shifted.run(*AT, "--dry-run").results}
    alone = "{match: {column: x}, set: {significance: {correction: none}}}"
    shifted.write(HEAD, drift, f"overrides: [{alone}]")
    for each in shifted.run(*AT, "--dry-run").results:
        expected = each["p_value"] if each["column"] == "x" else whole[each["series"]]
        assert each["p_adjusted"] == pytest.approx(expected, rel=1e-6, abs=0)
