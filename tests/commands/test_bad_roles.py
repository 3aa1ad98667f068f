"""A column that cannot serve in its role says so by name, and one that is of two kinds on two sides is not compared."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran

BINARY = """
version: 1
sources:
  today: {path: today.parquet}
  training: {path: training.parquet}
models:
  m:
    {task: binary, source: today, baseline: training, roles: {score: p, prediction: yhat, target: y}, features: [x, c]}
monitors:
  auc: {check: roc_auc, threshold: {compare: change, critical: {below: -50%}}}
  score: {check: psi, columns: score, threshold: {critical: {above: 0.25}}}
  drift: {check: psi, columns: features, threshold: {critical: {above: 0.25}}}
  accuracy: {check: accuracy, threshold: {critical: {below: 10%}}}
"""


def run(project: Project, configuration: str, today: pl.DataFrame, training: pl.DataFrame) -> Ran:
    project.data("today.parquet", today)
    project.data("training.parquet", training)
    project.write(configuration)
    return project.run("--at", rows.day(1))


def binary(project: Project, *, now: pl.Expr | None = None, then: pl.Expr | None = None, more: str = "") -> Ran:
    today, training = rows.scored(2).drop("ts"), rows.training()
    today = today.with_columns(now) if now is not None else today
    return run(project, BINARY + more, today, training.with_columns(then) if then is not None else training)


@pytest.mark.parametrize("text", [pl.lit("high"), pl.col("p").cast(pl.String)], ids=["words", "digits"])
def test_text_in_the_role_score_is_a_failure_of_what_reads_it_and_of_nothing_else(
    project: Project, text: pl.Expr
) -> None:
    done = binary(project, now=text.alias("p"))
    for monitor in ("auc", "score"):
        assert done.one(monitor)["status"] == "error"
        assert done.one(monitor)["reason"] == (
            "column p of source today is String, and the role score needs numbers; convert it"
        )
    assert (done.one("accuracy")["status"], done.one("drift", column="x")["status"]) == ("ok", "ok")
    assert done.code == 3


def test_text_in_the_role_score_of_the_baseline_names_the_baseline(project: Project) -> None:
    done = binary(project, then=pl.col("p").cast(pl.String))
    for monitor in ("auc", "score"):
        assert done.one(monitor)["reason"] == (
            "baseline: column p of source training is String, and the role score needs numbers; convert it"
        )


def test_numbers_that_became_text_are_not_compared_as_if_each_were_a_category(project: Project) -> None:
    done = binary(project, now=pl.col("x").cast(pl.String))
    assert done.one("drift", column="x")["status"] == "error"
    assert done.one("drift", column="x")["reason"] == (
        "baseline: column x is text, but Float64 in source training; "
        "convert it, or declare columns: {x: {type: categorical}}"
    )
    assert done.one("drift", column="c")["status"] == "ok"


def test_a_declared_category_may_be_text_on_one_side_and_numbers_on_the_other(project: Project) -> None:
    configuration = BINARY.replace("features:", "columns: {c: {type: categorical}}, features:")
    code = pl.col("c").replace_strict({"red": 1, "green": 2, "blue": 3})
    today, training = rows.scored(2).drop("ts"), rows.training()
    done = run(project, configuration, today.with_columns(code.cast(pl.String)), training.with_columns(code))
    assert (done.one("drift", column="c")["status"], done.code) == ("ok", 0)


def test_text_in_the_role_weight_and_in_a_prediction_of_numbers_is_named(project: Project) -> None:
    frame = rows.scored(2).drop("ts").with_columns(w=pl.lit("one"), guess=pl.lit("ten"))
    configuration = """
    version: 1
    sources: {today: {path: today.parquet}}
    models:
      weighed: {task: binary, source: today, roles: {score: p, prediction: yhat, target: y, weight: w}}
      numbers: {task: regression, source: today, roles: {prediction: guess, target: z}}
    monitors:
      accuracy: {check: accuracy, model: weighed, threshold: {critical: {below: 10%}}}
      mae: {check: mae, model: numbers, threshold: {critical: {above: 10}}}
    """
    done = run(project, configuration, frame, frame)
    of_role = "of source today is String, and the role {} needs numbers; convert it"
    assert done.one("accuracy")["reason"] == f"column w {of_role.format('weight')}"
    assert done.one("mae")["reason"] == f"column guess {of_role.format('prediction')}"


def test_a_class_whose_score_column_is_gone_is_missed_though_a_glob_names_the_columns(project: Project) -> None:
    training = rows.training().with_columns(
        s_a=1 - pl.col("p"), s_b=pl.col("p"), t=pl.col("y").replace_strict({0: "a", 1: "b"})
    )
    configuration = """
    version: 1
    sources: {today: {path: today.parquet}, training: {path: training.parquet}}
    models:
      m: {task: multiclass, source: today, baseline: training, roles: {score: "s_*", target: t, prediction: t}}
    monitors:
      loss: {check: log_loss, threshold: {compare: change, critical: {above: 50%}}}
    """
    assert run(project, configuration, training, training).one("loss")["status"] == "ok"
    gone = run(project, configuration, training.drop("s_b"), training).one("loss")
    assert (gone["status"], gone["reason"]) == ("error", "source today has no column s_b; did you mean s_a?")
