"""How many rows must have a label before a check of labels is judged, and where that is said."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project

AT = rows.day(3)  # with labels a day late, the window is day 1
FRAME = rows.scored(3)
BEFORE, WINDOW = FRAME.slice(0, rows.DAY_ROWS), FRAME.slice(rows.DAY_ROWS, rows.DAY_ROWS)
METRICS = """
metrics:
  positives: {model: m, sql: "SUM(y)"}
"""


def write(project: Project, monitors: str, labels: str = "", defaults: str = "") -> None:
    model = rows.MODEL.replace(
        "    baseline: training", f"    labels: {{source: truth, key: id, delay: 1d{labels}}}\n    baseline: training"
    )
    source = "  training: {path: training.parquet}\n  truth: {path: truth.parquet, timestamp: known_at}"
    model = model.replace("{window: 1d}", f"{{window: 1d{defaults}}}")
    project.write(model.replace("  training: {path: training.parquet}", source), monitors, METRICS)


@pytest.fixture
def shop(project: Project) -> Project:
    """120 of the 200 rows of the window have a label, and 80 of those of the day before."""
    project.data("scored.parquet", FRAME.drop("y"))
    project.data("training.parquet", rows.training())
    project.data("truth.parquet", rows.labels(pl.concat([BEFORE.head(80), WINDOW.head(120)])))
    return project


def status(
    project: Project, monitor: str, *, also: str = "", labels: str = "", defaults: str = ""
) -> tuple[str, str | None]:
    write(project, f"monitors:\n  it: {{{monitor}}}\n{also}", labels, defaults)
    found = project.run("--at", AT, "--dry-run").one("it")
    return found["status"], found["reason"]


ACCURACY = "check: accuracy, threshold: none, min_rows: 10"


def test_a_share_and_a_number_of_labels_are_asked_for(shop: Project) -> None:
    assert status(shop, f"{ACCURACY}, min_labelled: 60%") == ("ok", None)
    few = ("insufficient_data", "60% of 200 rows have labels, min_labelled is 61%")
    assert status(shop, f"{ACCURACY}, min_labelled: 0.61") == few
    assert status(shop, f"{ACCURACY}, min_labelled: 120") == ("ok", None)
    few = ("insufficient_data", "120 of 200 rows have labels, min_labelled is 121")
    assert status(shop, f"{ACCURACY}, min_labelled: 121") == few


def test_a_metric_and_a_distance_of_labels_count_them_too(shop: Project) -> None:
    few = ("insufficient_data", "60% of 200 rows have labels, min_labelled is 90%")
    assert status(shop, "metric: positives, threshold: none, min_labelled: 90%") == few
    assert status(shop, "metric: positives, threshold: none, min_labelled: 50%") == ("ok", None)
    assert status(shop, "check: mean, columns: [target], threshold: none, min_labelled: 90%") == few
    psi = "check: psi, columns: [target], min_rows: 10, threshold: none"
    assert status(shop, f"{psi}, min_labelled: 90%") == few
    few = ("insufficient_data", "40% of 200 rows of the baseline have labels, min_labelled is 50%")
    assert status(shop, f"{psi}, baseline: previous, min_labelled: 50%") == few


def test_a_baseline_of_few_labels_is_no_baseline(shop: Project) -> None:
    change = "check: accuracy, min_rows: 10, baseline: previous, threshold: {compare: change, warning: {below: -50%}}"
    few = ("insufficient_data", "40% of 200 rows of the baseline have labels, min_labelled is 50%")
    assert status(shop, f"{change}, min_labelled: 50%") == few
    assert status(shop, f"{change}, min_labelled: 40%") == ("ok", None)


def test_the_monitor_says_it_or_its_model_or_the_defaults(shop: Project) -> None:
    few = "60% of 200 rows have labels, min_labelled is"
    of_model, of_defaults = ", min_labelled: 80%", ", min_labelled: 90%"
    assert status(shop, ACCURACY, defaults=of_defaults)[1] == f"{few} 90%"
    assert status(shop, ACCURACY, defaults=of_defaults, labels=of_model)[1] == f"{few} 80%"
    assert status(shop, f"{ACCURACY}, min_labelled: 70%", defaults=of_defaults, labels=of_model)[1] == f"{few} 70%"
    assert status(shop, f"{ACCURACY}, min_labelled: 0", defaults=of_defaults, labels=of_model) == ("ok", None)
    exception = "overrides:\n  - {match: {check: accuracy}, set: {min_labelled: 65%}}\n"
    assert status(shop, ACCURACY, also=exception, labels=of_model)[1] == f"{few} 65%"


def test_it_is_nothing_to_what_reads_no_labels_or_counts_them(shop: Project) -> None:
    everywhere = ", min_labelled: 90%"
    assert status(shop, "check: mean, columns: [x], threshold: none", defaults=everywhere) == ("ok", None)
    assert status(shop, "check: label_coverage, threshold: none", defaults=everywhere) == ("ok", None)


def test_plan_says_when_windows_are_judged_and_what_is_asked_of_them(shop: Project) -> None:
    write(shop, "monitors:\n  it: {check: accuracy, threshold: none}", ", max_delay: 14d, min_labelled: 50%")
    said = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", AT, "--origin").stdout
    expected = (
        "labelled: first judged 1d after the window's end, again as labels come until 14d after it; min_labelled 50%"
    )
    assert expected in " ".join(said.split())
    assert "min_labelled  50%" in said
    origin = next(line for line in said.splitlines() if line.strip().startswith("min_labelled "))
    assert origin.split("  ")[-1].strip().startswith("model, ")
    write(shop, "monitors:\n  it: {check: accuracy, threshold: none}")
    said = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", AT).stdout
    assert "labelled: judged 1d after the window's end" in said


def test_validate_with_data_knows_that_no_label_is_read(shop: Project) -> None:
    write(shop, "monitors:\n  it: {check: mean, columns: [x], threshold: none, min_labelled: 50%}")
    said = shop.call("validate", str(shop.folder / "monitors.yaml"), "--data").said
    assert "warning DL231: the monitor `it` reads no column of the labels" in said
    write(shop, "monitors:\n  it: {check: mean, columns: [target], threshold: none, min_labelled: 50%}")
    assert "DL231" not in shop.call("validate", str(shop.folder / "monitors.yaml"), "--data").said
