"""Jensen-Shannon distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance, base_param, in_nats, of_chi_square, shares
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JensenShannonDistance(BinnedDistance):
    """Square root of the mean divergence of two distributions from their mean.

    0 is no change, sqrt(ln 2) = 0.833 two distributions without a value in common (1 with `base: 2`). Bins as for
    `psi`; empty bins need no care. P-value and noise floor: 8 n m / (n + m) times its square is chi-square where every
    bin is expected 100 times on both sides, else the pooled counts are resampled.
    Source: Lin, IEEE Trans. Inf. Theory 37 (1991); Endres and Schindelin (2003) for the square root being a distance.
    """

    kind = "jensen_shannon"
    title = "Jensen-Shannon distance"
    range = (0.0, 1.0)
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))
    squared = True

    base: str = base_param()

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        mean = (p + q) / 2
        divergence = sum((s * np.log(np.where(s > 0, s, mean) / mean)).sum(axis=-1) for s in (p, q)) / 2
        # The last bits may take it out of its range.
        found: Floats = np.sqrt(np.clip(divergence / in_nats(self.base), 0.0, math.log(2.0) / in_nats(self.base)))
        return found

    def chi_square_factor(self, n: float, m: float) -> float:
        return 8.0 * of_chi_square(n, m) * in_nats(self.base)

    examples = (
        Example(
            says="nothing in common",
            rows={"x": ["a"] * 10},
            baseline={"x": ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=math.sqrt(math.log(2.0)),
        ),
        Example(
            says="nothing in common, in bits",
            rows={"x": ["a"] * 10},
            baseline={"x": ["b"] * 10},
            parameters={"base": "2"},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=1.0,
        ),
        Example(says="the same", rows={"x": [1, 2, 3]}, baseline={"x": [1, 2, 3]}, column="x", value=0.0),
    )
