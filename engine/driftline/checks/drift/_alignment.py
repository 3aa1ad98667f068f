"""Two histograms over the same bins: over all that either has, or over shares of one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Union:
    """Both sides at one resolution, and where the bins of each lie among the `size` bins that either has."""

    window: HistogramProfile
    baseline: HistogramProfile
    size: int
    at_window: Positions
    at_baseline: Positions

    @classmethod
    def of(cls, window: HistogramProfile, baseline: HistogramProfile) -> Union:
        import numpy as np

        resolution = min(window.resolution, baseline.resolution)
        window, baseline = window.at_resolution(resolution), baseline.at_resolution(resolution)
        # Both are sorted: a stable sort merges two runs in one pass, where numpy's union hashes.
        both = np.concatenate((window.bins, baseline.bins))
        order = both.argsort(kind="stable")
        ordered = both[order]
        number = np.zeros(len(both), np.intp)
        np.cumsum(ordered[1:] != ordered[:-1], out=number[1:])
        position = np.empty(len(both), np.intp)
        position[order] = number
        size = int(number[-1]) + 1 if len(both) else 0
        return cls(window, baseline, size, position[: len(window.bins)], position[len(window.bins) :])


@lru_cache(maxsize=4)
def union(window: HistogramProfile, baseline: HistogramProfile) -> Union:
    """Both sides over the same bins: made once for all that one reading asks of it."""
    return Union.of(window, baseline)


@dataclass(frozen=True)
class Shares:
    """A histogram cut into about equal shares, between its bins or beside them, so that counts are exact.

    `edges` are the first bins of all shares but the first; infinities lie in the shares `lowest` and `highest`.
    """

    edges: Integers
    lowest: int
    highest: int

    @classmethod
    def of(cls, profile: HistogramProfile, count: int) -> Shares:
        """At most `count` shares: a bin that holds more than one keeps a share of its own, and there are fewer."""
        import numpy as np

        total, limits = float(profile.values), np.iinfo(np.int64)
        before = profile.negative_infinities + profile.before.astype(float)
        # By the middle of its rows a bin belongs to a share; one that only others have lies between two of these.
        middles = _share(before[1:] - profile.counts / 2, total, count)
        gaps = _share(before, total, count)
        numbers = np.arange(1, count)
        of_bins = np.append(profile.bins, limits.max)[np.searchsorted(middles, numbers)]
        of_gaps = np.concatenate(([limits.min], profile.bins + 1, [limits.max]))[np.searchsorted(gaps, numbers)]
        lowest = math.floor(profile.negative_infinities / 2 / total * count)
        highest = min(math.floor((total - profile.positive_infinities / 2) / total * count), count - 1)
        return cls(np.minimum(of_bins, of_gaps), lowest, highest)

    def counts(self, profile: HistogramProfile) -> Floats:
        """How many values of a histogram of the same resolution lie in each share."""
        import numpy as np

        before = np.zeros(len(self.edges) + 2)
        before[1:-1] = profile.before[profile.bins.searchsorted(self.edges)]
        before[-1] = profile.finite
        found = before[1:] - before[:-1]
        found[self.lowest] += profile.negative_infinities
        found[self.highest] += profile.positive_infinities
        return found


def _share(before: Floats, total: float, count: int) -> Integers:
    import numpy as np

    return np.minimum((before / total * count).astype(np.int64), count - 1)


# A baseline is compared with one window after the other: its shares are made once, as long as it is there.
_MADE: WeakKeyDictionary[HistogramProfile, dict[tuple[int, int], tuple[Shares, Floats]]] = WeakKeyDictionary()


def in_shares(window: HistogramProfile, baseline: HistogramProfile, count: int) -> tuple[Floats, Floats]:
    """Counts of both over about equal shares of the baseline; both sides hold values."""
    resolution = min(window.resolution, baseline.resolution)
    made = _MADE.setdefault(baseline, {})
    if (resolution, count) not in made:
        coarse = baseline.at_resolution(resolution)
        shares = Shares.of(coarse, count)
        made[resolution, count] = shares, shares.counts(coarse)
    shares, counted = made[resolution, count]
    return shares.counts(window.at_resolution(resolution)), counted
