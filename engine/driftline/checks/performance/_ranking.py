"""Area under the ROC curve from two score histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Area:
    """The area, and how far it may be off because some pairs share a bin."""

    value: float
    bound: float


def area(positives: HistogramProfile, negatives: HistogramProfile) -> Area:
    """Share of (positive, negative) pairs in which the positive scores higher; ties, and pairs in one bin, count half.

    Both sides must hold a finite score. A bin that both share is decided where its extremes show the order or a tie.
    """
    import numpy as np

    resolution = min(positives.resolution, negatives.resolution)
    positives, negatives = positives.at_resolution(resolution), negatives.at_resolution(resolution)
    found = np.searchsorted(negatives.bins, positives.bins)
    below = negatives.before[found].astype(float)
    at = np.flatnonzero(np.append(negatives.bins, negatives.bins[-1:])[found] == positives.bins)
    other = found[at]
    pairs = positives.counts[at] * negatives.counts[other].astype(float)
    low, high = positives.low[at], positives.high[at]
    low_other, high_other = negatives.low[other], negatives.high[other]
    won = np.where(low > high_other, 1.0, np.where(high < low_other, 0.0, 0.5))
    tied = (low == high) & (low_other == high_other) & (low == low_other)
    undecided = (won == 0.5) & ~tied
    total = float(positives.finite) * float(negatives.finite)
    value = (float(below @ positives.counts) + float(won @ pairs)) / total
    return Area(value, float(pairs[undecided].sum()) / 2.0 / total)
