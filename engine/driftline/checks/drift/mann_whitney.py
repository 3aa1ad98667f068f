"""The Mann-Whitney test (Wilcoxon's rank sum)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.drift._binned import shares
from driftline.checks.drift._laws import Law, NormalLaw
from driftline.checks.drift._ordered import OrderedDistance
from driftline.checks.drift._rank_integrals import dominance
from driftline.config.document import Bounds, Threshold
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

APART = 20.0  # rows beside the most frequent value, expected on the smaller side, from which the normal law is right


@dataclass(frozen=True)
class MannWhitney(OrderedDistance):
    """P(window > baseline) - P(window < baseline) of two random rows, from -1 to 1 (Cliff's delta).

    0 is no shift; above 0 the window lies higher. It is 2 U / (n m) - 1 of the test, and the rank-biserial correlation.
    P-value and noise floor, two-sided: the normal law with the variance corrected for ties, where the rows beside the
    most frequent value are expected 20 times on both sides; else the pooled rows are resampled (at most 64 groups).
    Source: Mann and Whitney (1947); Cliff, Psychological Bulletin 114 (1993).
    """

    kind = "mann_whitney"
    title = "Mann-Whitney dominance"
    range = (-1.0, 1.0)
    bad = "either"
    default_threshold = Threshold(warning=Bounds(above=0.15, below=-0.15), critical=Bounds(above=0.3, below=-0.3))

    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        return dominance(window, baseline)[:2]

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        below_p, below_q = np.cumsum(p, axis=-1) - p, np.cumsum(q, axis=-1) - q
        found: Floats = np.abs((p * below_q - q * below_p).sum(axis=-1))
        return found

    def law(self, window: HistogramProfile, baseline: HistogramProfile) -> Law | None:
        n, m = window.values, baseline.values
        ties, rows = dominance(window, baseline)[2], n + m
        if (rows - float(ties.max())) * min(n, m) / rows < APART:
            return None
        tied = float((ties**3 - ties).sum()) / (rows * (rows - 1.0))
        variance = max(rows + 1.0 - tied, 0.0) / (3.0 * n * m)
        return NormalLaw(math.sqrt(variance), continuity=1.0 / (n * m))

    examples = (
        Example(
            says="every row of the window lies below every row of the baseline",
            rows={"x": [1.0, 2.0]},
            baseline={"x": [3.0, 4.0]},
            column="x",
            value=-1.0,
        ),
        Example(
            says="of 4 pairs 2 are higher, 1 equal, 1 lower",
            rows={"x": [2.0, 4.0]},
            baseline={"x": [2.0, 3.0]},
            column="x",
            value=1 / 4,
        ),
    )
