"""Two-sample Cramér-von Mises distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.drift._groups import difference
from driftline.checks.drift._ordered import OrderedDistance
from driftline.checks.drift._rank_integrals import cramer_von_mises
from driftline.config.document import Bounds, Threshold
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CramerVonMises(OrderedDistance):
    """The mean squared difference of the two cumulative distributions over all rows, from 0 to 1/3.

    n m / (n + m) times it is the statistic of the test, but for ties. Unlike `ks` it weighs differences along the whole
    distribution. A normal column moved by a third of its standard deviation, which PSI calls 0.1, reads 0.01.
    P-value and noise floor: the pooled rows are resampled (at most 64 groups), which is right with ties too.
    Source: Anderson, Annals of Mathematical Statistics 33 (1962).
    """

    kind = "cramer_von_mises"
    title = "Cramér-von Mises distance"
    default_threshold = Threshold(warning=Bounds(above=0.01), critical=Bounds(above=0.025))

    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        return cramer_von_mises(window, baseline)

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        pooled = window[0] + baseline[0]
        found: Floats = np.square(difference(window, baseline)) @ (pooled / pooled.sum())[:-1]
        return found

    examples = (
        Example(
            says="differences of 0, ½, 0 and 0 behind the four values, of which 2 is that of two rows of eight",
            rows={"x": [1.0, 3.0, 3.0, 4.0]},
            baseline={"x": [1.0, 2.0, 2.0, 4.0]},
            column="x",
            value=2 / 8 * 0.25,
        ),
    )
