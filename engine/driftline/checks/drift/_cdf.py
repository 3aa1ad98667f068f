"""The distance between two CDFs that are known at the bins of two histograms, with an honest bound."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

from driftline.checks.drift._alignment import Union, union
from driftline.profiles.bits import FINEST
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

HIDDEN = 0.05  # share of a bin of several values that is taken for a tie


@dataclass(frozen=True)
class Steps:
    """Per common bin: counts of both sides (a: window, b: baseline), extremes inside, shares before the bin."""

    a: Floats
    b: Floats
    low_a: Floats
    high_a: Floats
    low_b: Floats
    high_b: Floats
    before_a: Floats
    before_b: Floats

    @property
    def single(self) -> NDArray[np.bool_]:
        """Bins that hold one value only, on whichever side."""
        import numpy as np

        low, high = np.fmin(self.low_a, self.low_b), np.fmax(self.high_a, self.high_b)
        found: NDArray[np.bool_] = low == high
        return found

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Bins in which both sides have values, in an order that the histogram does not fully know."""
        both = (self.a > 0) & (self.b > 0)
        same = (self.low_a == self.high_a) & (self.low_b == self.high_b) & (self.low_a == self.low_b)
        apart = (self.high_a < self.low_b) | (self.high_b < self.low_a)
        found: NDArray[np.bool_] = both & ~same & ~apart
        return found


def steps(both: Union) -> Steps:
    """Both CDFs over the both of their bins; `a` and `b` are shares of each side's values."""
    a, before_a = _cumulated(both.window, both.at_window, both.size)
    b, before_b = _cumulated(both.baseline, both.at_baseline, both.size)
    low_a, high_a = _extremes(both.window, both.at_window, both.size)
    low_b, high_b = _extremes(both.baseline, both.at_baseline, both.size)
    return Steps(a, b, low_a, high_a, low_b, high_b, before_a, before_b)


def _cumulated(side: HistogramProfile, at: Positions, size: int) -> tuple[Floats, Floats]:
    """Share of a side's values in each of all bins, and before it."""
    import numpy as np

    counts = np.zeros(size, np.int64)
    counts[at] = side.counts
    before = side.negative_infinities + np.cumsum(counts) - counts
    return counts / side.values, before / side.values


def _extremes(side: HistogramProfile, at: Positions, size: int) -> tuple[Floats, Floats]:
    """Smallest and largest value of a side in each of all bins, NaN where it has none."""
    import numpy as np

    low, high = np.full(size, np.nan), np.full(size, np.nan)
    low[at], high[at] = side.low, side.high
    return low, high


@lru_cache(maxsize=4)
def ranked(window: HistogramProfile, baseline: HistogramProfile) -> Steps:
    """Both CDFs over all values: infinities are bins of their own at the ends."""
    import numpy as np

    s = steps(union(window, baseline))
    for at, value, found in (
        (0, -np.inf, (window.negative_infinities, baseline.negative_infinities)),
        (len(s.a), np.inf, (window.positive_infinities, baseline.positive_infinities)),
    ):
        if any(found):
            a, b = found[0] / window.values, found[1] / baseline.values
            low_a, low_b = (value if share else np.nan for share in (a, b))
            before = (0.0, 0.0) if at == 0 else (1.0 - a, 1.0 - b)
            more = (a, b, low_a, low_a, low_b, low_b, *before)
            s = Steps(*(np.insert(getattr(s, f.name), at, one) for f, one in zip(fields(Steps), more, strict=True)))
    return s


def largest_tie(window: HistogramProfile, baseline: HistogramProfile) -> float:
    """The largest share of all rows that has one value, as far as the histograms know.

    A bin of several values may hide a tie: a share of its rows is taken for one.
    """
    import numpy as np

    s = ranked(window, baseline)
    rows = window.values + baseline.values
    held = (s.a * window.values + s.b * baseline.values) / rows
    held[held * rows < 1.5] = 0.0
    return float(np.where(s.single, held, held * HIDDEN).max(initial=0.0))


def kolmogorov_smirnov(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
    """The largest distance between the CDFs and how far it may be from the exact one.

    Between bins the CDFs are known exactly. Inside a bin that both sides share, the distance can exceed what is
    known at its ends only if one side's values all come first; where the extremes show that the sides do not overlap,
    that is exact. A bin of the finest resolution is a single value.
    """
    import numpy as np

    first = abs(window.negative_infinities / window.values - baseline.negative_infinities / baseline.values)
    if not window.finite and not baseline.finite:
        return first, 0.0
    both = union(window, baseline)
    if both.window.resolution == FINEST:
        a, before_a = _cumulated(both.window, both.at_window, both.size)
        b, before_b = _cumulated(both.baseline, both.at_baseline, both.size)
        before = before_a - before_b
        return max(first, float(np.abs(before).max()), float(np.abs(before + a - b).max())), 0.0
    s = steps(both)
    before = s.before_a - s.before_b
    after = before + s.a - s.b
    a_first, b_first = np.abs(before + s.a), np.abs(before - s.b)
    exact = np.maximum(np.abs(before), np.abs(after))
    with np.errstate(invalid="ignore"):
        exact = np.where(s.high_a < s.low_b, np.maximum(exact, a_first), exact)
        exact = np.where(s.high_b < s.low_a, np.maximum(exact, b_first), exact)
    known = max(first, float(exact.max()))
    shared = s.shared
    if not shared.any():
        return known, 0.0
    inside = _interpolated(s, shared, before)
    value = max(known, inside)
    most = max(known, float(np.maximum(a_first, b_first)[shared].max()))
    return value, max(most - value, value - known)


def _interpolated(s: Steps, shared: NDArray[np.bool_], before: Floats) -> float:
    """The largest distance at the extremes of the shared bins, each side taken as even between its own extremes."""
    import numpy as np

    sides = [part[shared] for part in (s.a, s.low_a, s.high_a, s.b, s.low_b, s.high_b)]
    a, low_a, high_a, b, low_b, high_b = sides
    base = before[shared]
    largest = 0.0
    for point in (low_a, high_a, low_b, high_b):
        distance = np.abs(base + a * _share_below(point, low_a, high_a) - b * _share_below(point, low_b, high_b))
        largest = max(largest, float(distance.max()))
    return largest


def _share_below(point: Floats, low: Floats, high: Floats) -> Floats:
    """Share of an even spread over [low, high] that is at or below the point; a single value counts in full at it."""
    import numpy as np

    width = high - low
    inner = np.divide(point - low, width, out=np.zeros_like(width), where=width > 0)
    return np.where(width > 0, np.clip(inner, 0.0, 1.0), (point >= low).astype(float))


def wasserstein(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
    """The area between the CDFs of the finite values, and a bound on its error; in the unit of the column."""
    import numpy as np

    points, counts_a, counts_b, widths = points_of(window, baseline)
    if len(points) < 2:
        return 0.0, float(np.sum(widths))
    difference = np.cumsum(counts_a - counts_b)[:-1]
    gaps = np.diff(points)
    # Inside a bin of width w a share s of the rows may lie anywhere: the area moves by at most s * w on each side.
    bound = float(np.sum((counts_a + counts_b) * widths) / 2)
    return float(np.sum(np.abs(difference) * gaps)), bound


def energy(window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
    """sqrt(2 * integral of the squared difference of the CDFs of the finite values), and a bound on its error."""
    import numpy as np

    points, counts_a, counts_b, widths = points_of(window, baseline)
    difference = np.cumsum(counts_a - counts_b)
    squared = 2.0 * float(np.sum(difference[:-1] ** 2 * np.diff(points)))
    # As for the area, times the sum of the true and the taken difference, neither of which is further than `most`.
    most = np.maximum(np.abs(difference), np.abs(np.concatenate(([0.0], difference[:-1])))) + counts_a + counts_b
    off = 2.0 * float(np.sum((counts_a + counts_b) * widths * np.minimum(most, 1.0)))
    value = math.sqrt(squared)
    return value, max(math.sqrt(squared + off) - value, value - math.sqrt(max(squared - off, 0.0)))


def points_of(window: HistogramProfile, baseline: HistogramProfile) -> tuple[Floats, Floats, Floats, Floats]:
    """Support points of both sides: the middle of each bin's extremes, with each side's share and the bin's width."""
    import numpy as np

    parts = []
    for number, side in enumerate((window, baseline)):
        share = side.counts / side.finite
        both = [share, np.zeros_like(share)] if number == 0 else [np.zeros_like(share), share]
        parts.append(np.stack([side.low / 2 + side.high / 2, *both, side.high - side.low]))
    table = np.concatenate(parts, axis=1)
    table = table[:, np.argsort(table[0], kind="stable")]
    return table[0], table[1], table[2], table[3]
