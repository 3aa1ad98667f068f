"""How often what is scored happens, window against baseline, at equal scores: stratified by score, bin by bin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.drift._chi_square import chi_square_tail
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.scores import ScoresProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

STRATA = 20  # in each bin: within a stratum scores are as good as equal, so that their shift inside a bin cancels
ENOUGH = 5.0  # variance of the positives of a bin from which their number is as good as normal
NOISE_DRAWS = 999
SEED = 20130301


@dataclass(frozen=True, eq=False)
class Reliability:
    """By bin of the score: the excess of positives in the window over what strata of equal scores let expect.

    `weight` is the sum of n m / (n + m) over the strata of a bin, for n rows of the window and m of the baseline, and
    `variance` that of the excess given all marginal counts. `share` is the share of the window's rows, `low` and `high`
    the smallest and largest score.
    """

    excess: Floats
    weight: Floats
    variance: Floats
    share: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, window: ScoresProfile, baseline: ScoresProfile, bins: int) -> Reliability:
        """Of two sides that both have labelled rows; bins are shares of all rows of both, ties in one bin."""
        import numpy as np

        sides = (window.positives, window.negatives, baseline.positives, baseline.negatives)
        resolution = min(each.resolution for each in sides if each.finite)
        a, b, c, d = (each.at_resolution(resolution) for each in sides)
        pooled = HistogramProfile.merged([each for each in (a, b, c, d) if each.finite])
        middle = pooled.before[1:] - pooled.counts / 2
        stratum = np.minimum((middle / pooled.finite * bins * STRATA).astype(np.intp), bins * STRATA - 1)

        def by_stratum(side: HistogramProfile) -> Floats:
            at = stratum[pooled.bins.searchsorted(side.bins)]
            return np.bincount(at, side.counts, bins * STRATA).astype(float)

        hits, before = by_stratum(a), by_stratum(c)
        n, m = hits + by_stratum(b), before + by_stratum(d)
        positives, rows = hits + before, n + m
        some, several = np.maximum(rows, 1.0), np.maximum(rows - 1.0, 1.0)
        weight = n * m / some
        of_stratum = (hits - n * positives / some, weight, weight * positives * (rows - positives) / some / several, n)
        excess, weight, variance, own = (each.reshape(bins, STRATA).sum(axis=1) for each in of_stratum)
        kept = weight > 0
        low, high = np.full(bins, math.inf), np.full(bins, -math.inf)
        np.minimum.at(low, stratum // STRATA, pooled.low)
        np.maximum.at(high, stratum // STRATA, pooled.high)
        return cls(*(each[kept] for each in (excess, weight, variance, own / own.sum(), low, high)))

    @property
    def differences(self) -> Floats:
        """By bin, how much more often it happens in the window: the risk difference of Mantel and Haenszel."""
        return self.excess / self.weight

    @property
    def value(self) -> float:
        """The mean size of the differences over the window's rows."""
        import numpy as np

        return float(self.share @ np.abs(self.differences))

    @property
    def direction(self) -> str | None:
        """Whether it happens more often at equal scores (up), less often, or both."""
        import numpy as np

        moved = self.share * self.differences
        if not moved.any():
            return None
        net = float(moved.sum()) / float(np.abs(moved).sum())
        return "mixed" if abs(net) < 0.8 else ("up" if net > 0 else "down")

    def p_value(self) -> float:
        """Of the sum over bins of Mantel and Haenszel's chi-square; bins without enough variance join the next."""
        found: list[tuple[float, float]] = []
        excess = variance = 0.0
        for one, spread in zip(self.excess.tolist(), self.variance.tolist(), strict=True):
            excess, variance = excess + one, variance + spread
            if variance >= ENOUGH:
                found.append((excess, variance))
                excess = variance = 0.0
        if found and variance:
            last = found.pop()
            found.append((last[0] + excess, last[1] + variance))
        if found:
            return chi_square_tail(sum(one * one / spread for one, spread in found), len(found))
        if variance == 0.0:
            return 1.0
        # Too little for the law as it is: with the correction for continuity it errs on the safe side.
        return chi_square_tail(max(abs(excess) - 0.5, 0.0) ** 2 / variance, 1)

    def noise(self) -> float:
        """The value that one comparison in 20 exceeds when nothing changed, by the normal law of the excesses."""
        import numpy as np

        drawn = np.abs(np.random.default_rng(SEED).standard_normal((NOISE_DRAWS, len(self.share))))
        return float(np.quantile(drawn @ (self.share * np.sqrt(self.variance) / self.weight), 0.95))
