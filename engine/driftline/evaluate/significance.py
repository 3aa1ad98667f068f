"""Adjusting p-values for the size of a family."""

from __future__ import annotations

from collections.abc import Sequence


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


def adjust(p_values: Sequence[float], correction: str) -> list[float]:
    """Adjusted p-values by the correction's name; `none` leaves them."""
    return list(p_values) if correction == "none" else benjamini_hochberg(p_values)
