"""Two histograms as at most 64 neighbouring groups of the pooled rows, which are what is resampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.drift._alignment import union
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GROUPS = 64


@dataclass(frozen=True)
class Groups:
    """Counts of both sides in each group, in order of the values, and where its rows lie on average.

    `centres` are in units of `scale`, the largest number of either side, so that no sum of them overflows.
    """

    window: Floats
    baseline: Floats
    centres: Floats
    scale: float = 1.0

    @classmethod
    def by_rank(cls, window: HistogramProfile, baseline: HistogramProfile) -> Groups:
        """Groups of about equal numbers of rows; infinities are values, at the ends."""
        import numpy as np

        found = cls._bins(window, baseline)
        ends = [(side.negative_infinities, side.positive_infinities) for side in (window, baseline)]
        counts = [
            np.concatenate(([low], each, [high]))
            for each, (low, high) in zip((found.window, found.baseline), ends, strict=True)
        ]
        centres = np.concatenate(([-1.0], found.centres, [1.0]))
        some = counts[0] + counts[1] > 0
        whole = cls(counts[0][some], counts[1][some], centres[some], found.scale)
        return whole._joined(whole.window + whole.baseline)

    @classmethod
    def by_distance(cls, window: HistogramProfile, baseline: HistogramProfile) -> Groups:
        """Groups of the finite rows with about equal parts of the rows and of what the area between two CDFs is.

        Few rows far out make most of that area: groups of equal numbers would hide them.
        """
        import numpy as np

        found = cls._bins(window, baseline)
        pooled = found.window + found.baseline
        below = (np.cumsum(pooled) / pooled.sum())[:-1]
        area = np.sqrt(np.maximum(below * (1 - below), 0.0)) * np.diff(found.centres)
        return found._joined(_halves(pooled, np.append(area, 0.0) + np.insert(area, 0, 0.0)))

    @classmethod
    def by_spread(cls, window: HistogramProfile, baseline: HistogramProfile) -> Groups:
        """Groups of the finite rows with about equal parts of the rows and of their variance."""
        import numpy as np

        found = cls._bins(window, baseline)
        pooled = found.window + found.baseline
        mean = np.average(found.centres, weights=pooled)
        return found._joined(_halves(pooled, pooled * (found.centres - mean) ** 2))

    @property
    def centred(self) -> Floats:
        """The centres, from the mean of the pooled rows."""
        import numpy as np

        return np.asarray(self.centres - np.average(self.centres, weights=self.window + self.baseline))

    def skewness(self) -> float:
        """The skewness of the pooled rows; 0 for a constant."""
        import numpy as np

        weights, off = self.window + self.baseline, self.centred
        variance = float(np.average(off**2, weights=weights))
        return float(np.average(off**3, weights=weights)) / variance**1.5 if variance**1.5 > 0 else 0.0

    @classmethod
    def _bins(cls, window: HistogramProfile, baseline: HistogramProfile) -> Groups:
        """Every bin of the finite values that either side has."""
        import numpy as np

        both = union(window, baseline)
        sides = ((both.window, both.at_window), (both.baseline, both.at_baseline))
        largest = max((float(np.abs(side.low).max(initial=0.0)) for side, _ in sides), default=0.0)
        largest = max([largest, *(float(np.abs(side.high).max(initial=0.0)) for side, _ in sides)]) or 1.0
        counts = [np.zeros(both.size), np.zeros(both.size)]
        position = np.zeros(both.size)
        for (side, at), each in zip(sides, counts, strict=True):
            each[at] = side.counts
            position[at] += side.counts * (side.low / largest / 2 + side.high / largest / 2)
        return cls(counts[0], counts[1], position / (counts[0] + counts[1]), largest)

    def _joined(self, measure: Floats) -> Groups:
        """Neighbours joined until at most `GROUPS` are left, about equal in a measure that each of them has."""
        import numpy as np

        middle = np.cumsum(measure) - measure / 2
        group = np.unique((middle / measure.sum() * GROUPS).astype(int), return_inverse=True)[1]
        window, baseline = (np.bincount(group, weights=side).astype(float) for side in (self.window, self.baseline))
        centres = np.bincount(group, weights=self.centres * (self.window + self.baseline)) / (window + baseline)
        return Groups(window, baseline, centres, self.scale)


def difference(window: Floats, baseline: Floats) -> Floats:
    """By how much the CDF of the window exceeds that of the baseline behind each group but the last.

    One row for each draw; all draws are of the same pooled counts.
    """
    import numpy as np

    n, m = float(window[0].sum()), float(baseline[0].sum())
    pooled = np.cumsum(window[0] + baseline[0])[:-1]
    found: Floats = np.cumsum(window[:, :-1], axis=1)
    found *= (n + m) / (n * m)  # window / n - (pooled - window) / m
    found -= pooled / m
    return found


def _halves(one: Floats, other: Floats) -> Floats:
    """A measure that is half the one and half the other, of their sums."""
    total = float(other.sum())
    return one / one.sum() + other / total if total > 0 else one
