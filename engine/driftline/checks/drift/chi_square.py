"""Pearson's chi-square test of homogeneity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance
from driftline.checks.drift._contingency import pearson
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChiSquare(BinnedDistance):
    """Pearson's statistic of the table (window, baseline) x bins: sum of (observed - expected)² / expected.

    Both samples count as random, unlike the goodness-of-fit form, which takes the baseline as exact and cries wolf.
    The statistic grows with the number of rows, so its default threshold leaves the verdict to significance; use
    `cramers_v` or `psi` for a verdict that does not. P-value and noise floor: the chi-square law where every bin is
    expected 100 times on both sides, else the pooled counts are resampled.
    Source: Pearson (1900); Agresti, Categorical Data Analysis (2013), 3.2.
    """

    kind = "chi_square"
    title = "Chi-square statistic"
    default_columns = ("categorical",)
    default_threshold = Threshold(warning=Bounds(above=0.0))

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        return pearson(window, baseline)

    def chi_square_factor(self, n: float, m: float) -> float:
        return 1.0

    examples = (
        Example(
            says="10/20 against 20/10: every cell expects 15",
            rows={"x": ["a"] * 10 + ["b"] * 20},
            baseline={"x": ["a"] * 20 + ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=4 * 25 / 15,
        ),
    )
