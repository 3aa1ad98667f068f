"""Distances that depend on the order of the values only: integrals of the difference of the CDFs over the pooled rows.

In a bin of the histogram that holds more than one value, the rows of both sides are taken as evenly mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.checks.drift._cdf import Steps, ranked
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PARTS = 8  # points in a bin at which an integrand is read that has no closed form


def cramer_von_mises(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
    """The integral of the squared difference of the CDFs, and a bound on its error."""
    import numpy as np

    s = ranked(window, baseline)
    held, rows = _pooled(s, window, baseline)
    start, step, last = s.before_a - s.before_b, s.a - s.b, s.before_a - s.before_b + s.a - s.b
    count = np.maximum(np.round(held * rows), 1.0)
    even = start**2 + start * step * (count + 1) / count + step**2 * (count + 1) * (2 * count + 1) / (6 * count**2)
    mean = np.where(s.single, last**2, even)
    least, most = _squares(s)
    off = np.where(s.single | _two_of_one_side(s, count), 0.0, held * np.maximum(most - mean, mean - least))
    return float(np.sum(held * mean)), float(np.sum(off))


def anderson_darling(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
    """The integral of the squared difference of the CDFs over H (1 - H), with H the pooled CDF, and a bound."""
    import numpy as np

    s = ranked(window, baseline)
    held, rows = _pooled(s, window, baseline)
    start, step = s.before_a - s.before_b, s.a - s.b
    before = np.cumsum(held) - held
    count = np.maximum(np.round(held * rows), 1.0)
    inside = (np.arange(PARTS) + 0.5) / PARTS
    part = np.minimum(inside[None, :] + 0.5 / count[:, None], 1.0)
    part[s.single] = 1.0
    below = before[:, None] + held[:, None] * part
    weight = below * (1.0 - below)
    apart = (start[:, None] + step[:, None] * part) ** 2
    # Behind the last row both CDFs are 1: it has no weight.
    inner = weight > 0.25 / rows
    mean = held * np.divide(apart, weight, out=np.zeros_like(apart), where=inner).mean(axis=1)
    ends = np.clip(np.stack([before, before + held]), 0.5 / rows, 1.0 - 0.5 / rows)
    whole = np.diff(np.log(ends / (1.0 - ends)), axis=0)[0]
    least, most = _squares(s)
    off = np.where(s.single, 0.0, np.maximum(most * whole - mean, mean - least * whole))
    return float(mean.sum()), float(np.maximum(off, 0.0).sum())


def dominance(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float, Floats]:
    """P(window > baseline) - P(window < baseline) of random rows, a bound, and the numbers of tied rows.

    Rows of both sides in one bin count as ties, unless its extremes tell them apart.
    """
    import numpy as np

    s = ranked(window, baseline)
    value = float(np.sum(s.a * s.before_b - s.b * s.before_a))
    both = s.a * s.b
    value += float(np.sum(both[s.low_a > s.high_b]) - np.sum(both[s.high_a < s.low_b]))
    ties = np.round(s.a * window.values) + np.round(s.b * baseline.values)
    return min(max(value, -1.0), 1.0), float(np.sum(both[s.shared])), ties


def _pooled(s: Steps, window: HistogramProfile, baseline: HistogramProfile) -> tuple[Floats, int]:
    """The share of all rows in each bin, and their number."""
    rows = window.values + baseline.values
    return (s.a * window.values + s.b * baseline.values) / rows, rows


def _squares(s: Steps) -> tuple[Floats, Floats]:
    """The least and the largest square of the difference of the CDFs in each bin, in whichever order its rows come."""
    import numpy as np

    start = s.before_a - s.before_b
    low, high = start - s.b, start + s.a
    return np.where((low < 0) & (high > 0), 0.0, np.minimum(low**2, high**2)), np.maximum(low**2, high**2)


def _two_of_one_side(s: Steps, count: Floats) -> NDArray[np.bool_]:
    """Bins whose rows are known: its smallest and its largest value, of one side."""
    found: NDArray[np.bool_] = (count <= 2) & ((s.a == 0) | (s.b == 0))
    return found
