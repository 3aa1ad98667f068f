"""What is read of the order of scores: areas under curves and captured positives, each with its influence function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.performance._intervals import Interval, for_few
from driftline.profiles.bits import FINEST, starts_of_runs
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.scores import ScoresProfile
from driftline.profiles.weights import BinWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]

CUT_WIDTH = 0.25  # share of the rows on the nearer side of a cut in which the rate at the cut is looked at


@dataclass(frozen=True)
class Variance:
    """The variance of a measure from row to row, in the parts that come from the positives and from the negatives."""

    of_positives: float
    of_negatives: float = 0.0

    @property
    def total(self) -> float:
        return self.of_positives + self.of_negatives

    def __mul__(self, factor: float) -> Variance:
        return Variance(self.of_positives * factor, self.of_negatives * factor)


@dataclass(frozen=True, eq=False)
class Ranked:
    """Labelled rows in blocks of rising score: what positives and negatives weigh there, and their sums of squares.

    A block is a bin of the score histogram, or the part of one outcome where the bin's extremes show that all of it
    scores higher than the other. `undecided` blocks hold both outcomes at scores that are not all equal.
    """

    positives: Floats
    negatives: Floats
    positive_squares: Floats
    negative_squares: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, profile: ScoresProfile) -> Ranked:
        """The finite scores of a profile."""
        import numpy as np

        resolution = min(profile.positives.resolution, profile.negatives.resolution)
        sides = [
            _coarsened(profile.positives, profile.positive_weights, resolution),
            _coarsened(profile.negatives, profile.negative_weights, resolution),
        ]
        keys = _keys(sides[0][0], sides[1][0])
        ordered = np.sort(np.concatenate(keys), kind="stable")
        blocks = ordered[starts_of_runs(ordered)] if ordered.size else ordered
        sums = np.zeros((4, len(blocks)))
        low, high = np.full(len(blocks), np.inf), np.full(len(blocks), -np.inf)
        for outcome, (side, weights) in enumerate(sides):
            at = np.searchsorted(blocks, keys[outcome])
            sums[outcome, at], sums[outcome + 2, at] = weights.weight, weights.square
            low[at], high[at] = np.minimum(low[at], side.low), np.maximum(high[at], side.high)
        return cls(sums[0], sums[1], sums[2], sums[3], low, high)

    @property
    def undecided(self) -> Truths:
        import numpy as np

        return np.asarray((self.positives > 0) & (self.negatives > 0) & (self.low < self.high))

    @property
    def middle(self) -> Floats:
        """The score of each block, half-way between its extremes."""
        return self.low / 2 + self.high / 2

    @property
    def total_positives(self) -> float:
        return float(self.positives.sum())

    @property
    def total_negatives(self) -> float:
        return float(self.negatives.sum())

    @property
    def weights(self) -> Floats:
        return self.positives + self.negatives

    @property
    def rarer(self) -> float:
        """The effective number of rows of the rarer outcome."""
        sides = ((self.positives, self.positive_squares), (self.negatives, self.negative_squares))
        return min(_effective(*side) for side in sides)

    def variance(self, by_positives: Floats, by_negatives: Floats) -> Variance:
        """The variance of a measure, from its derivatives by the weight of each block's positives and negatives."""
        positives, negatives = self.positive_squares @ by_positives**2, self.negative_squares @ by_negatives**2
        return Variance(float(positives), float(negatives))


def _coarsened(
    histogram: HistogramProfile, weights: BinWeights | None, resolution: int
) -> tuple[HistogramProfile, BinWeights]:
    """A side at a resolution, with what its bins weigh: their counts where rows have no weights."""
    coarse = histogram.at_resolution(resolution)
    if weights is None:
        counts = coarse.counts.astype(float)
        return coarse, BinWeights(counts, counts)
    return coarse, weights if coarse is histogram else BinWeights.merged(coarse, [(histogram, weights)])


def _keys(positives: HistogramProfile, negatives: HistogramProfile) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which block each bin is of, in order of scores: twice the bin, plus 1 where it scores higher than the other one.

    Bins of a single value each are blocks as they are: twice the finest could not be written.
    """
    import numpy as np

    if positives.resolution == FINEST or not positives.bins.size or not negatives.bins.size:
        return positives.bins, negatives.bins
    other = np.minimum(np.searchsorted(negatives.bins, positives.bins), len(negatives.bins) - 1)
    shared = np.flatnonzero(negatives.bins[other] == positives.bins)
    other = other[shared]
    keys = 2 * positives.bins, 2 * negatives.bins
    keys[0][shared] += positives.low[shared] > negatives.high[other]
    keys[1][other] += negatives.low[other] > positives.high[shared]
    return keys


@dataclass(frozen=True)
class Measured:
    """A measure of ranked scores: how far it may be off since rows share bins, and its variance from row to row.

    `rows` is as how many rows of a share it counts where the variance vanishes; `interval` and `noise` are those of a
    measure that has its own.
    """

    value: float
    variance: Variance
    rows: float
    bound: float = 0.0
    interval: Interval | None = None
    noise: float | None = None

    def scaled(self, factor: float) -> Measured:
        """The measure in another unit."""
        return Measured(self.value * factor, self.variance * factor**2, self.rows, self.bound * factor)


Found = Measured | str  # or why there is none
ONE_OUTCOME = "all labelled rows are of one class, so there is nothing to tell apart"


@dataclass(frozen=True)
class Area:
    """The area under a ROC curve, its variance, and how far it may be off since rows share bins."""

    value: float
    variance: Variance
    bound: float


def area(ranked: Ranked, negatives_of_a_row: float = 1.0) -> Found:
    """Share of (positive, negative) pairs in which the positive scores higher; ties, and pairs in one bin, count half.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988). Where the rows of several classes are pooled, a
    row stands for several negatives and a positive, whose errors are taken to go together entirely.
    """
    found = area_in_parts(ranked)
    if isinstance(found, str):
        return found
    few, variance = for_few(ranked.rarer), found.variance
    if negatives_of_a_row > 1:
        repeated = variance.of_negatives * negatives_of_a_row
        variance = Variance((math.sqrt(variance.of_positives) + math.sqrt(repeated)) ** 2)
    return Measured(found.value, variance * few, ranked.rarer / negatives_of_a_row, found.bound)


def area_in_parts(ranked: Ranked) -> Area | str:
    """The area with its variance in parts; or why there is none."""
    import numpy as np

    positives, negatives = ranked.total_positives, ranked.total_negatives
    if positives <= 0 or negatives <= 0:
        return ONE_OUTCOME
    beaten = (np.cumsum(ranked.negatives) - ranked.negatives / 2) / negatives  # share of negatives that score lower
    beating = 1 - (np.cumsum(ranked.positives) - ranked.positives / 2) / positives  # share of positives that do higher
    value = float(ranked.positives @ beaten) / positives
    shared = float((ranked.positives * ranked.negatives)[ranked.undecided].sum())
    return Area(
        value,
        Variance(
            _spread(ranked.positive_squares, beaten - value, positives),
            _spread(ranked.negative_squares, beating - value, negatives),
        ),
        shared / 2 / positives / negatives,
    )


def _spread(squares: Floats, deviations: Floats, total: float) -> float:
    """The variance of a mean of influences, for so small a number of rows as there are."""
    rows = total**2 / float(squares.sum())
    small = rows / (rows - 1) if rows > 1 else 1.0
    return float(squares @ deviations**2) / total**2 * small


def average_precision(ranked: Ranked) -> Found:
    """Mean over the positives of the precision among the rows that score at least as high."""
    import numpy as np

    positives = ranked.total_positives
    if positives <= 0:
        return "no labelled row is positive"
    hits, alarms = ranked.positives[::-1], ranked.negatives[::-1]  # from the highest score down
    found, wrong = np.cumsum(hits), np.cumsum(alarms)
    chosen = found + wrong
    precision = np.divide(found, chosen, out=np.zeros(len(found)), where=chosen > 0)
    value = float(hits @ precision) / positives
    # One more row among the chosen moves the precision at every lower positive.
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(chosen > 0, hits * wrong / chosen**2, 0.0) / positives
        down = np.where(chosen > 0, hits * found / chosen**2, 0.0) / positives
        lowest = np.where(hits > 0, hits * (found - hits) / (chosen - hits + _or_one(chosen - hits)), 0.0)
        highest = np.where(hits > 0, hits * found / (chosen - alarms + _or_one(chosen - alarms)), 0.0)
    by_positive = (precision - value) / positives + _from_here_down(up)
    by_negative = -_from_here_down(down)
    variance = ranked.variance(by_positive[::-1], by_negative[::-1]) * for_few(ranked.rarer)
    at = ranked.undecided[::-1]
    off = max(float((highest - hits * precision)[at].sum()), float((hits * precision - lowest)[at].sum()))
    return Measured(value, variance, _effective(ranked.positives, ranked.positive_squares), off / positives)


def _or_one(count: Floats) -> Floats:
    """1 where a count is 0, so that it can be divided by."""
    import numpy as np

    return np.where(count == 0, 1.0, 0.0)


def _from_here_down(parts: Floats) -> Floats:
    import numpy as np

    return np.cumsum(parts[::-1])[::-1]


def _effective(weights: Floats, squares: Floats) -> float:
    """As many rows of equal weight as these count for (Kish); at least 1."""
    total = float(squares.sum())
    return float(weights.sum()) ** 2 / total if total > 0 else 1.0


def captured(ranked: Ranked, share: float) -> Found:
    """Share of the positives among the given share of rows that score highest; of tied rows the part that is needed."""
    import numpy as np

    positives, weights = ranked.total_positives, ranked.weights
    if positives <= 0:
        return "no labelled row is positive"
    total = float(weights.sum())
    wanted = share * total
    above = total - np.cumsum(weights)  # what scores higher than each block
    chosen = np.clip((wanted - above) / np.where(weights > 0, weights, 1.0), 0.0, 1.0)
    value = float(ranked.positives @ chosen) / positives
    rate = _rate_at_cut(ranked, above, share)
    of_both = -rate * (chosen - share) / positives
    variance = ranked.variance((chosen - value) / positives + of_both, of_both)
    block = int(np.argmin(above >= wanted)) if bool((above < wanted).any()) else 0
    bound = 0.0
    if ranked.undecided[block]:
        good, bad, need = float(ranked.positives[block]), float(ranked.negatives[block]), wanted - float(above[block])
        taken = float(ranked.positives[block] * chosen[block])
        bound = max(min(good, need) - taken, taken - max(0.0, need - bad)) / positives
    return Measured(value, variance, _effective(ranked.positives, ranked.positive_squares), max(bound, 0.0))


def _rate_at_cut(ranked: Ranked, above: Floats, share: float) -> float:
    """The share of positives among the rows near a cut of the ranking, which moves with the rows."""
    total = float(ranked.weights.sum())
    reach = CUT_WIDTH * min(share, 1 - share) * total
    near = (above < share * total + reach) & (above + ranked.weights > share * total - reach)
    weights = float(ranked.weights[near].sum())
    return float(ranked.positives[near].sum()) / weights if weights > 0 else 0.0


def cheapest(ranked: Ranked, false_positive: float, false_negative: float) -> tuple[float, float | None]:
    """The least cost per row of alarms from some score on, and that score; None where no alarm costs least."""
    import numpy as np

    missed = np.append(0.0, np.cumsum(ranked.positives))
    alarmed = ranked.total_negatives - np.append(0.0, np.cumsum(ranked.negatives))
    cost = (false_negative * missed + false_positive * alarmed) / float(ranked.weights.sum())
    at = int(np.argmin(cost))
    return float(cost[at]), float(ranked.low[at]) if at < len(ranked.low) else None
