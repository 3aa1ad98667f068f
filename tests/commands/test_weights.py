"""The role `weight` with columns that are none, or not everywhere: told clearly, and rows without one do not count."""

from __future__ import annotations

import polars as pl
import pytest
from sklearn.metrics import accuracy_score

from tests.commands import rows
from tests.commands.project import Project

CONFIG = rows.MODEL.replace("target: y}", "target: y, weight: w}")
MONITORS = "monitors: {right: {check: accuracy, min_rows: 0, threshold: {critical: {below: 0.1}}}}"


def written(project: Project, weight: pl.Expr) -> pl.DataFrame:
    frame = rows.scored(2).with_columns(w=weight)
    project.data("scored.parquet", frame)
    project.data("training.parquet", rows.training(500).with_columns(w=pl.lit(1.0)))
    project.write(CONFIG, MONITORS)
    return frame


def test_a_weight_of_text_is_an_error_at_its_place_and_in_the_run(project: Project) -> None:
    written(project, pl.lit("heavy"))
    checked = project.call("validate", str(project.folder / "monitors.yaml"), "--data")
    assert checked.code == 2
    assert "error DL102: the weight `w` is String in the source `scored`, not a number" in checked.said
    assert "help: name another column, or convert it" in checked.said
    done = project.run("--at", rows.day(2), "--dry-run")
    assert done.code == 3
    assert done.one("right")["status"] == "error"
    assert "column w of source scored is String, and the role weight needs numbers" in done.one("right")["reason"]


@pytest.mark.parametrize("bad", [None, -1.0, float("nan"), float("inf")], ids=["missing", "negative", "nan", "inf"])
def test_a_row_whose_weight_is_none_counts_as_one_without_a_label(project: Project, bad: float | None) -> None:
    at = pl.int_range(pl.len()) % 4
    frame = written(project, pl.when(at == 0).then(pl.lit(bad, pl.Float64)).otherwise(at * 1.5))
    done = project.run("--at", rows.day(2), "--dry-run")
    kept = frame[rows.DAY_ROWS :].filter(pl.int_range(pl.len()) % 4 != 0)
    result = done.one("right")
    assert result["value"] == pytest.approx(accuracy_score(kept["y"], kept["yhat"], sample_weight=kept["w"]), rel=1e-12)
    assert (result["rows"], result["labelled_rows"]) == (rows.DAY_ROWS, kept.height)


@pytest.mark.parametrize(
    ("weight", "reason"),
    [
        (pl.lit(-1.0), "none of 200 rows has a target, a prediction and a valid weight"),
        (pl.lit(0.0), "the labelled rows weigh nothing"),
    ],
    ids=["negative", "zero"],
)
def test_weights_of_which_none_counts_leave_nothing_to_read(project: Project, weight: pl.Expr, reason: str) -> None:
    written(project, weight)
    result = project.run("--at", rows.day(2), "--dry-run").one("right")
    assert (result["status"], result["reason"]) == ("no_data", reason)
