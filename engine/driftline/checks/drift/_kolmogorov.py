"""The upper tail of Kolmogorov's law: importing a special-function library takes longer than all p-values of a run."""

from __future__ import annotations

import math
from functools import lru_cache

ENOUGH = 5  # terms, of either series where it is used: what the rest adds is below the last bit


def kolmogorov_tail(x: float) -> float:
    """Probability that a variable of Kolmogorov's law exceeds `x`.

    Source: Kolmogorov (1933) for the alternating series; below 1, where it converges slowly, its other form by
    Jacobi's theta transformation (Marsaglia, Tsang and Wang, Journal of Statistical Software 8 (2003)).
    """
    if x <= 0.0:
        return 1.0
    terms = range(1, ENOUGH + 1)
    if x < 1.0:
        scale = math.pi * math.pi / (8.0 * x * x)
        below = math.fsum(math.exp(-((2 * k - 1) ** 2) * scale) for k in terms)
        return 1.0 - math.sqrt(2.0 * math.pi) / x * below
    return 2.0 * math.fsum((-1.0) ** (k - 1) * math.exp(-2.0 * k * k * x * x) for k in terms)


@lru_cache(maxsize=16)
def kolmogorov_quantile(tail: float) -> float:
    """The value that a variable of Kolmogorov's law exceeds with probability `tail`; by halving."""
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if kolmogorov_tail(middle) > tail else (low, middle)
    return high
