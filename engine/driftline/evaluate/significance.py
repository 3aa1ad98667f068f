"""Adjusting p-values for the size of a family."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control the false discovery rate (Benjamini and Hochberg, 1995), in the given order."""
    count = len(p_values)
    order = sorted(range(count), key=lambda at: p_values[at], reverse=True)
    adjusted = [1.0] * count
    smallest = 1.0
    for rank, at in zip(range(count, 0, -1), order, strict=True):
        smallest = min(smallest, p_values[at] * count / rank)
        adjusted[at] = smallest
    return adjusted


def benjamini_yekutieli(p_values: Sequence[float]) -> list[float]:
    """As Benjamini-Hochberg, whatever the dependence of the comparisons (Benjamini and Yekutieli, 2001)."""
    harmonic = sum(1.0 / rank for rank in range(1, len(p_values) + 1))
    return [min(p * harmonic, 1.0) for p in benjamini_hochberg(p_values)]


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control the chance of a single false discovery (Dunn, 1961)."""
    return [min(p * len(p_values), 1.0) for p in p_values]


ADJUSTMENTS: Mapping[str, Callable[[Sequence[float]], list[float]]] = {
    "benjamini_hochberg": benjamini_hochberg,
    "benjamini_yekutieli": benjamini_yekutieli,
    "bonferroni": bonferroni,
    "none": list,
}


def needed_draws(alpha: float, correction: str, family: int) -> int:
    """The least number of resamples without which none of so many p-values could pass: the smallest is one in them."""
    harmonic = sum(1.0 / rank for rank in range(1, family + 1)) if correction == "benjamini_yekutieli" else 1.0
    return math.ceil((1 if correction == "none" else family) * harmonic / alpha)


def excess_p_value(excess: float, standard_error: float) -> float:
    """One-sided p-value of a reading that lies so far beyond a bound while the truth does not, by the normal law."""
    if standard_error <= 0:
        return 0.0 if excess > 0 else 1.0
    return 0.5 * math.erfc(excess / standard_error / math.sqrt(2.0))


def adjust(p_values: Sequence[float], correction: str) -> list[float]:
    """Adjusted p-values by the correction's name; `none` leaves them."""
    return ADJUSTMENTS[correction](p_values)


def change_p_value(difference: float, *standard_errors: float) -> float:
    """Two-sided p-value of a difference between readings of independent rows, by the normal law of their difference.

    1 where nothing differs, also of readings without any error.
    """
    error = math.hypot(*standard_errors)
    if difference == 0:
        return 1.0
    return math.erfc(abs(difference) / error / math.sqrt(2.0)) if error > 0 else 0.0
