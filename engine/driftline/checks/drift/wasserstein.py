"""Wasserstein (earth mover's) distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.drift._cdf import wasserstein
from driftline.checks.drift._groups import difference
from driftline.checks.drift._ordered import AreaDistance
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Wasserstein(AreaDistance):
    """The area between the two cumulative distributions: the mean distance that a value moved, in the column's unit.

    With `normalize: true` it is divided by the baseline's standard deviation, so that one threshold serves many
    columns. P-value and noise floor: the pooled rows are resampled (at most 64 groups), at a cost that does not depend
    on the number of rows. Infinite values are left out. Source: Vallender (1974) for the CDF form.
    """

    kind = "wasserstein"
    title = "Wasserstein distance"

    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        return wasserstein(window, baseline)

    def distances(self, window: Floats, baseline: Floats, gaps: Floats) -> Floats:
        import numpy as np

        found: Floats = np.abs(difference(window, baseline)) @ gaps
        return found

    def scaled(self, unit: float) -> float:
        return unit

    examples = (
        Example(
            says="every value moved by 2",
            rows={"x": [2.0, 3.0, 4.0]},
            baseline={"x": [0.0, 1.0, 2.0]},
            column="x",
            value=2.0,
        ),
        Example(
            says="in standard deviations of the baseline",
            rows={"x": [2.0, 4.0]},
            baseline={"x": [-1.0, 1.0]},
            parameters={"normalize": True},
            column="x",
            value=3.0,
        ),
    )
