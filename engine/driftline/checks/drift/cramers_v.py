"""Cramér's V."""

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
class CramersV(BinnedDistance):
    """How much the bin says of which side a row is from: sqrt(chi-square / rows of both sides), from 0 to 1.

    0 is no change, 1 two distributions without a value in common. It does not grow with the number of rows, but shrinks
    where one side is much smaller than the other; `hellinger` and `total_variation` do not. P-value and noise floor are
    those of `chi_square`. Source: Cramér, Mathematical Methods of Statistics (1946).
    """

    kind = "cramers_v"
    title = "Cramér's V"
    default_columns = ("categorical",)
    range = (0.0, 1.0)
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))
    squared = True

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        rows = window.sum(axis=-1) + baseline.sum(axis=-1)
        found: Floats = np.sqrt(np.minimum(pearson(window, baseline) / rows, 1.0))
        return found

    def chi_square_factor(self, n: float, m: float) -> float:
        return n + m

    examples = (
        Example(
            says="10/20 against 20/10: chi-square 20/3 of 60 rows",
            rows={"x": ["a"] * 10 + ["b"] * 20},
            baseline={"x": ["a"] * 20 + ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=1 / 3,
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
