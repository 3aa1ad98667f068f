"""Which models, columns, segments and classes a monitor is about."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project

SHIFTED = {1: 3.0}
AT = rows.day(2)
FLEET = """
version: 1
defaults: {window: 1d}
sources:
  north: {path: north.parquet, timestamp: ts}
  south: {path: south.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  fraud-north: {source: north, features: [x, z], baseline: training, tags: {tier: 1}}
  fraud-south: {source: south, features: [x, z], baseline: training, tags: {tier: 2}}
  churn: {task: binary, source: north, roles: {score: p, target: y}, features: [z], baseline: training, tags: {tier: 1}}
"""


@pytest.fixture
def fleet(project: Project) -> Project:
    """Three models on two feeds, of which the southern one moved."""
    project.data("north.parquet", rows.scored(2))
    project.data("south.parquet", rows.scored(2, shift=SHIFTED, seed=2))
    project.data("training.parquet", rows.training())
    return project


@pytest.fixture
def shop(project: Project) -> Project:
    """One model, whose x moved on the second day."""
    project.data("scored.parquet", rows.scored(2, shift=SHIFTED))
    project.data("training.parquet", rows.training())
    return project


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("fraud-south", {"fraud-south"}),
        ('"fraud-*"', {"fraud-north", "fraud-south"}),
        ("[churn, fraud-south]", {"churn", "fraud-south"}),
        ("{tags: {tier: 1}}", {"churn", "fraud-north"}),
        ("{task: binary}", {"churn"}),
        ("{source: north, not: {model: churn}}", {"fraud-north"}),
        ("null", {"churn", "fraud-north", "fraud-south"}),
    ],
)
def test_models_are_chosen_by_name_glob_list_or_matcher(fleet: Project, model: str, chosen: set[str]) -> None:
    line = "" if model == "null" else f"model: {model}, "
    fleet.write(FLEET, f"monitors:\n  drift: {{check: ks, {line}threshold: {{critical: {{above: 0.2}}}}}}")
    done = fleet.run("--at", AT)
    assert {each["model"] for each in done.results} == chosen
    assert {(each["model"], each["column"]) for each in done.results if each["status"] == "critical"} == (
        {("fraud-south", "x")} & {(name, "x") for name in chosen}
    )


def test_a_model_reached_by_glob_that_the_check_does_not_fit_is_left_out(fleet: Project) -> None:
    fleet.write(FLEET, 'monitors:\n  auc: {check: roc_auc, model: "*", threshold: {critical: {below: 0.5}}}')
    assert {each["model"] for each in fleet.run("--at", AT).results} == {"churn"}
    plan = fleet.call("plan", str(fleet.folder / "monitors.yaml"), "--at", AT)
    assert "auc/fraud-north: roc_auc is for binary and multiclass models" in plan.stdout


def test_a_metric_is_judged_like_a_check(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        metrics:
          mean_x: {model: m, sql: "SUM(x) / COUNT(*)"}
          reds: {model: m, sql: "SUM(CASE WHEN c = 'red' THEN 1 ELSE 0 END)", unit: orders}
        monitors:
          x: {metric: mean_x, threshold: {critical: {above: 2}}}
          change: {metric: mean_x, baseline: previous, threshold: {compare: difference, critical: {above: 2}}}
          reds: {metric: reds, segments: [overall, colour], min_rows: 0, threshold: {warning: {above: 0}}}
        """,
    )
    frame = rows.scored(2, shift=SHIFTED)
    before, after = frame.head(200), frame.tail(200)
    done = shop.run("--at", AT)
    assert done.one("x")["value"] == pytest.approx(after["x"].mean(), rel=1e-9)
    assert done.one("change")["baseline_value"] == pytest.approx(before["x"].mean(), rel=1e-9)
    assert done.statuses("x", "metric") == {"mean_x": "critical"}
    assert done.statuses("change", "metric") == {"mean_x": "critical"}
    reds = {(each["segment"] or {}).get("colour"): each["value"] for each in done.of("reds")}
    red = after.filter(pl.col("c") == "red").height
    assert reds == {None: red, "red": red, "green": 0, "blue": 0}


def test_each_class_of_a_multiclass_model_is_a_series(project: Project) -> None:
    frame = rows.scored(1, per_day=600)
    scores = frame.select("ts", p_a=pl.col("p") / 2, p_b=pl.col("p") / 2, p_c=1 - pl.col("p"), y=pl.col("c"))
    named = {"red": "a", "green": "b", "blue": "c"}
    project.data("scored.parquet", scores.with_columns(pl.col("y").replace(named), yhat=pl.lit("a")))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: ts}}
        models:
          m: {task: multiclass, source: scored, roles: {score: "p_*", prediction: yhat, target: y}}
        monitors:
          auc: {check: roc_auc, classes: each, threshold: none}
          recall: {check: recall, classes: [a, b], threshold: {critical: {below: 0.5}}}
        """
    )
    done = project.run("--at", rows.day(1))
    assert done.statuses("auc", "class") == {"a": "ok", "b": "ok", "c": "ok"}
    assert done.statuses("recall", "class") == {"a": "ok", "b": "critical"}
    assert done.one("recall", **{"class": "a"})["value"] == 1.0


def test_segments_are_unions_and_crosses_of_what_is_asked(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          rows: {check: row_count, segments: [overall, colour, tall, [colour, tall]], threshold: none}
        """,
    )
    frame = rows.scored(2, shift=SHIFTED).tail(200)
    expected = {"": 200.0}
    for colour, part in frame.group_by("c"):
        expected[f"colour={colour[0]}"] = float(part.height)
        expected[f"colour={colour[0]}/tall=true"] = float(part.filter(pl.col("x") > 1).height)
    expected["tall=true"] = float(frame.filter(pl.col("x") > 1).height)
    found = {each["series"].removeprefix("rows/m").lstrip("/"): each["value"] for each in shop.run("--at", AT).results}
    assert found == expected


def test_a_selection_does_not_measure_a_column_by_its_own_values(shop: Project) -> None:
    segments = "segments: [overall, colour, tall, [colour, tall]]"
    shop.write(
        rows.MODEL, f"monitors:\n  gaps: {{check: missing_rate, columns: features, {segments}, threshold: none}}"
    )
    done = shop.run("--at", AT)
    sliced = {(each["column"], *(each["segment"] or ())) for each in done.results}
    assert sliced >= {("x", "colour"), ("x", "colour", "tall"), ("c",), ("c", "tall")}
    assert not sliced & {("c", "colour"), ("c", "colour", "tall")}
    plan = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", AT)
    assert "  gaps/m: c: it is what the segment colour divides by\n" in plan.stdout


def test_a_column_that_is_named_is_measured_by_its_own_values_too(shop: Project) -> None:
    shop.write(
        rows.MODEL, "monitors:\n  gaps: {check: missing_rate, columns: [c], segments: [colour], threshold: none}"
    )
    assert {each["segment"]["colour"] for each in shop.run("--at", AT).results} == {"red", "green", "blue"}


def test_a_selection_of_nothing_but_what_its_segments_divide_by_measures_nothing(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        "monitors:\n  gaps: {check: missing_rate, columns: categorical, segments: [colour], threshold: none}",
    )
    assert shop.run("--at", AT).results == []
    plan = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", AT)
    assert "  gaps/m is not judged: its columns are what its segments divide by" in plan.stdout


def test_an_override_of_a_column_and_its_own_slices_go_together(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          gaps: {check: missing_rate, columns: features, segments: [overall, colour], threshold: none}
        overrides:
          - {match: {column: [c, x]}, set: {threshold: {critical: {above: 0.5}}}}
        """,
    )
    series = {each["series"] for each in shop.run("--at", AT).results}
    assert series == {"gaps/m/c"} | {
        f"gaps/m/{column}{slice}"
        for column in ("x", "z")
        for slice in ("", "/colour=red", "/colour=green", "/colour=blue")
    }


def test_beyond_the_top_values_the_rest_is_one_segment_or_is_cut(shop: Project) -> None:
    models = rows.MODEL.replace("colour: {by: c}", "colour: {by: c, top: 1}, cut: {by: c, top: 2, rest: false}")
    shop.write(models, "monitors:\n  drift: {check: ks, columns: x, segments: [colour, cut], threshold: none}")
    found = {each["series"].removeprefix("drift/m/x/"): each["rows"] for each in shop.run("--at", AT).results}
    counts = dict(rows.scored(2).tail(200)["c"].value_counts().iter_rows())
    assert found == {
        "colour=red": counts["red"],
        "colour=(rest)": counts["green"] + counts["blue"],
        "cut=red": counts["red"],
        "cut=green": counts["green"],
    }


def test_a_segment_of_the_baseline_that_has_no_rows_now_counts_0(shop: Project) -> None:
    frame = rows.scored(2)
    gone = (pl.col("c") == "blue") & (pl.col("ts") >= rows.START + pl.duration(days=1))
    shop.data("scored.parquet", frame.filter(~gone))
    shop.write(
        rows.MODEL,
        """
        monitors:
          volume: {check: row_count, segments: [colour], baseline: previous,
                   threshold: {compare: change, critical: {below: -50%}}}
          drift: {check: ks, columns: [x], segments: [colour], threshold: {critical: {above: 0.5}}}
        """,
    )
    done = shop.run("--at", AT)
    blue = {"colour": "blue"}
    assert (done.one("volume", segment=blue)["value"], done.one("volume", segment=blue)["status"]) == (0, "critical")
    assert done.one("drift", segment=blue)["status"] == "no_data"
    assert done.one("drift", segment={"colour": "red"})["status"] == "ok"


def test_a_disabled_monitor_is_not_run_and_the_option_selects_among_the_others(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          asleep: {check: row_count, enabled: false, threshold: none}
          count: {check: row_count, threshold: none}
          quality: {preset: quality}
        """,
    )
    assert "asleep" not in {each["monitor"] for each in shop.run("--at", AT).results}
    assert {each["monitor"] for each in shop.run("--at", AT, "--monitor", "co*").results} == {"count"}
    members = {each["monitor"] for each in shop.run("--at", AT, "--monitor", "quality").results}
    assert members == {"quality.missing_rate", "quality.unseen_rate", "quality.schema", "quality.duplicate_rate"}
    wrong = shop.run("--at", AT, "--monitor", "kuality")
    assert (wrong.code, wrong.stdout) == (2, "")
    assert "--monitor kuality fits no monitor; there are: count, quality" in wrong.stderr


def test_no_value_of_a_private_column_is_read(project: Project) -> None:
    """A smallest value is a value: a selection leaves the column out, to name it is a failure that says why."""
    project.data("rows.csv", rows.scored(1))
    project.write(
        """
        version: 1
        sources: {scored: {path: rows.csv, timestamp: ts}}
        models: {m: {source: scored, features: [x, z], columns: {x: {private: true}}}}
        monitors:
          all: {check: max, columns: features, threshold: none}
          named: {check: min, columns: [x], threshold: none}
          mean: {check: mean, columns: [x], threshold: none}
        """
    )
    done = project.run("--at", rows.day(1), "--dry-run")
    assert {each["column"] for each in done.of("all")} == {"z"}
    assert done.one("named")["status"] == "error"
    assert done.one("named")["reason"] == "min of x would show a value of it, and the column is private"
    assert done.one("mean")["status"] == "ok"


def test_segments_keep_their_place_when_a_moving_baseline_ranks_them_anew(project: Project) -> None:
    """Of three values two are segments; which have most rows changes from day to day, the two that were judged stay."""
    sizes = [
        {"a": 40, "b": 30, "c": 20},
        {"a": 20, "b": 30, "c": 40},
        {"a": 10, "b": 30, "c": 60},
        {"a": 30, "b": 30, "c": 30},
    ]
    day = [number for number, each in enumerate(sizes) for count in each.values() for _ in range(count)]
    shop = [name for each in sizes for name, count in each.items() for _ in range(count)]
    project.data("rows.csv", pl.DataFrame({"ts": [rows.START + timedelta(days=n) for n in day], "shop": shop}))
    project.write(
        """
        version: 1
        sources: {scored: {path: rows.csv, timestamp: ts}}
        models: {m: {source: scored, baseline: previous, segments: {shop: {by: shop, top: 2, rest: false}}}}
        monitors:
          rows: {check: row_count, segments: [shop], threshold: {compare: change, critical: {below: -90%}}}
        """
    )
    for number in (2, 3, 4):
        done = project.run("--at", rows.day(number))
        assert {each["segment"]["shop"] for each in done.of("rows")} == {"a", "b"}


def test_a_column_that_is_called_like_a_role_nobody_has_is_that_column(project: Project) -> None:
    project.data("scored.parquet", rows.scored(2).with_columns(pl.lit(3).alias("version"), pl.lit(1).alias("group")))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: ts}}
        models: {churn: {source: scored, roles: {group: x}}}
        monitors: {gaps: {check: missing_rate, columns: [version, group], threshold: {critical: {above: 50%}}}}
        """
    )
    assert project.run("--at", rows.day(1), "--dry-run").statuses("gaps") == {"version": "ok", "x": "ok"}


def test_a_matcher_by_a_tag_leaves_out_models_without_it(fleet: Project) -> None:
    """As everywhere: what is not there is matched by nothing, not even by `*`."""
    gaps = "gaps: {check: missing_rate, columns: [z], model: {tags: {tier: '*'}}, threshold: {critical: {above: 50%}}}"
    fleet.write(FLEET.replace("baseline: training, tags: {tier: 2}", "baseline: training"), f"monitors: {{{gaps}}}")
    assert set(fleet.run("--at", AT, "--dry-run").statuses("gaps", "model")) == {"fraud-north", "churn"}


def test_values_beyond_the_top_are_said_and_an_outage_is_said_once(project: Project) -> None:
    shop = [f"s{number}" for number in range(8) for _ in range(10)]
    at = [rows.START + timedelta(minutes=number) for number in range(80)]
    project.data("rows.csv", pl.DataFrame({"ts": at, "shop": shop, "x": [1.0] * 80}))
    project.write(
        """
        version: 1
        sources: {scored: {path: rows.csv, timestamp: ts}}
        models: {m: {source: scored, features: [x], segments: {shop: {by: shop, top: 5}}}}
        monitors:
          gaps: {check: missing_rate, segments: [shop], threshold: {critical: {above: 10%}}}
        """
    )
    said = project.call("run", str(project.folder / "monitors.yaml"), "--at", rows.day(1), "--dry-run").stdout
    assert (
        "not judged: gaps/m: 3 of 8 values of shop lie beyond the 5 of `top`: they are judged together as (rest)"
        in said
    )
    assert "insufficient data  gaps/m  5 series: 10 rows in the window, min_rows is 100" in said
    every = project.call("run", str(project.folder / "monitors.yaml"), "--at", rows.day(1), "--dry-run", "-v").stdout
    assert "gaps/m/x/shop=s0" in every
