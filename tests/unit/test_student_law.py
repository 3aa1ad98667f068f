"""Quantiles of Student's law are those of SciPy, whichever way they are found."""

from __future__ import annotations

import pytest
from scipy import stats

from driftline.checks.drift._student import LEAST_TAIL, NEARLY_NORMAL, student_quantile, student_tail

TAILS = (0.9, 0.5, 0.05, 0.01, 1e-3, LEAST_TAIL, 1e-9)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("freedom", [1.0, 2.5, 29.9, NEARLY_NORMAL, 31.5, 100.0, 1e3, 1e5])
def test_quantiles_are_those_of_scipy(freedom: float, tail: float) -> None:
    found = student_quantile(tail, freedom)
    assert found == pytest.approx(stats.t.isf(tail / 2, freedom), rel=1e-9)
    assert student_tail(found, freedom) == pytest.approx(tail, rel=1e-9)


def test_of_a_million_rows_it_is_nearly_the_normal_law() -> None:
    assert student_quantile(0.05, 2e6) == pytest.approx(stats.t.isf(0.025, 2e6), rel=1e-7)
