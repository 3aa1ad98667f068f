"""The likelihood-ratio test of homogeneity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance, shares
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GTest(BinnedDistance):
    """The likelihood-ratio statistic of the table (window, baseline) x bins: 2 sum of observed ln(observed / expected).

    Like `chi_square`, to which it is near: both samples count as random, and it grows with the number of rows. P-value
    and noise floor: the chi-square law where every bin is expected 100 times on both sides, else the pooled counts are
    resampled. Source: Wilks (1938); Agresti, Categorical Data Analysis (2013), 3.2.
    """

    kind = "g_test"
    title = "G statistic"
    default_columns = ("categorical",)
    default_threshold = Threshold(warning=Bounds(above=0.0))

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        n, m = window.sum(axis=-1, keepdims=True), baseline.sum(axis=-1, keepdims=True)
        pooled = (window + baseline) / (n + m)
        terms = window * np.log(np.where(p > 0, p, pooled) / pooled)
        terms += baseline * np.log(np.where(q > 0, q, pooled) / pooled)
        found: Floats = np.maximum(2.0 * terms.sum(axis=-1), 0.0)
        return found

    def chi_square_factor(self, n: float, m: float) -> float:
        return 1.0

    examples = (
        Example(
            says="10/20 against 20/10: every cell expects 15",
            rows={"x": ["a"] * 10 + ["b"] * 20},
            baseline={"x": ["a"] * 20 + ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=40 * math.log(10 / 15) + 80 * math.log(20 / 15),
        ),
    )
