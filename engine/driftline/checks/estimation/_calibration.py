"""From scores to probabilities, as the baseline's outcomes teach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from driftline.checks.estimation._isotonic import pooled
from driftline.checks.performance._ranking import Measured, Ranked, area
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.scores import ScoresProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

AUTO, ALWAYS, NEVER = CHOICES = ("auto", "always", "never")
FOLDS = 10
HELD_OUT = 0.1  # share of the rows that a fold holds out
ECE_BINS = 10
PERFECT = 0.999  # area under the ROC curve beyond which there are too few errors to calibrate by
DECIDING_BINS = 1_024  # whether to calibrate is decided on bins as coarse as that
_MOST_DRAWN = 10**9 - 1  # rows that NumPy draws from
_SEED = 20130301


@dataclass(frozen=True)
class Outcomes:
    """Rows with an outcome by score, in increasing order: `positives` of `totals` from `low` to `high` of each bin."""

    low: Floats
    high: Floats
    positives: Floats
    totals: Floats

    @property
    def scores(self) -> Floats:
        """The middle of each bin."""
        return self.low / 2 + self.high / 2

    def only(self, which: NDArray[np.bool_]) -> Outcomes:
        """Some of the bins."""
        return Outcomes(self.low[which], self.high[which], self.positives[which], self.totals[which])

    def apart(self) -> Outcomes:
        """The same rows where in each bin of several scores the negative ones come first: the steepest they may be."""
        import numpy as np

        mixed = (self.low < self.high) & (self.positives > 0) & (self.positives < self.totals)
        negatives = self.totals - self.positives
        at, before = np.flatnonzero(mixed) + 1, ~mixed
        return Outcomes(
            np.insert(self.low, at, self.high[mixed]),
            np.insert(np.where(before, self.high, self.low), at, self.high[mixed]),
            np.insert(np.where(before, self.positives, 0.0), at, self.positives[mixed]),
            np.insert(np.where(before, self.totals, negatives), at, self.positives[mixed]),
        )

    @classmethod
    def of(cls, positives: HistogramProfile, negatives: HistogramProfile) -> Outcomes:
        import numpy as np

        both = HistogramProfile.merged([positives, negatives])
        hits = np.zeros(len(both.bins))
        coarse = positives.at_resolution(both.resolution)
        hits[np.searchsorted(both.bins, coarse.bins)] = coarse.counts
        return cls(both.low, both.high, hits, both.counts.astype(float))


@dataclass(frozen=True)
class Calibration:
    """The probability that goes with a score: linear between knots, flat beyond them; without any the score itself.

    A knot is a bin of the baseline's scores, somewhere from `low` to `high`; `rates` are those of the knots, `block` is
    which of the blocks of one rate each is in, and `variance` the sampling variance of each block's rate.
    """

    low: Floats
    high: Floats
    rates: Floats
    block: Positions
    variance: Floats
    applied: bool = True
    steepest: Calibration | None = None  # where bins hold several scores: how else the outcomes may lie

    @classmethod
    def isotonic(cls, of: Outcomes) -> Calibration:
        """The isotonic regression of the outcome on the score."""
        block, hits, totals = pooled(of.positives, of.totals)
        smoothed = (hits + 0.5) / (totals + 1.0)  # a rate of 0 or 1 is not known without error either
        return cls(of.low, of.high, (hits / totals)[block], block, smoothed * (1.0 - smoothed) / totals)

    @classmethod
    def identity(cls) -> Calibration:
        """The scores are probabilities already."""
        import numpy as np

        none = np.zeros(0)
        return cls(none, none, none, none.astype(np.intp), np.zeros(1), applied=False)

    def probabilities(self, scores: Floats) -> Floats:
        import numpy as np

        return np.interp(scores, self.low / 2 + self.high / 2, self.rates) if self.applied else scores

    def slack(self, low: Floats, high: Floats) -> Floats:
        """How much the probabilities of scores from `low` to `high` may be off, as bins hide where in them rows lie."""
        import numpy as np

        if not self.applied:
            return (high - low) / 2
        inside = np.interp(high, self.low, self.rates) - np.interp(low, self.high, self.rates)
        if self.steepest is None:
            return inside
        middle = low / 2 + high / 2
        return np.asarray(inside + np.abs(self.steepest.probabilities(middle) - self.probabilities(middle)))

    def blocks(self, scores: Floats) -> Positions:
        """The block from which most of each score's probability comes."""
        import numpy as np

        if not self.applied:
            return np.zeros(len(scores), np.intp)
        middles = self.low[1:] / 2 + self.high[:-1] / 2
        return np.asarray(self.block[np.searchsorted(middles, scores)])


@lru_cache(maxsize=32)
def calibration(positives: HistogramProfile, negatives: HistogramProfile, wanted: str) -> Calibration:
    """What the scores of positive and negative rows teach; `wanted` is one of `CHOICES`.

    The histograms are compared by identity: many windows and checks have one baseline.
    """
    if positives.finite + negatives.finite == 0 or wanted == NEVER:
        return Calibration.identity()
    if wanted == AUTO and not improves(positives, negatives):
        return Calibration.identity()
    of = Outcomes.of(positives, negatives)
    fitted = Calibration.isotonic(of)
    return fitted if (of.low == of.high).all() else replace(fitted, steepest=Calibration.isotonic(of.apart()))


def improves(positives: HistogramProfile, negatives: HistogramProfile) -> bool:
    """Whether isotonic calibration lowers the expected calibration error of rows that it has not seen.

    The recipe of NannyML: ten splits, each of which holds out a tenth of either outcome; the errors over ten bins of
    equal counts are those of all held-out rows together. A profile has no rows to split, so that the tenth is drawn
    from its counts (multivariate hypergeometric: what a random split of the rows would give).
    """
    import numpy as np

    if min(positives.finite, negatives.finite) < 2:
        return False
    told_apart = area(Ranked.of(ScoresProfile(positives, negatives)))
    if not isinstance(told_apart, Measured) or told_apart.value > PERFECT:
        return False
    of = _coarse(positives, negatives)
    random = np.random.default_rng(_SEED)
    hits, misses = (_held_out(counts, random) for counts in (of.positives, of.totals - of.positives))
    calibrated = []
    for hit, miss in zip(hits, misses, strict=True):
        totals = of.totals - hit - miss
        fitted = Calibration.isotonic(replace(of, positives=of.positives - hit, totals=totals).only(totals > 0))
        calibrated.append(fitted.probabilities(of.scores))
    raw = np.tile(of.scores, FOLDS)
    before, after = (_error(p, hits.ravel(), misses.ravel()) for p in (raw, np.concatenate(calibrated)))
    return before > after


def _coarse(positives: HistogramProfile, negatives: HistogramProfile) -> Outcomes:
    resolution = min(positives.resolution, negatives.resolution)
    of = Outcomes.of(positives, negatives)
    while len(of.scores) > DECIDING_BINS:
        resolution -= 1
        of = Outcomes.of(positives.at_resolution(resolution), negatives.at_resolution(resolution))
    return of


def _held_out(counts: Floats, random: np.random.Generator) -> Floats:
    """A tenth of the rows, drawn ten times: a row of counts by bin for each."""
    import numpy as np

    whole = counts.astype(np.int64) // (1 + int(counts.sum()) // _MOST_DRAWN)
    size = max(1, round(int(whole.sum()) * HELD_OUT))
    return random.multivariate_hypergeometric(whole, size, size=FOLDS, method="marginals").astype(float)


def _error(probabilities: Floats, hits: Floats, misses: Floats) -> float:
    """Expected calibration error over bins of equal counts; rows of one probability may lie in two of them."""
    import numpy as np

    order = np.argsort(probabilities, kind="stable")
    totals = (hits + misses)[order]
    bounds = np.append(0.0, np.cumsum(totals))
    edges = np.linspace(0.0, bounds[-1], ECE_BINS + 1)
    expected, happened = (
        np.diff(np.interp(edges, bounds, np.append(0.0, np.cumsum(part))))
        for part in (totals * probabilities[order], hits[order])
    )
    return float(np.abs(expected - happened).sum() / bounds[-1])
