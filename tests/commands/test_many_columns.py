"""Checks on many columns at once, as a user runs them: one series per model, whatever is selected."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project

MODEL = """
version: 1
sources:
  today: {path: today.parquet}
  training: {path: training.parquet}
models:
  m:
    source: today
    roles: {id: key}
    baseline: training
    columns: {secret: {private: true}}
"""


def rows(count: int, seed: int, sign: float) -> pl.DataFrame:
    """Two columns that go together, or against each other, which neither of them shows."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(2, count))
    return pl.DataFrame(
        {
            "key": np.arange(count),
            "x": x,
            "y": sign * 0.9 * x + 0.44 * y,
            "z": random.normal(size=count),
            "word": random.choice(["a", "b", "c"], count),
            "secret": random.normal(size=count),
        }
    )


@pytest.fixture
def project_of_two(project: Project) -> Project:
    rows(3_000, 1, 1.0).write_parquet(project.folder / "training.parquet")
    rows(2_000, 2, -1.0).write_parquet(project.folder / "today.parquet")
    return project


def results(project: Project, monitors: str) -> dict[str, dict[str, object]]:
    project.write(MODEL, monitors)
    found = project.run("--fail-on", "never")
    return {row["series"]: row for row in found.results}


def test_what_no_column_shows_is_seen_by_those_that_look_at_all(project_of_two: Project) -> None:
    found = results(
        project_of_two,
        """
monitors:
  each: {check: ks, columns: numeric}
  pairs: {check: correlation_change, columns: features}
  components: {check: pca_reconstruction, columns: features}
  classifier: {check: domain_classifier, columns: [x, y, z, word]}
  kernel: {check: mmd, columns: features}
""",
    )
    assert {row["status"] for name, row in found.items() if name.startswith("each/")} == {"ok"}
    assert {name for name, row in found.items() if row["status"] == "critical"} >= {
        "pairs/m",
        "components/m",
        "classifier/m",
    }
    assert found["kernel/m"]["p_value"] == 0.001
    contributions = found["pairs/m"]["contributions"]
    assert isinstance(contributions, list)
    assert contributions[0]["name"] == "x × y"
    assert {one["name"] for one in found["classifier/m"]["contributions"]} >= {"x", "y"}  # type: ignore[attr-defined]
    assert "secret" not in str(found["pairs/m"])


def test_columns_that_cannot_be_measured_are_left_out_with_the_reason(project_of_two: Project) -> None:
    project_of_two.write(MODEL, "\nmonitors:\n  pairs: {check: correlation_change, columns: features}\n")
    plan = project_of_two.call("plan", str(project_of_two.folder / "monitors.yaml")).stdout
    assert "word: correlation_change cannot measure categorical columns" in plan
    assert "secret is private, and of private columns no rows are kept" in plan


def test_a_named_column_that_cannot_be_measured_fails_the_series(project_of_two: Project) -> None:
    found = results(project_of_two, "\nmonitors:\n  pairs: {check: correlation_change, columns: [x, word]}\n")
    assert found["pairs/m"]["status"] == "error"
    assert found["pairs/m"]["reason"] == "correlation_change cannot measure categorical columns"


def test_one_column_has_no_correlation(project_of_two: Project) -> None:
    project_of_two.write(MODEL, "\nmonitors:\n  pairs: {check: correlation_change, columns: [x]}\n")
    plan = project_of_two.call("plan", str(project_of_two.folder / "monitors.yaml")).stdout
    assert "correlation_change looks at 2 columns or more at once, and can measure 1" in plan


def test_attributions_are_chosen_by_their_prefix(project: Project) -> None:
    for name, scale in (("training", (3.0, 1.0, 0.2)), ("today", (0.2, 1.0, 3.0))):
        random = np.random.default_rng(3)
        columns = {f"shap_{c}": random.normal(0, s, 500) for c, s in zip("abc", scale, strict=True)}
        pl.DataFrame({"key": np.arange(500), **columns}).write_parquet(project.folder / f"{name}.parquet")
    found = results(project, "\nmonitors:\n  why: {check: attribution_drift}\n")
    assert found["why/m"]["status"] == "critical"
    assert found["why/m"]["reason"] is not None
    assert "first is shap_c, was shap_a" in str(found["why/m"]["reason"])
