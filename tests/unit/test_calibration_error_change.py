"""A calibration error of few rows against one of many: chance is not taken for a change, and a change is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from driftline.checks.base import Check, Column, ColumnType, Profiles, Subject
from driftline.checks.performance._binned_errors import change_p_value
from driftline.checks.performance._ranking import Ranked
from driftline.registry import load
from tests.conformance.reading import MOMENT, opened, profiles_of, scan

NUMBER = ColumnType.NUMERIC
ROLES = {"target": Column("y", NUMBER), "score": Column("s", NUMBER)}


def side(random: np.random.Generator, count: int, slope: float = 1.0) -> Ranked:
    """Rows whose scores have the log-odds of their outcome times `slope`; of a thousand different scores."""
    s = random.beta(2, 3, count).round(3).clip(0.001, 0.999)
    y = random.random(count) < 1 / (1 + (1 / s - 1) ** slope)
    scores, at = np.unique(s, return_inverse=True)
    positives, negatives = np.bincount(at, y).astype(float), np.bincount(at, ~y).astype(float)
    return Ranked(positives, negatives, positives, negatives, scores, scores)


def profiles(check: Check, on: Subject, frame: pl.DataFrame, folder: Path) -> Profiles:
    needs = check.needs(on)
    found = profiles_of(needs, scan(opened(frame, folder), [*needs.values()]))
    assert isinstance(found, dict)
    return found


def p_value(window: Ranked, baseline: Ranked, bins: int = 10) -> float:
    found = change_p_value({"1": window}, {"1": baseline}, bins, 999)
    assert found is not None
    return found


@pytest.mark.parametrize("slope", [1.0, 0.7], ids=["right", "too sure"])
@pytest.mark.parametrize(("window", "baseline"), [(200, 20_000), (20_000, 200), (300, 3_000)])
def test_no_change_is_significant_no_more_often_than_said(slope: float, window: int, baseline: int) -> None:
    random = np.random.default_rng(3)
    found = [p_value(side(random, window, slope), side(random, baseline, slope)) for _ in range(200)]
    alarms = sum(p <= 0.05 for p in found)
    assert stats.binom.ppf(0.0005, 200, 0.05) <= alarms <= stats.binom.ppf(0.9995, 200, 0.05)


def test_a_model_that_is_too_sure_all_of_a_sudden_is_seen() -> None:
    random = np.random.default_rng(4)
    assert p_value(side(random, 1_000, 0.3), side(random, 20_000)) <= 0.001
    assert p_value(side(random, 1_000), side(random, 20_000, 0.3)) <= 0.001


@pytest.mark.parametrize("bins", [1, 3, 40])
def test_any_number_of_bins_will_do(bins: int) -> None:
    random = np.random.default_rng(5)
    found = [p_value(side(random, 200), side(random, 5_000), bins) for _ in range(60)]
    assert sum(p <= 0.05 for p in found) <= stats.binom.ppf(0.9995, 60, 0.05)


def test_rows_of_one_weight_are_rows(tmp_path: Path) -> None:
    check: Check = load().check_class("expected_calibration_error")()
    random = np.random.default_rng(6)
    s = random.random(600).round(2)
    frame = pl.DataFrame({"y": (random.random(600) < s).astype(int), "s": s, "w": 2.5})
    plain = Subject(roles=ROLES, task="binary")
    weighted = Subject(roles={**ROLES, "weight": Column("w", NUMBER)}, task="binary")

    def change(on: Subject) -> float | None:
        now, then = (profiles(check, on, part, tmp_path) for part in (frame[:200], frame[200:]))
        return check.change_p_value(on, MOMENT, now, then)

    assert change(plain) == change(weighted)
    assert change(plain) is not None


def test_an_average_over_classes_is_rather_too_quiet() -> None:
    random = np.random.default_rng(7)
    found: list[float] = []
    for _ in range(100):
        now, then = ({name: side(random, count) for name in "abc"} for count in (200, 5_000))
        p = change_p_value(now, then, 10, 999)
        assert p is not None
        found.append(p)
    assert sum(p <= 0.05 for p in found) <= 5


def test_there_is_none_where_nothing_can_be_read(tmp_path: Path) -> None:
    check: Check = load().check_class("expected_calibration_error")()
    on = Subject(roles=ROLES, task="binary")

    def of(scores: list[float]) -> Profiles:
        return profiles(check, on, pl.DataFrame({"y": [1, 0], "s": scores}), tmp_path)

    assert check.change_p_value(on, MOMENT, of([0.5, 0.2]), of([3.0, -1.0])) is None
    assert change_p_value({}, {}, 10, 999) is None
