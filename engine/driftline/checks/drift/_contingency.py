"""Two sets of counts over the same bins as a 2 x k contingency table: Pearson's test of homogeneity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.checks.drift._chi_square import chi_square_tail

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def pearson(window: Floats, baseline: Floats) -> Floats:
    """Pearson's statistic; both samples are random. Counts of many tables are rows, no bin is empty in both."""
    n, m = window.sum(axis=-1, keepdims=True), baseline.sum(axis=-1, keepdims=True)
    # The sum of (observed - expected)² / expected over both rows of the table, in one.
    off = window * m - baseline * n
    found: Floats = (off * off / (window + baseline)).sum(axis=-1) / (n * m)[..., 0]
    return found


def smallest_expected(window: Floats, baseline: Floats) -> float:
    """The smallest expected count of the table."""
    smaller = min(float(window.sum()), float(baseline.sum()))
    pooled = window + baseline
    return float(pooled.min()) * smaller / float(pooled.sum())


def chi_square_p_value(window: Floats, baseline: Floats, expected: float) -> float:
    """P-value of Pearson's test; bins that are expected less than `expected` times are pooled, rarest first."""
    pooled = pool_rare(window, baseline, expected)
    return chi_square_tail(float(pearson(*pooled)), len(pooled[0]) - 1)


def pool_rare(window: Floats, baseline: Floats, expected: float) -> tuple[Floats, Floats]:
    """The same table with its rarest bins joined until each is expected often enough on both sides.

    Which are joined depends on the pooled counts only, so the law of the table given them is not disturbed.
    """
    import numpy as np

    if smallest_expected(window, baseline) >= expected:
        return window, baseline
    pooled = window + baseline
    smaller = min(float(window.sum()), float(baseline.sum())) / float(pooled.sum())
    order = np.argsort(pooled, kind="stable")
    groups = np.zeros(len(pooled), int)
    number, held = 0, 0.0
    for at, count in zip(order.tolist(), (pooled[order] * smaller).tolist(), strict=True):
        groups[at] = number
        held += count
        if held >= expected:
            number, held = number + 1, 0.0
    if held and number:  # the last group fell short: the largest bin takes it in
        groups[groups == number] = number - 1
    window, baseline = (np.bincount(groups, weights=side).astype(float) for side in (window, baseline))
    return window, baseline
