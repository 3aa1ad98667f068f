"""A column that cannot be measured says why, and nothing else is touched by it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran

ROWS = 400
AT = rows.day(1)
MONITORS = """
version: 1
defaults: {window: 1d}
sources:
  scored: {path: scored.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m: {source: scored, baseline: training, columns: {x: {type: numeric}}, features: [x, good, c]}
monitors:
  ks: {check: ks, columns: features, threshold: {critical: {above: 0.2}}}
  psi: {preset: drift}
  mean: {check: mean, columns: [x, good], threshold: {compare: change, critical: {above: 50%}}}
  missing: {check: missing_rate, columns: [x, good], threshold: {critical: {above: 50%}}}
  volume: {check: row_count, threshold: {critical: {below: 10}}}
"""


def run(project: Project, x: pl.Series | None, reference: pl.Series | None = None) -> Ran:
    """A run on rows whose column x is as given, beside sound ones of which `good` moved."""
    chance = np.random.default_rng(5)

    def frame(column: pl.Series | None, moved: float) -> pl.DataFrame:
        good = pl.Series("good", chance.normal(10 + moved, 1, ROWS))
        c = pl.Series("c", chance.choice(["a", "b"], ROWS))
        columns = [good, c] if column is None else [good, c, column.alias("x")]
        ts = [rows.START + timedelta(minutes=3 * at) for at in range(ROWS)]
        return pl.DataFrame([pl.Series("ts", ts, dtype=pl.Datetime("us", "UTC")), *columns])

    known = reference if reference is not None else pl.Series("x", chance.normal(0, 1, ROWS))
    project.data("scored.parquet", frame(x, moved=20.0))
    project.data("training.parquet", frame(known, moved=0.0).drop("ts"))
    project.write(MONITORS)
    return project.run("--at", AT)


def check_others(done: Ran) -> None:
    """The sound columns are judged as if nothing were wrong, and every status but ok has its reason."""
    assert (done.statuses("ks")["good"], done.statuses("psi")["good"]) == ("critical", "critical")
    assert done.statuses("psi")["c"] == "ok"
    assert done.statuses("mean")["good"] == "critical"
    assert (done.one("volume")["value"], done.one("volume")["status"]) == (ROWS, "ok")
    assert all(each["reason"] for each in done.results if each["status"] != "ok")
    numbers = [each[key] for each in done.results for key in ("value", "p_value", "bound") if each[key] is not None]
    assert all(math.isfinite(number) for number in numbers)


def of_x(done: Ran, monitor: str) -> dict[str, Any]:
    return done.one(monitor, column="x")


@pytest.mark.parametrize(
    "nothing",
    [
        pl.Series([None] * ROWS, dtype=pl.Float64),
        pl.Series([None] * ROWS, dtype=pl.Null),
        pl.Series([math.nan] * ROWS),
    ],
    ids=["nulls", "nulls-without-a-type", "nan"],
)
def test_a_column_of_nothing_has_no_data(project: Project, nothing: pl.Series) -> None:
    done = run(project, nothing)
    assert {of_x(done, monitor)["status"] for monitor in ("ks", "psi", "mean")} <= {"no_data", "insufficient_data"}
    assert (of_x(done, "missing")["value"], of_x(done, "missing")["status"]) == (1.0, "critical")
    assert done.code == 1
    check_others(done)


def test_infinities_are_values_at_the_ends(project: Project) -> None:
    some = np.where(np.arange(ROWS) % 4 == 0, np.inf, 0.5)
    done = run(project, pl.Series(np.where(np.arange(ROWS) % 8 == 0, -np.inf, some)))
    assert of_x(done, "ks")["status"] == "critical"
    mean = of_x(done, "mean")
    assert (mean["value"], mean["rows"]) == (0.5, ROWS * 3 // 4)  # the mean is that of the finite values
    check_others(done)


def test_a_constant_that_was_one_before_has_not_drifted(project: Project) -> None:
    done = run(project, pl.Series(np.full(ROWS, 7.0)), pl.Series(np.full(ROWS, 7.0)))
    assert (of_x(done, "ks")["value"], of_x(done, "ks")["status"]) == (0.0, "ok")
    assert (of_x(done, "psi")["status"], of_x(done, "mean")["compared"]) == ("ok", 0.0)
    check_others(done)


def test_a_column_that_became_constant_has_drifted(project: Project) -> None:
    done = run(project, pl.Series(np.full(ROWS, 7.0)))
    assert (of_x(done, "ks")["status"], of_x(done, "psi")["status"]) == ("critical", "critical")
    check_others(done)


def test_huge_values_overflow_into_a_failure_with_a_reason_and_no_number(project: Project) -> None:
    chance = np.random.default_rng(6)
    now, then = (pl.Series(chance.uniform(-1.7, 1.7, ROWS) * 1e308) for _ in range(2))
    done = run(project, now, then)
    assert of_x(done, "ks")["status"] == "ok"
    assert of_x(done, "mean")["value"] is None or math.isfinite(of_x(done, "mean")["value"])
    check_others(done)


def test_text_where_numbers_should_be_is_a_failure_that_names_the_remedy(project: Project) -> None:
    done = run(project, pl.Series(["a"] * ROWS))
    for monitor in ("ks", "psi", "mean"):
        assert of_x(done, monitor)["status"] == "error"
        assert "column x should be numeric but is String in source scored" in of_x(done, monitor)["reason"]
        assert "declare columns: {x: {type: categorical}}" in of_x(done, monitor)["reason"]
    assert done.code == 3
    check_others(done)


def test_a_type_that_no_check_reads_is_a_failure(project: Project) -> None:
    done = run(project, pl.Series([[1, 2]] * ROWS))
    assert of_x(done, "ks")["status"] == "error"
    assert "column x of source scored is List(Int64), which no check can read" in of_x(done, "ks")["reason"]
    assert done.code == 3
    check_others(done)


def test_a_column_that_is_missing_is_a_failure_that_names_the_source(project: Project) -> None:
    done = run(project, None)
    for monitor in ("ks", "psi", "mean", "missing"):
        assert of_x(done, monitor)["status"] == "error"
        assert "source scored has no column x" in of_x(done, monitor)["reason"]
    assert done.code == 3
    check_others(done)


def test_a_baseline_whose_column_is_of_another_type_is_said_to_be_at_fault(project: Project) -> None:
    done = run(project, pl.Series(np.arange(ROWS, dtype=float)), pl.Series(["a"] * ROWS))
    assert of_x(done, "ks")["status"] == "error"
    assert of_x(done, "ks")["reason"].startswith(
        "baseline: column x should be numeric but is String in source training"
    )
    assert of_x(done, "missing")["status"] == "ok"
    assert done.code == 3
    check_others(done)


def test_sql_that_fails_on_the_data_fails_alone_and_quotes_no_row(project: Project) -> None:
    project.data("scored.parquet", rows.scored(1).with_columns(c=pl.lit("a private name")))
    project.data("training.parquet", rows.training())
    project.write(
        rows.MODEL.replace('"x > 1"', '"CAST(c AS INT) > 1"'),
        """
        metrics: {words: {model: m, sql: "SUM(c)"}}
        monitors:
          count: {check: row_count, segments: [overall, tall], threshold: none}
          words: {metric: words, threshold: none}
          drift: {check: ks, threshold: {critical: {above: 0.5}}}
        """,
    )
    done = project.run("--at", AT)
    assert done.code == 3
    assert {each["segment"] and "tall": each["status"] for each in done.of("count")} == {None: "ok", "tall": "error"}
    assert done.one("words")["status"] == "error"
    assert "conversion from `str`" in done.one("words")["reason"]
    assert set(done.statuses("drift").values()) == {"ok"}
    assert "private" not in done.said
    assert project.holding("private name", besides=["scored.parquet"]) == []


def test_a_new_column_that_the_baseline_does_not_have_yet_is_no_failure(project: Project) -> None:
    """A selection that reaches it has nothing to compare it with; a column that is named has to be there."""
    project.data("scored.csv", rows.scored(1))
    project.data("training.csv", rows.training().drop("z"))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.csv, timestamp: ts}, training: {path: training.csv}}
        models: {m: {source: scored, baseline: training, features: [x, z]}}
        monitors:
          drift: {check: psi, columns: "?"}
          named: {check: psi, columns: [z]}
        """
    )
    done = project.run("--at", rows.day(1), "--dry-run", "--monitor", "drift")
    assert (done.code, done.statuses("drift")["z"]) == (0, "no_data")
    assert "source training has no column z" in done.one("drift", column="z")["reason"]
    named = project.run("--at", rows.day(1), "--dry-run", "--monitor", "named")
    assert (named.code, named.one("named")["status"]) == (3, "error")


def test_targets_whose_squares_overflow_fail_alone_and_with_a_reason(project: Project) -> None:
    rows_ = rows.scored(1).with_columns(z=pl.col("z") * 1e200, guess=pl.col("z"), w=pl.col("p") + 0.5)
    project.data("scored.parquet", rows_)
    project.write("""
    version: 1
    sources: {scored: {path: scored.parquet}}
    models:
      m: {task: regression, source: scored, roles: {prediction: guess, target: z, weight: w}}
    monitors:
      r2: {check: r2, threshold: {critical: {below: 10%}}}
      bias: {check: mean_error, threshold: {critical: {below: -1}}}
    """)
    done = project.run("--at", AT)
    assert done.one("r2")["status"] == "error"
    assert "double" in done.one("r2")["reason"]
    assert (done.one("bias")["status"], done.code) == ("critical", 3)


def test_attributions_that_were_never_logged_are_no_data(project: Project) -> None:
    frame = rows.training().with_columns(shap_x=pl.col("x"), shap_z=pl.col("z"))
    project.data("training.parquet", frame)
    project.data("scored.parquet", frame.with_columns(shap_x=None, shap_z=None))
    project.write("""
    version: 1
    sources: {scored: {path: scored.parquet}, training: {path: training.parquet}}
    models: {m: {source: scored, baseline: training}}
    monitors: {reasons: {check: attribution_drift, columns: "shap_*"}}
    """)
    done = project.run("--at", AT)
    reason = "fewer than two attributions hold a value on both sides"
    assert (done.one("reasons")["status"], done.one("reasons")["reason"]) == ("no_data", reason)


def test_an_interval_that_would_reach_to_infinity_is_left_out(project: Project) -> None:
    then = rows.training(800).with_columns(z=pl.col("z") * 1e200, guess=pl.col("x"))
    project.data("training.parquet", then)
    project.data("scored.parquet", rows.scored(2).with_columns(guess=pl.col("x")))
    project.write("""
    version: 1
    sources: {scored: {path: scored.parquet}, training: {path: training.parquet}}
    models:
      m: {task: regression, source: scored, baseline: training, roles: {prediction: guess, target: z}, features: [x, c]}
    monitors: {expected: {check: estimated_mae, threshold: {critical: {above: 1}}}}
    """)
    expected = project.run("--at", AT).one("expected")
    assert (expected["status"], expected["interval"]) == ("critical", None)
    assert math.isfinite(expected["value"])
