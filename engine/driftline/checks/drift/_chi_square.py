"""The upper tail of the chi-square law, in closed form for whole degrees of freedom, and where it falls to 5 %.

Importing a special-function library takes longer than all p-values of a run together, and for whole degrees of freedom
the tail is a finite sum. Source: Abramowitz and Stegun, 26.4.4 and 26.4.5.
"""

from __future__ import annotations

import math
from functools import lru_cache


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Probability that a chi-square variable with `freedom` degrees of freedom exceeds `statistic`.

    Terms are added in logarithms, from the largest down, so that thousands of degrees of freedom neither overflow nor
    vanish. 1 for no degrees of freedom or a statistic of 0.
    """
    if freedom <= 0 or statistic <= 0:
        return 1.0
    half = statistic / 2.0
    odd = freedom % 2
    # Even: exp(-h) sum h^i / i!, i < k/2. Odd: erfc(sqrt h) + exp(-h) sum h^(i+1/2) / Gamma(i + 3/2), i < (k-1)/2.
    shift = 0.5 if odd else 0.0
    logs = [(i + shift) * math.log(half) - half - math.lgamma(i + shift + 1.0) for i in range(freedom // 2)]
    tail = math.fsum(math.exp(term) for term in logs) + (math.erfc(math.sqrt(half)) if odd else 0.0)
    return min(tail, 1.0)


@lru_cache(maxsize=4096)
def chi_square_quantile(tail: float, freedom: int) -> float:
    """The value that a chi-square variable exceeds with probability `tail`: Newton's steps from a normal guess.

    Source of the guess: Wilson and Hilferty (1931). 0 for no degrees of freedom.
    """
    from statistics import NormalDist

    if freedom <= 0:
        return 0.0
    scale = 2.0 / (9.0 * freedom)
    value = freedom * max(1.0 - scale + NormalDist().inv_cdf(1.0 - tail) * math.sqrt(scale), 0.1) ** 3
    for _ in range(8):
        log_density = (freedom / 2 - 1) * math.log(value / 2) - value / 2 - math.lgamma(freedom / 2) - math.log(2.0)
        step = (chi_square_tail(value, freedom) - tail) / math.exp(log_density)
        value += step
        if abs(step) < 1e-12 * value:
            break
    return value
