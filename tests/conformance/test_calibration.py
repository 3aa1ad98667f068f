"""No check cries wolf: over the registry, where nothing changed. `benchmarks/calibration.py` looks closer."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from benchmarks.calibration import LEVELS, Cells, calibrate
from benchmarks.trials import cases

SIZE, TRIALS = (300, 1_000), 40
FITTED = {"domain_classifier", "estimated_mae", "estimated_mape", "estimated_rmse"}  # a model each reading
SURPRISE = 1e-6  # of each of hundreds of cells


@pytest.fixture(scope="module")
def found() -> Cells:
    chosen = [case for case in cases() if case.check.kind not in FITTED]
    return calibrate(chosen, [SIZE], TRIALS, seed=20260101, truth_rows=200_000)


def test_p_values_are_small_no_more_often_than_they_say(found: Cells) -> None:
    assert found
    most = [binom.ppf(1 - SURPRISE, TRIALS, level) for level in LEVELS]
    loud = {
        (kind, data): cell.alarms
        for (kind, data, _), cell in found.items()
        if any(alarms > limit for alarms, limit in zip(cell.alarms, most, strict=True))
    }
    assert loud == {}


def test_noise_floors_and_intervals_hold_as_often_as_they_say(found: Cells) -> None:
    most = binom.ppf(1 - SURPRISE, TRIALS, 0.05)
    wrong = {
        (kind, data): (cell.above_noise, cell.missed)
        for (kind, data, _), cell in found.items()
        if max(cell.above_noise, cell.missed) > most
    }
    assert wrong == {}


def test_every_trial_is_read(found: Cells) -> None:
    assert {(kind, data): cell.failure for (kind, data, _), cell in found.items() if cell.failure} == {}
