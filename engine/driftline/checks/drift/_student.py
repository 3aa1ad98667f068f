"""Student's law for any degrees of freedom, by the continued fraction of the incomplete beta function.

Source: Press and others, Numerical Recipes (2007), 6.4; Lentz's method. Importing a special-function library takes
longer than all p-values of a run.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

TINY = 1e-300
STEPS = 500
NEARLY_NORMAL, LEAST_TAIL = 30.0, 1e-6  # where the normal quantile is so near that Newton's steps find the right one


def student_tail(t: float, freedom: float) -> float:
    """Probability that a variable of Student's law is at least `t` away from 0, on either side; `t` is not negative."""
    return _incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)) if math.isfinite(t) else 0.0


@lru_cache(maxsize=4096)
def student_quantile(tail: float, freedom: float) -> float:
    """How far from 0 a variable of Student's law is with probability `tail`."""
    return _near_normal(tail, freedom) if freedom >= NEARLY_NORMAL and tail >= LEAST_TAIL else _halved(tail, freedom)


def _near_normal(tail: float, freedom: float) -> float:
    """By Newton's steps from the normal quantile, which is nearly it."""
    found = NormalDist().inv_cdf(1.0 - tail / 2.0)
    constant = math.lgamma((freedom + 1.0) / 2.0) - math.lgamma(freedom / 2.0) - 0.5 * math.log(freedom * math.pi)
    for _ in range(STEPS):
        density = math.exp(constant - (freedom + 1.0) / 2.0 * math.log1p(found * found / freedom))
        step = (student_tail(found, freedom) - tail) / (2.0 * density)
        found += step
        if abs(step) <= 1e-9 * found:  # the next one would be as its square
            break
    return found


def _halved(tail: float, freedom: float) -> float:
    """By halving."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > tail and high < 1e100:
        low, high = high, high * 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > tail else (low, middle)
    return high


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    # log1p: far out, 1 - x is small and would lose its digits.
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1.0) / (a + b + 2.0):
        return math.exp(front) * _fraction(a, b, x) / a
    return 1.0 - math.exp(front) * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1.0 / _not_zero(1.0 + term * d), _not_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
