"""Robust deviations, against SciPy and by properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from driftline.evaluate.deviations import deviations

NUMBERS = st.integers(-1_000_000, 1_000_000).map(lambda number: number / 64)


@given(NUMBERS, st.lists(NUMBERS, min_size=8, max_size=40))
def test_they_are_those_of_scipy(value: float, history: list[float]) -> None:
    scale = float(median_abs_deviation(history)) * 1.4826
    if scale:
        assert deviations(value, history) == pytest.approx((value - float(np.median(history))) / scale, rel=1e-9)


@given(NUMBERS, st.lists(NUMBERS, min_size=8, max_size=40), st.sampled_from([0.25, 2.0, 1024.0]))
def test_neither_a_unit_nor_the_order_of_the_history_matters(value: float, history: list[float], unit: float) -> None:
    off = deviations(value, history)
    assert deviations(value * unit, [each * unit for each in reversed(history)]) == pytest.approx(off)
    assert deviations(-value, [-each for each in history]) == pytest.approx(-off)


def test_off_a_constant_history_the_same_is_0_and_anything_else_without_measure() -> None:
    assert deviations(5.0, [5.0] * 8) == 0.0
    assert deviations(5.0 * (1 + 1e-15), [5.0] * 8) == 0.0
    assert deviations(5.1, [5.0] * 8) == math.inf
    assert deviations(-1.0, [0.0] * 8) == -math.inf


def test_where_most_of_the_history_is_one_value_the_mean_deviation_is_the_measure() -> None:
    history = [0.0] * 9 + [1.0]
    assert deviations(1.0, history) == pytest.approx(1.0 / (1.2533 * 0.1))


def test_the_last_bits_of_floating_sums_are_no_spread() -> None:
    history = [0.1 + 0.2 if at % 2 else 0.3 for at in range(10)]
    assert deviations(0.3 * (1 + 1e-14), history) == 0.0
