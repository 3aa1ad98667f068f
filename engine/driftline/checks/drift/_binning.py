"""Two samples as counts over the same bins: shares of the baseline, equal widths, given edges, or categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from driftline.checks.drift._alignment import in_shares
from driftline.checks.drift._sides import Distribution, missing
from driftline.profiles.frequencies import FrequenciesProfile
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MISSING = "(missing)"  # the name of the category that rows without a value are
FEW = 20  # distinct values of the baseline up to which Sturges' rule is not asked, and each value is a bin


@dataclass(frozen=True)
class Binned:
    """Counts of the window and of the baseline over the same bins, none empty in both.

    `names` say what a bin is: a category, or the bucket of many (`#17`); numeric bins have none. `ordered` bins follow
    each other by value. `moved` are the same counts with all that one edge leaves open on one side of it: an edge of
    equal width may lie inside a bin of the histogram.
    """

    window: Floats
    baseline: Floats
    names: tuple[str, ...] = ()
    ordered: bool = False
    moved: tuple[tuple[Floats, Floats], ...] = ()

    @cached_property
    def window_rows(self) -> int:
        return int(self.window.sum())

    @cached_property
    def baseline_rows(self) -> int:
        return int(self.baseline.sum())


@dataclass(frozen=True)
class Binning:
    """How numeric columns are cut: `bins` shares of the baseline, `bins` equal widths, by Sturges' rule, at `edges`."""

    method: str = "quantile"
    bins: int = 10
    edges: tuple[float, ...] = ()

    def of(self, window: Distribution, baseline: Distribution) -> Binned:
        """Counts over the same bins of two sides that hold values: of a categorical column those of its values."""
        if isinstance(window, FrequenciesProfile) and isinstance(baseline, FrequenciesProfile):
            return categories(window, baseline)
        if not isinstance(window, HistogramProfile) or not isinstance(baseline, HistogramProfile):
            raise TypeError("both sides of a comparison hold the same kind of profile")
        if self.method == "quantile" or not (window.finite and baseline.finite):
            return quantile_bins(window, baseline, self.bins)
        return between(window, baseline, self._inner_edges(window, baseline))

    def _inner_edges(self, window: HistogramProfile, baseline: HistogramProfile) -> Sequence[float]:
        """The edges between the bins: what lies beyond the outermost belongs to the first or the last bin."""
        if self.method == "edges":
            return sorted(set(self.edges))
        if self.method == "uniform":
            low, high = float(baseline.low[0]), float(baseline.high[-1])
            # A constant has a bin of its own, or any other number would lie in the same one.
            return [low, math.nextafter(low, math.inf)] if low == high else _equal_widths(low, high, self.bins)
        if baseline.is_exact and len(baseline.bins) <= FEW:
            return sorted({*window.low.tolist(), *baseline.low.tolist()})[1:]
        low = min(float(window.low[0]), float(baseline.low[0]))
        high = max(float(window.high[-1]), float(baseline.high[-1]))
        return _equal_widths(low, high, math.ceil(math.log2(window.finite + baseline.finite) + 1))


def _equal_widths(low: float, high: float, bins: int) -> Sequence[float]:
    import numpy as np

    if low == high:
        return ()
    found: list[float] = (np.linspace(low / 2, high / 2, bins + 1)[1:-1] * 2).tolist()  # high - low may be too large
    return found


def categories(window: FrequenciesProfile, baseline: FrequenciesProfile) -> Binned:
    """Counts by category; by stable hash bucket as soon as one side has too many categories to name."""
    import numpy as np

    if not (window.exact and baseline.exact):
        window, baseline = window.hashed(), baseline.hashed()
    names = tuple(sorted(set(window.counts) | set(baseline.counts)))
    counts = [np.array([side.counts.get(name, 0) for name in names], float) for side in (window, baseline)]
    return Binned(counts[0], counts[1], names)


def quantile_bins(window: HistogramProfile, baseline: HistogramProfile, bins: int) -> Binned:
    """Counts over bins that hold about equal shares of the baseline.

    Edges lie between bins of the histogram, so the counts are exact; a value that holds more than one share keeps a bin
    of its own, and there are then fewer bins.
    """
    now, then = in_shares(window, baseline, bins)
    some = (now + then) > 0
    return Binned(now[some], then[some], ordered=True) if not some.all() else Binned(now, then, ordered=True)


def between(window: HistogramProfile, baseline: HistogramProfile, edges: Sequence[float]) -> Binned:
    """Counts between edges, each bin with its lower edge; the rows of a bin that an edge cuts are taken as even."""
    import numpy as np

    at = np.array(edges, float)
    known, least, most = zip(*(_below(side, at) for side in (window, baseline)), strict=True)
    counts = [_bins(below, side) for below, side in zip(known, (window, baseline), strict=True)]
    some = (counts[0] + counts[1]) > 0
    whose = np.maximum(np.cumsum(some) - 1, 0)  # rows that an edge lets into an empty bin count in the one before
    moved = []
    for end in (least, most):
        for edge in np.nonzero((end[0] != known[0]) | (end[1] != known[1]))[0]:
            sides = []
            for below, other, side in zip(known, end, (window, baseline), strict=True):
                pushed = np.where(np.arange(len(at)) == edge, other, below)
                rows = _bins(np.maximum.accumulate(pushed) if end is most else _falling(pushed), side)
                sides.append(np.bincount(whose, rows, int(some.sum())).astype(float))
            moved.append((sides[0], sides[1]))
    return Binned(counts[0][some], counts[1][some], ordered=True, moved=tuple(moved))


def _falling(below: Floats) -> Floats:
    import numpy as np

    return np.asarray(np.minimum.accumulate(below[::-1])[::-1])


def _below(side: HistogramProfile, edges: Floats) -> tuple[Floats, Floats, Floats]:
    """How many values lie below each edge: as taken, at least, and at most."""
    import numpy as np

    at = np.searchsorted(side.high, edges, side="left")
    inner = np.minimum(at, len(side.bins) - 1)
    low, high, count = side.low[inner], side.high[inner], side.counts[inner]
    cut = (at < len(side.bins)) & (low < edges)
    # A bin that is cut has its smallest value below the edge and its largest not.
    part = np.divide(edges / 2 - low / 2, high / 2 - low / 2, out=np.zeros(len(edges)), where=cut)
    share = np.clip(np.round(part * count), 1, np.maximum(count - 1, 1))
    before = side.negative_infinities + side.before[at].astype(float)
    return before + np.where(cut, share, 0.0), before + cut, before + np.where(cut, count - 1, 0)


def _bins(below: Floats, side: HistogramProfile) -> Floats:
    import numpy as np

    return np.diff(below, prepend=0.0, append=float(side.values))


def with_missing(counts: Binned | None, window: Distribution, baseline: Distribution) -> Binned:
    """The rows without a value as one more category, of its own; `None` where there is no value to count."""
    import numpy as np

    counts = counts or Binned(np.empty(0), np.empty(0))
    more = [float(missing(window)), float(missing(baseline))]
    if not any(more):
        return counts
    names = (*counts.names, MISSING) if counts.names or not len(counts.window) else ()
    moved = tuple((np.append(now, more[0]), np.append(then, more[1])) for now, then in counts.moved)
    return replace(
        counts,
        window=np.append(counts.window, more[0]),
        baseline=np.append(counts.baseline, more[1]),
        names=names,
        moved=moved,
        ordered=False,
    )
