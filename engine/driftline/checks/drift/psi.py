"""Population Stability Index."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance, base_param, in_nats, of_chi_square, without_gaps
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PopulationStabilityIndex(BinnedDistance):
    """How far a distribution moved from its baseline: sum over bins of (p - q) ln(p / q).

    p and q are the shares of the window and of the baseline in a bin. Bins hold equal shares of the baseline (numeric)
    or one value each (categorical); an empty bin counts half a row. 0 is no change, 0.1 moderate, 0.25 large; with
    `base: 2` it is 1.44 times as large, and so should its bounds be.
    P-value and noise floor: n m / (n + m) times PSI in natural units is chi-square where every bin is expected 100
    times on both sides, else the pooled counts are resampled.
    Source: Siddiqi, Credit Risk Scorecards (2006); Yurdakul, Statistical Properties of PSI (2018).
    """

    kind = "psi"
    title = "Population Stability Index"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.25))

    base: str = base_param()

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = without_gaps(window), without_gaps(baseline)
        found: Floats = ((p - q) * np.log(p / q)).sum(axis=-1) / in_nats(self.base)
        return found

    def chi_square_factor(self, n: float, m: float) -> float:
        return of_chi_square(n, m) * in_nats(self.base)

    examples = (
        Example(
            says="shares 50/50 against 80/20",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.3 * math.log(4.0),
        ),
        Example(
            says="the same in bits",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            parameters={"base": "2"},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.3 * 2.0,
        ),
        Example(
            says="the same numbers",
            rows={"x": [1, 2, 3] * 40},
            baseline={"x": [1, 2, 3] * 40},
            column="x",
            value=0.0,
        ),
        Example(
            says="two bins that meet at 10: shares 50/50 against 80/20",
            rows={"x": [1.0] * 5 + [10.0] * 5},
            baseline={"x": [1.0] * 8 + [11.0] * 2},
            parameters={"binning": "edges", "edges": (10.0,)},
            column="x",
            value=0.3 * math.log(4.0),
        ),
        Example(
            says="nothing changed but the share of rows without a value: 50 % against 20 %",
            rows={"x": ["a"] * 5 + [None] * 5},
            baseline={"x": ["a"] * 8 + [None] * 2},
            parameters={"missing": "category"},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.3 * math.log(4.0),
        ),
        Example(says="no rows", rows={"x": []}, baseline={"x": [1.0, 2.0]}, column="x", value="NoData"),
    )
