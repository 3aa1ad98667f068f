"""How far scores are from the frequencies that they state: by bins, and by a logistic regression on their log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.performance._intervals import Z, for_few
from driftline.checks.performance._ranking import ONE_OUTCOME, Found, Measured, Ranked, Variance
from driftline.profiles.scores import SMALLEST_PROBABILITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOISE_DRAWS = 999
STEPS = 60  # of Newton's method; a regression that has not come to rest by then has no finite solution
AT_REST = 1e-12


def expected_error(ranked: Ranked, bins: int) -> Found:
    """Mean distance of the positives' share from the mean score in bins of equal width, each by what it weighs."""
    import numpy as np

    total, middle = float(ranked.weights.sum()), ranked.middle
    first, last = (np.clip(np.floor(end * bins), 0, bins - 1) for end in (ranked.low, ranked.high))
    at = np.clip(np.floor(middle * bins), 0, bins - 1).astype(int)
    gap = np.bincount(at, ranked.positives - ranked.weights * middle, bins) / total
    mean_gap = gap * total / np.maximum(np.bincount(at, ranked.weights, bins), np.finfo(float).tiny)
    positive, negative = 1 - middle - mean_gap[at], -middle - mean_gap[at]
    spread = ranked.positive_squares * positive**2 + ranked.negative_squares * negative**2
    variances = np.maximum(np.bincount(at, spread, bins), _of_one_outcome(ranked, at, bins)) / total**2
    value = float(np.abs(gap).sum())
    # What lies between the true gap and 0 adds to the value on average: the lower end is that of the gaps without it.
    error = float(np.sqrt(variances.sum()))
    honest = float(np.sqrt(np.maximum(gap**2 - variances, 0.0)).sum())
    squares = ranked.positive_squares + ranked.negative_squares
    when_right = np.sqrt(np.bincount(at, squares * middle * (1 - middle), bins)) / total
    random = np.random.default_rng(20130301)
    noise = np.abs(random.standard_normal((NOISE_DRAWS, bins)) * when_right).sum(axis=1)
    off = float(ranked.weights @ (ranked.high - ranked.low)) / 2 + 2 * float(ranked.weights[first != last].sum())
    return Measured(
        value,
        Variance(error**2),
        total**2 / float(squares.sum()),
        off / total,
        (max(honest - Z * error, 0.0), min(value + Z * error, 1.0)),
        float(np.quantile(noise, 0.95)),
    )


def _of_one_outcome(ranked: Ranked, at: NDArray[np.intp], bins: int) -> Floats:
    """By bin, rows² times the variance of a share of which only one outcome was seen: none of the rows says that the
    other never comes. That of the middle of Wilson's interval (Agresti and Coull, 1998); 0 in bins with both outcomes.
    """
    import numpy as np

    positives, weights = np.bincount(at, ranked.positives, bins), np.bincount(at, ranked.weights, bins)
    squares = np.bincount(at, ranked.positive_squares + ranked.negative_squares, bins)
    alone = (weights > 0) & ((positives == 0) | (positives == weights))
    rows = np.divide(weights * weights, squares, out=np.ones(bins), where=squares > 0)
    middle = Z * Z / 2 / (rows + Z * Z)
    return np.where(alone, middle * (1 - middle) * squares, 0.0)


@dataclass(frozen=True, eq=False)
class _Regression:
    """Log-odds of the positive class as intercept + slope x log-odds of the score."""

    ranked: Ranked
    x: Floats

    def chance(self, line: Floats) -> Floats:
        import numpy as np

        return np.asarray(0.5 * (1 + np.tanh((line[0] + line[1] * self.x) / 2)))

    def likelihood(self, line: Floats) -> float:
        import numpy as np

        odds = line[0] + line[1] * self.x
        lost = self.ranked.positives @ np.logaddexp(0, -odds) + self.ranked.negatives @ np.logaddexp(0, odds)
        return -float(lost)

    def curvature(self, chance: Floats) -> Floats:
        """The information matrix."""
        return self.products(self.ranked.weights * chance * (1 - chance))

    def products(self, weights: Floats) -> Floats:
        import numpy as np

        mixed = float(weights @ self.x)
        return np.array([[float(weights.sum()), mixed], [mixed, float(weights @ self.x**2)]])

    def solve(self) -> Floats | None:
        """Newton's method, halving a step that does not go uphill; None where it does not come to rest."""
        import numpy as np

        line, best = np.zeros(2), self.likelihood(np.zeros(2))
        for _ in range(STEPS):
            chance = self.chance(line)
            residual = self.ranked.positives - self.ranked.weights * chance
            curvature = self.curvature(chance)
            if np.linalg.cond(curvature) > 1e15:
                return None
            step = np.linalg.solve(curvature, [float(residual.sum()), float(residual @ self.x)])
            while self.likelihood(line + step) < best - abs(best) * AT_REST and np.abs(step).max() > AT_REST:
                step = step / 2
            line = line + step
            best = self.likelihood(line)
            if np.abs(step).max() <= AT_REST * (1 + np.abs(line).max()):
                return line
        return None


def slope(ranked: Ranked) -> Found:
    """The slope of the logistic regression of the outcome on the log-odds of the score, with its sandwich variance."""
    import numpy as np

    if ranked.total_positives <= 0 or ranked.total_negatives <= 0:
        return ONE_OUTCOME
    regression = _Regression(ranked, _log_odds(ranked.middle))
    good, bad = regression.x[ranked.positives > 0], regression.x[ranked.negatives > 0]
    if good.min() == bad.max() == good.max() == bad.min():
        return "all scores are equal, so that there is no slope"
    if good.min() >= bad.max() or bad.min() >= good.max():
        return "the scores tell all positives from all negatives, so that the slope has no end"
    line = regression.solve()
    if line is None:
        return "the regression of outcomes on the scores' log-odds has no solution"
    chance = regression.chance(line)
    inverse = np.linalg.inv(regression.curvature(chance))
    moved = inverse[1, 0] + inverse[1, 1] * regression.x
    variance = ranked.variance(moved * (1 - chance), moved * chance) * for_few(ranked.rarer)
    return Measured(float(line[1]), variance, ranked.rarer, _slope_bound(ranked, regression, line, inverse[1]))


def _log_odds(score: Floats) -> Floats:
    """Log-odds, of scores at least the machine epsilon away from 0 and 1, as for log loss."""
    import numpy as np

    kept = np.clip(score, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def _slope_bound(ranked: Ranked, regression: _Regression, line: Floats, inverse: Floats) -> float:
    """How far the slope moves, to first order, when each score lies at an end of its bin."""
    import numpy as np

    x, chance = regression.x, regression.chance(line)
    reach = np.maximum(_log_odds(ranked.high) - x, x - _log_odds(ranked.low))
    bend = chance * (1 - chance) * line[1]
    common = inverse[0] * bend + inverse[1] * x * bend
    positive, negative = np.abs(inverse[1] * (1 - chance) - common), np.abs(-inverse[1] * chance - common)
    return float((ranked.positives * positive + ranked.negatives * negative) @ reach)
