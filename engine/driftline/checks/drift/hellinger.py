"""Hellinger distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance, of_chi_square, shares
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HellingerDistance(BinnedDistance):
    """Distance of the square roots of the shares: sqrt(½ sum of (sqrt p - sqrt q)²), from 0 to 1.

    0 is no change, 1 two distributions without a value in common. Bins as for `psi`; empty bins need no care. P-value
    and noise floor: 8 n m / (n + m) times its square is chi-square where every bin is expected 100 times on both sides,
    else the pooled counts are resampled. Source: Hellinger (1909); Le Cam and Yang, Asymptotics in Statistics (2000).
    """

    kind = "hellinger"
    title = "Hellinger distance"
    range = (0.0, 1.0)
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))
    squared = True

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        apart = np.sqrt(p) - np.sqrt(q)
        found: Floats = np.sqrt(np.minimum((apart * apart).sum(axis=-1) / 2, 1.0))
        return found

    def chi_square_factor(self, n: float, m: float) -> float:
        return 8.0 * of_chi_square(n, m)

    examples = (
        Example(
            says="shares 50/50 against 80/20",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=math.sqrt(1 - math.sqrt(0.4) - math.sqrt(0.1)),
        ),
        Example(
            says="nothing in common",
            rows={"x": ["a"] * 10 + ["b"] * 0},
            baseline={"x": ["a"] * 0 + ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=1.0,
        ),
    )
