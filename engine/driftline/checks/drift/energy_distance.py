"""Energy distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.drift._cdf import energy
from driftline.checks.drift._groups import difference
from driftline.checks.drift._ordered import AreaDistance
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EnergyDistance(AreaDistance):
    """sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|) for rows X of the window and Y of the baseline.

    It is sqrt(2 x the integral of the squared difference of the cumulative distributions), as in SciPy, in the root of
    the column's unit; large differences count more than in `wasserstein`. With `normalize: true` it is divided by the
    root of the baseline's standard deviation, so that one threshold serves many columns. P-value and noise floor: the
    pooled rows are resampled (at most 64 groups). Infinite values are left out.
    Source: Székely and Rizzo, Journal of Statistical Planning and Inference 143 (2013).
    """

    kind = "energy_distance"
    title = "Energy distance"

    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        return energy(window, baseline)

    def distances(self, window: Floats, baseline: Floats, gaps: Floats) -> Floats:
        import numpy as np

        found: Floats = np.sqrt(2.0 * (np.square(difference(window, baseline)) @ gaps))
        return found

    def scaled(self, unit: float) -> float:
        return math.sqrt(unit)

    examples = (
        Example(
            says="two points, 2 apart",
            rows={"x": [3.0, 3.0]},
            baseline={"x": [1.0, 1.0]},
            column="x",
            value=2.0,
        ),
        Example(
            says="in standard deviations of the baseline: the CDFs differ by ½ from -1 to 3",
            rows={"x": [1.0, 3.0]},
            baseline={"x": [-1.0, 1.0]},
            parameters={"normalize": True},
            column="x",
            value=math.sqrt(2 * 0.25 * 4),
        ),
    )
