"""The share of the target's variance that a regression leaves unexplained, and how sure it is."""

from __future__ import annotations

import math

from driftline.checks.performance._intervals import of_positive
from driftline.checks.performance._regression import ROUNDING, value, variance
from driftline.model import Failed, NoData, Reading
from driftline.profiles.moments import MomentsProfile
from driftline.profiles.residuals import ResidualsProfile

MOST = 10.0  # how many times the share that is left its error may be: of two rows, of which one is all, it is 9


def read_explained(errors: ResidualsProfile, *, around_mean: bool) -> Reading:
    """1 - sum of error² / sum of (target - mean target)²; `around_mean` takes the errors from their mean as well.

    The influence of a row on the share that is left, by the delta method: (error² - share x (target - mean target)²) /
    variance of the target.
    """
    total, rows = errors.weights[""], errors.rows
    level, bias = errors.weights["y"] / total, errors.weights["e"] / total if around_mean else 0.0
    spread, spread_bound = _spread(errors, "y", errors.target)
    left, left_bound = _spread(errors, "e", errors.errors) if around_mean else (errors.weights["ee"], 0.0)
    if not (math.isfinite(spread) and math.isfinite(left)):
        return Failed("the result is beyond the range of a double; the values are too large to square")
    if errors.target.minimum == errors.target.maximum or not spread > 0:
        return NoData("all targets are equal, so there is no variance to explain", rows=rows)
    share = left / spread
    influence = {
        "ee": 1.0,
        "e": -2 * bias,
        "yy": -share,
        "y": 2 * share * level,
        "": bias * bias - share * level * level,
    }
    found = variance(errors, influence)
    interval = None
    if found is not None:
        found *= (total / spread) * (total / spread)
        # Of targets that lie far from 0 rounding may leave nothing of what the interval is made of.
        if found <= (MOST * share) ** 2:
            low, high = of_positive(share, found)
            interval = (1.0 - high, 1.0 - low)
    bound = (left_bound + share * spread_bound) / spread
    return value(1.0 - share, errors, interval, bound)


def _spread(errors: ResidualsProfile, name: str, moments: MomentsProfile) -> tuple[float, float]:
    """The sum of weight x squared deviation from the mean, and how far rounding may have it off."""
    total = errors.weights[""]
    if total == errors.count == errors.square_of(""):  # each row counts 1
        return moments.m2, 0.0
    squares = errors.weights[name + name]
    return max(squares - errors.weights[name] * errors.weights[name] / total, 0.0), ROUNDING * squares
