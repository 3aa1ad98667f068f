"""Every comparison with a reference holds; docs/reference-values.md shows the same numbers."""

from __future__ import annotations

import math

import pytest

from driftline.registry import load
from tests.reference.comparison import STEPS, WITHOUT, Comparison, Numbers, comparisons, step

KINDS = {*load().checks, "metric"}


@pytest.mark.parametrize("comparison", comparisons(), ids=lambda one: one.title)
def test_a_check_says_what_its_reference_says(comparison: Comparison) -> None:
    assert comparison.check in KINDS
    assert comparison.found()
    assert comparison.beyond() == []


def test_every_check_stands_beside_a_reference_or_it_is_said_why_not() -> None:
    held = {one.check for one in comparisons()}
    assert sorted(KINDS - held) == sorted(WITHOUT)
    assert all(WITHOUT.values())


def test_no_two_comparisons_are_the_same() -> None:
    titles = [one.title for one in comparisons()]
    assert sorted(set(titles)) == sorted(titles)


def test_a_difference_is_measured_against_what_is_allowed_and_the_bound() -> None:
    def compared(numbers: Numbers, allowed: float = 1e-12) -> bool:
        return Comparison("psi", "r", "d", lambda: numbers, allowed=allowed).beyond() == []

    assert compared(Numbers(0.5, 0.5))
    assert not compared(Numbers(0.5, 0.5 + 1e-9))
    assert compared(Numbers(0.5, 0.5 + 1e-9, bound=2e-9))
    assert compared(Numbers(1e6, 1e6 + 1e-3), allowed=1e-8)
    assert not compared(Numbers(math.nan, 0.5))
    assert compared(Numbers(math.inf, math.inf))


def test_differences_are_shown_in_steps() -> None:
    assert [step(found) for found in (0.0, 1e-16, 1e-12, 3e-8, 0.02, 5.0)] == [
        STEPS[0], STEPS[0], 1e-9, 1e-6, 0.1, math.inf,
    ]  # fmt: skip
