"""Confidence intervals of shares and of what is near to one: Wilson's, also where rows have weights."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Z = 1.959963984540054  # 97.5 % quantile of the normal law: intervals hold the truth 95 times in 100
Interval = tuple[float, float]


def wilson(share: float, rows: float) -> Interval:
    """Wilson's score interval of a share among so many (effective) rows; it is never of length 0.

    Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
    """
    low, high = _wilson(share, rows, math.sqrt)
    return max(low, 0.0), min(high, 1.0)


def wilson_of_sums(
    successes: Floats, failures: Floats, squared_successes: Floats, squared_failures: Floats
) -> tuple[Floats, Floats]:
    """Wilson's intervals of many shares, from sums of weights and of squared weights; NaN where there are no rows.

    With weights the rows count as many as would give the same variance without: n = p (1 - p) / variance, the
    linearised variance of a ratio; where all rows are alike, Kish's (sum of weights)² / sum of squares.
    """
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        total = successes + failures
        share = successes / total
        variance = ((1 - share) ** 2 * squared_successes + share**2 * squared_failures) / total**2
        alike = total**2 / (squared_successes + squared_failures)
        rows = np.where(variance > 0, share * (1 - share) / variance, alike)
        low, high = _wilson(share, rows, np.sqrt)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _wilson(share: float | Floats, rows: float | Floats, root: Callable[..., float | Floats]) -> tuple:  # type: ignore[type-arg]
    z2 = Z * Z / rows
    centre = (share + z2 / 2) / (1 + z2)
    half = Z / (1 + z2) * root(share * (1 - share) / rows + z2 / (4 * rows))
    return centre - half, centre + half


def of_bounded(value: float, variance: float, ends: Interval, rows: float) -> Interval:
    """The interval of a value between two ends with an approximate variance, as that of a share of the way.

    The rows that count are those that give the variance; `rows` of them where the variance vanishes, at an end.
    """
    low, high = ends
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    spread = variance / (high - low) ** 2
    found = wilson(share, share * (1 - share) / spread if spread > 0 and 0 < share < 1 else rows)
    return low + found[0] * (high - low), low + found[1] * (high - low)


def of_positive(mean: float, variance: float) -> Interval:
    """The interval of a mean of numbers that are not negative, by the normal law of its logarithm."""
    if mean <= 0:
        return (0.0, 0.0)
    factor = math.exp(min(Z * math.sqrt(variance) / mean, 700.0))
    return mean / factor, min(mean * factor, sys.float_info.max)


def for_few(rows: float) -> float:
    """By how much a variance that was found of so few rows is to be larger: Student's quantile over z, squared.

    By the first terms of the quantile's expansion in 1 / degrees of freedom (Cornish and Fisher, 1937).
    """
    free = max(rows - 1, 1.0)
    first, second = (Z**2 + 1) / 4 / free, (5 * Z**4 + 16 * Z**2 + 3) / 96 / free**2
    return (1 + first + second) ** 2


def error_of(interval: Interval) -> float:
    """The standard error that an interval stands for: half of its length over z, so that it is never 0."""
    return (interval[1] - interval[0]) / 2 / Z
