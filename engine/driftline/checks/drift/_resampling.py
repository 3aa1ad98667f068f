"""A p-value for a distance between distributions, by resampling the pooled profile instead of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.checks.drift._alignment import Union
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLED_BINS = 64
MOST_DRAWS = 100_000
NORMAL_FROM = 20_000  # rows a side from which the normal limit of the resampled counts is as good and faster


def resampled_p_value(window: HistogramProfile, baseline: HistogramProfile, draws: int) -> float:
    """Share of random splits of the pooled rows that lie at least as far apart; seeded, so that it is repeatable."""
    import numpy as np

    if draws == 0:
        return 1.0
    union = Union.of(window, baseline)
    current, reference = np.zeros(union.size), np.zeros(union.size)
    current[union.at_window], reference[union.at_baseline] = union.window.counts, union.baseline.counts
    pooled = current + reference
    middle = np.cumsum(pooled) - pooled / 2
    group = np.unique((middle / pooled.sum() * RESAMPLED_BINS).astype(int), return_inverse=True)[1]
    centres = _centres(union, group)
    counts = [np.bincount(group, weights=side).astype(float) for side in (current, reference)]
    gaps = np.diff(centres / 2)  # only ratios of gaps count, and half of the widest gap is still a double
    scale = gaps.max(initial=0.0)
    if scale == 0.0:
        return 1.0
    total, n = counts[0] + counts[1], float(counts[0].sum())
    observed = _area(counts[0][None, :], total, n, gaps / scale)[0]
    sampled = _splits(total, n, min(max(draws, 999), MOST_DRAWS))
    hits = int(np.sum(_area(sampled, total, n, gaps / scale) >= observed * (1 - 1e-12)))
    return (hits + 1) / (len(sampled) + 1)


def _centres(union: Union, group: NDArray[np.intp]) -> Floats:
    """The mean middle of the bins of each group, weighted by what both sides hold in them."""
    import numpy as np

    weight, position = np.zeros(union.size), np.zeros(union.size)
    total = union.window.finite + union.baseline.finite
    for side, at in ((union.window, union.at_window), (union.baseline, union.at_baseline)):
        weight[at] += side.counts / total
        position[at] += side.counts / total * (side.low / 2 + side.high / 2)
    return np.asarray(np.bincount(group, weights=position) / np.bincount(group, weights=weight))


def _area(sample: Floats, total: Floats, n: float, gaps: Floats) -> Floats:
    """The area between the CDFs of each sampled window and of the rest of the pooled rows."""
    import numpy as np

    rest = total - sample
    difference = np.cumsum(sample / n - rest / (total.sum() - n), axis=1)[:, :-1]
    return np.asarray(np.abs(difference) @ gaps)


def _splits(total: Floats, n: float, draws: int) -> Floats:
    """Random windows of `n` of the pooled rows, as counts by bin."""
    import numpy as np

    random = np.random.default_rng(20130301)
    rows = total.sum()
    if min(n, rows - n) < NORMAL_FROM:
        counts = random.multivariate_hypergeometric(total.astype(np.int64), int(n), size=draws, method="marginals")
        return counts.astype(float)
    share = total / rows
    normal = random.standard_normal((draws, len(total))) * np.sqrt(share)
    normal -= share * normal.sum(axis=1, keepdims=True)
    return np.asarray(n * share + normal * np.sqrt(n * (rows - n) / rows))
