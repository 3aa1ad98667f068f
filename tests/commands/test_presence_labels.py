"""Labels that say it by being there: a row means fraud, and none means an honest payment."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project

AT = rows.day(3)
FRAME = rows.scored(3)
HAPPENED = rows.labels(FRAME).filter(pl.col("y") == 1)
MONITORS = """
monitors:
  auc: {check: roc_auc, threshold: none}
  precision: {check: precision, threshold: none}
  coverage: {check: label_coverage, threshold: none}
  positives: {metric: positives, threshold: none}
metrics:
  positives: {model: m, sql: "SUM(y)"}
"""


def write(project: Project, labels: str, monitors: str = MONITORS, positive: str = "") -> None:
    said = f"    labels: {{source: truth, delay: 1d, {labels}}}\n    baseline: training{positive}"
    source = "  training: {path: training.parquet}\n  truth: {path: truth.parquet, timestamp: known_at}"
    model = rows.MODEL.replace("    baseline: training", said)
    project.write(model.replace("  training: {path: training.parquet}", source), monitors)


@pytest.fixture
def shop(project: Project) -> Project:
    """Payments without their truth, and the ids and times of those that were disputed."""
    project.data("scored.parquet", FRAME.drop("y"))
    project.data("training.parquet", rows.training())
    project.data("truth.parquet", HAPPENED.drop("y"))
    return project


def values(project: Project) -> dict[str, tuple[object, ...]]:
    done = project.run("--at", AT)
    return {r["monitor"]: (r["status"], r["value"], r["rows"], r["labelled_rows"]) for r in done.results}


def test_a_row_without_a_column_of_the_truth_measures_as_one_with_it(shop: Project) -> None:
    write(shop, "present: 1, absent: 0")
    said_by_presence = values(shop)
    shop.data("truth.parquet", HAPPENED)
    write(shop, "absent: 0")
    assert said_by_presence == values(shop)
    assert said_by_presence["auc"][0] == "ok"
    assert said_by_presence["precision"][0] == "ok"
    assert said_by_presence["positives"][1] == FRAME.slice(200, 200)["y"].sum()


def test_a_column_of_the_truth_counts_where_there_is_one(shop: Project) -> None:
    shop.data("truth.parquet", rows.labels(FRAME))
    write(shop, "present: 1, absent: 0")
    assert values(shop)["positives"][1] == FRAME.slice(200, 200)["y"].sum()


def test_an_id_that_is_there_twice_is_one_label(shop: Project) -> None:
    once = HAPPENED.drop("y")
    again = once.with_columns(pl.col("known_at") + timedelta(hours=1))
    write(shop, "present: 1, absent: 0")
    expected = values(shop)
    shop.data("truth.parquet", pl.concat([once, again]))
    assert values(shop) == expected
    write(shop, "present: 1, absent: 0, keep: error")
    done = shop.run("--at", AT)
    assert done.code == 3
    assert "have more than one label, and labels say keep: error" in str(done.one("auc")["reason"])


@pytest.mark.parametrize(
    ("labels", "positive"), [("present: fraud, absent: honest", "fraud"), ("present: true, absent: false", "1")]
)
def test_the_truth_may_be_a_class_or_a_truth_value(shop: Project, labels: str, positive: str) -> None:
    auc = "monitors:\n  auc: {check: roc_auc, threshold: none}\n"
    write(shop, "present: 1, absent: 0", auc)
    expected = values(shop)
    write(shop, labels, auc, f"\n    positive: {positive}")
    assert values(shop) == expected


def test_without_an_absent_value_only_rows_with_a_label_are_labelled(shop: Project) -> None:
    write(shop, "present: 1")
    found = values(shop)
    happened = FRAME.slice(200, 200)["y"].sum()
    assert found["positives"][1] == happened
    assert found["coverage"][1] == pytest.approx(happened / 200)


def test_a_look_at_the_data_says_what_to_write(shop: Project) -> None:
    write(shop, "absent: 0")
    done = shop.call("validate", "--data", str(shop.folder / "monitors.yaml"))
    assert done.code == 2
    assert "DL101" in done.said
    assert "write `labels: {present: 1}`" in done.said
    write(shop, "present: 1, absent: 0")
    assert shop.call("validate", "--data", str(shop.folder / "monitors.yaml")).code == 0
