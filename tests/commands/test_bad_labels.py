"""Ground truth that is missing, broken, late or repeated: what needs it says so, the rest is judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from sklearn import metrics

from tests.commands import rows
from tests.commands.project import Project

AT = rows.day(3)  # with labels a day late, the window is day 1
FRAME = rows.scored(3)
MONITORS = """
monitors:
  auc: {check: roc_auc, threshold: none}
  coverage: {check: label_coverage, threshold: {critical: {below: 50%}}}
  positives: {metric: positives, threshold: none}
  drift: {check: ks, columns: features, threshold: {critical: {above: 0.2}}}
  volume: {check: row_count, threshold: {critical: {below: 10}}}
metrics:
  positives: {model: m, sql: "SUM(y)"}
"""


def write(project: Project, keep: str = "", truth: str = "truth.parquet") -> None:
    labels = f"    labels: {{source: truth, key: id, delay: 1d{keep}}}\n    baseline: training"
    source = f"  training: {{path: training.parquet}}\n  truth: {{path: {truth}, timestamp: known_at}}"
    model = rows.MODEL.replace("    baseline: training", labels)
    project.write(model.replace("  training: {path: training.parquet}", source), MONITORS)


@pytest.fixture
def shop(project: Project) -> Project:
    """Rows without their truth, and the truth beside them."""
    project.data("scored.parquet", FRAME.drop("y"))
    project.data("training.parquet", rows.training())
    project.data("truth.parquet", rows.labels(FRAME))
    write(project)
    return project


def auc(day: int, labels: pl.DataFrame) -> float:
    """What scikit-learn says of the rows of a day that have a label."""
    joined = FRAME.slice(day * rows.DAY_ROWS, rows.DAY_ROWS).drop("y").join(labels, on="id")
    return float(metrics.roc_auc_score(joined["y"], joined["p"]))


def test_labelled_windows_wait_for_their_labels_and_the_others_do_not(shop: Project) -> None:
    done = shop.run("--at", AT)
    found = done.one("auc")
    assert found["window"] == {"start": rows.day(1), "end": rows.day(2)}
    assert (found["rows"], found["labelled_rows"]) == (200, 200)
    assert found["value"] == pytest.approx(auc(1, rows.labels(FRAME)), abs=1e-6)
    assert done.one("volume")["window"] == {"start": rows.day(2), "end": rows.day(3)}
    assert done.one("positives")["value"] == FRAME.slice(200, 200)["y"].sum()
    assert done.code == 0


def test_a_label_that_was_not_known_yet_does_not_count(shop: Project) -> None:
    shop.data("truth.parquet", rows.labels(FRAME, timedelta(hours=36)))  # half of day 1 is known on day 3, 00:00
    done = shop.run("--at", AT)
    assert (done.one("auc")["rows"], done.one("auc")["labelled_rows"]) == (200, 101)
    assert done.one("coverage")["value"] == 101 / 200


def failed(project: Project, *said: str) -> None:
    """All that touches a label failed with that reason, and nothing else did."""
    done = project.run("--at", AT)
    assert done.code == 3
    for monitor in ("auc", "coverage", "positives"):
        found = done.one(monitor)
        assert found["status"] == "error", found
        assert all(part in found["reason"] for part in said), found["reason"]
    assert {each["status"] for each in done.of("drift")} == {"ok"}
    assert done.one("volume")["status"] == "ok"


def test_labels_that_are_missing_fail_what_needs_them(shop: Project) -> None:
    (shop.folder / "truth.parquet").unlink()
    failed(shop, "truth", "does not exist")


def test_labels_that_are_half_written_fail_what_needs_them(shop: Project) -> None:
    path = shop.folder / "truth.parquet"
    path.write_bytes(path.read_bytes()[:500])
    failed(shop, "truth.parquet")


def test_labels_that_break_off_in_the_middle_fail_what_needs_them(shop: Project) -> None:
    path = shop.folder / "truth.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 400 + content[404:])  # the footer still reads
    failed(shop, "truth")


def test_labels_without_their_key_or_target_fail_what_needs_them(shop: Project) -> None:
    shop.data("truth.parquet", rows.labels(FRAME).rename({"id": "order"}))
    failed(shop, "label source truth has no column id")
    shop.data("truth.parquet", rows.labels(FRAME).rename({"y": "target"}))
    failed(shop, "label source truth has no column y")


def test_labels_of_which_none_has_come_are_no_data(shop: Project) -> None:
    shop.data("truth.parquet", rows.labels(FRAME).clear())
    done = shop.run("--at", AT)
    assert (done.one("auc")["status"], done.one("auc")["labelled_rows"]) == ("no_data", None)
    assert done.one("auc")["reason"]
    assert (done.one("coverage")["value"], done.one("coverage")["status"]) == (0, "critical")
    assert done.one("volume")["status"] == "ok"


def twice() -> pl.DataFrame:
    """Every id of day 1 has a second label an hour after its first, and it says the contrary."""
    first = rows.labels(FRAME)
    again = first.slice(200, 200).with_columns(known_at=pl.col("known_at") + timedelta(hours=1), y=1 - pl.col("y"))
    return pl.concat([again, first])


@pytest.mark.parametrize("keep", ["", ", keep: last", ", keep: first"])
def test_one_label_counts_per_id_and_rows_are_not_multiplied(shop: Project, keep: str) -> None:
    shop.data("truth.parquet", twice())
    write(shop, keep)
    found = shop.run("--at", AT).one("auc")
    expected = auc(1, rows.labels(FRAME))
    assert (found["rows"], found["labelled_rows"]) == (200, 200)
    assert found["value"] == pytest.approx(expected if "first" in keep else 1 - expected, abs=1e-6)


def test_repeated_labels_are_an_error_where_the_model_says_so(shop: Project) -> None:
    write(shop, ", keep: error")
    assert shop.run("--at", AT, "--dry-run").code == 0
    shop.data("truth.parquet", twice())
    failed(shop, "truth", "200 ids have more than one label")


def test_a_row_that_never_gets_a_label_counts_as_what_the_model_says(shop: Project) -> None:
    known = rows.labels(FRAME).filter(pl.col("y") == 1)
    shop.data("truth.parquet", known)
    write(shop, ", absent: 0")
    found = shop.run("--at", AT).one("auc")
    assert found["labelled_rows"] == 200
    assert found["value"] == pytest.approx(auc(1, rows.labels(FRAME)), abs=1e-6)


def test_labels_in_csv_of_another_integer_type_still_join(shop: Project) -> None:
    frame: Any = rows.labels(FRAME).with_columns(pl.col("known_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    shop.data("truth.csv", frame)
    write(shop, truth="truth.csv")
    shop.data("scored.parquet", FRAME.drop("y").with_columns(pl.col("id").cast(pl.Int32)))
    assert shop.run("--at", AT).one("auc")["labelled_rows"] == 200
