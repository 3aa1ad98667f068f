"""Labels and predictions as they come: what is read of them is never surer than they are, and nothing raises."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import r2_score

from driftline.checks.base import Column, Subject
from driftline.checks.performance._calibration import expected_error
from driftline.checks.performance._ranking import Measured, Ranked
from driftline.model import Failed, Reading, Value
from driftline.registry import load
from tests.conformance.reading import found_type, read

ROLES = {"target": "y", "prediction": "yh", "score": "s"}


def reading(kind: str, task: str, rows: Mapping[str, object], folder: Path) -> Reading:
    frame = pl.DataFrame(rows)
    columns = {name: Column(name, found_type(dtype)) for name, dtype in frame.schema.items()}
    on = Subject(roles={r: columns[name] for r, name in ROLES.items() if name in columns}, task=task)
    return read(load().check_class(kind)(), on, frame, folder)


def value(kind: str, task: str, rows: Mapping[str, object], folder: Path) -> Value:
    found = reading(kind, task, rows, folder)
    assert isinstance(found, Value), found
    return found


@pytest.mark.parametrize("kind", ["r2", "explained_variance"])
def test_targets_so_far_from_zero_that_rounding_is_all_have_a_value_without_an_interval(
    kind: str, tmp_path: Path
) -> None:
    chance = np.random.default_rng(3)
    y = 1e12 + chance.normal(0, 1, 100)
    rows = {"y": y, "yh": y + chance.normal(0, 0.5, 100)}
    found = value(kind, "regression", rows, tmp_path)
    assert found.value == pytest.approx(r2_score(rows["y"] - 1e12, rows["yh"] - 1e12), abs=0.02)
    assert found.interval is None
    assert found.standard_error is None


@pytest.mark.parametrize("kind", ["r2", "explained_variance", "mse"])
def test_targets_too_large_to_square_fail_with_a_reason(kind: str, tmp_path: Path) -> None:
    found = reading(kind, "regression", {"y": [1e200, -1e200] * 50, "yh": [1e180, 2e200] * 50}, tmp_path)
    assert isinstance(found, Failed)
    assert "range of a double" in found.reason


def test_relative_errors_too_large_to_square_have_a_mean(tmp_path: Path) -> None:
    found = value("mape", "regression", {"y": [1e-200] * 40, "yh": [1.0] * 40}, tmp_path)
    assert found.value == pytest.approx(1e200)


@pytest.mark.parametrize("kind", ["cohen_kappa", "mcc"])
def test_a_model_that_says_one_class_only_is_not_known_to_agree_by_chance(kind: str, tmp_path: Path) -> None:
    found = value(kind, "binary", {"y": [1, 0, 0, 0] * 10, "yh": [0] * 40}, tmp_path)
    assert found.value == 0.0
    assert found.standard_error is not None
    assert found.standard_error > 0.1


def test_the_log_loss_of_one_row_has_no_interval(tmp_path: Path) -> None:
    found = value("log_loss", "binary", {"y": [1], "s": [0.9]}, tmp_path)
    assert found.value == pytest.approx(-np.log(0.9))
    assert found.interval is None


def calibration_error(scores: np.ndarray, outcomes: np.ndarray) -> Measured:
    found = expected_error(Ranked(outcomes, 1 - outcomes, outcomes, 1 - outcomes, scores, scores), 10)
    assert isinstance(found, Measured)
    return found


def test_bins_without_a_positive_leave_room_for_one() -> None:
    """Scores of 2 % that are right: of 100 rows, one window in eight has no positive at all."""
    found = calibration_error(np.full(100, 0.02), np.zeros(100))
    assert found.interval is not None
    assert found.interval[0] == 0.0
    assert found.interval[1] > 0.03


@pytest.mark.parametrize("rows", [100, 1_000])
def test_the_interval_of_a_calibration_error_holds_the_truth_where_positives_are_rare(rows: int) -> None:
    chance = np.random.default_rng(5)
    scores = chance.beta(1, 50, (300, rows))
    outcomes = (chance.random(scores.shape) < scores).astype(float)
    found = [calibration_error(*each).interval for each in zip(scores, outcomes, strict=True)]
    assert sum(ends is not None and ends[0] <= 1e-12 for ends in found) >= 0.92 * len(found)
