"""Fisher's exact test of a 2 x 2 table."""

from __future__ import annotations

import math

from driftline.checks.drift._laws import NOISE, Null

ALIKE = 1e-7  # relative difference of two probabilities that are taken as equal, as in R and SciPy


def fisher(hits: int, n: int, before: int, m: int) -> Null:
    """Two-sided p-value of `hits` of `n` rows against `before` of `m`, and the difference of shares that is noise.

    The tables with the same margins that are no likelier than the one that was found; the cost grows with the rarer of
    hits and misses, or with the smaller side. Source: Fisher (1935).
    """
    import numpy as np

    total = hits + before
    first, last = max(0, total - m), min(total, n)
    # Probabilities of neighbours have a simple ratio, so that one logarithm each is enough.
    k = np.arange(first, last, dtype=float)
    ratios = np.log(total - k) + np.log(n - k) - np.log(k + 1.0) - np.log(m - total + k + 1.0)
    start = _log_choose(total, first) + _log_choose(n + m - total, n - first) - _log_choose(n + m, n)
    logs = start + np.concatenate(([0.0], np.cumsum(ratios)))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    p_value = float(chances[chances <= chances[hits - first] * (1.0 + ALIKE)].sum())
    sizes = np.abs(np.arange(first, last + 1) / n - (total - np.arange(first, last + 1)) / m)
    order = np.argsort(-sizes, kind="stable")
    beyond = np.cumsum(chances[order])  # the chance of a difference at least this large
    noise = float(sizes[order][min(int(np.searchsorted(beyond, NOISE, side="right")), len(order) - 1)])
    return Null(min(p_value, 1.0), noise)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)
