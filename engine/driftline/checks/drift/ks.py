"""Two-sample Kolmogorov-Smirnov distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.drift._cdf import kolmogorov_smirnov, largest_tie
from driftline.checks.drift._groups import difference
from driftline.checks.drift._laws import TIES, KolmogorovLaw, Law
from driftline.checks.drift._ordered import OrderedDistance
from driftline.config.document import Bounds, Threshold
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 5.0  # n m / (n + m) from which the law holds: of 8 rows a side it would raise 9 false alarms in 100 at 5 %


@dataclass(frozen=True)
class KolmogorovSmirnov(OrderedDistance):
    """The largest distance between the two cumulative distributions, from 0 to 1.

    P-value and noise floor: Kolmogorov's law with Stephens' correction for finite samples, which is right as long as
    hardly any values are equal and else too careful; where one value holds more than a thousandth of the rows, and of
    fewer than about ten rows a side, the pooled rows are resampled (at most 64 groups). Source: Smirnov (1939);
    Stephens, JRSS B 32 (1970).
    """

    kind = "ks"
    title = "Kolmogorov-Smirnov distance"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        return kolmogorov_smirnov(window, baseline)

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        found: Floats = np.abs(difference(window, baseline)).max(axis=-1)
        return found

    def law(self, window: HistogramProfile, baseline: HistogramProfile) -> Law | None:
        n, m = window.values, baseline.values
        return KolmogorovLaw(n, m) if n * m >= ENOUGH * (n + m) else None

    def holds(self, window: HistogramProfile, baseline: HistogramProfile) -> bool:
        return largest_tie(window, baseline) <= TIES

    examples = (
        Example(
            says="half of the window lies above all of the baseline",
            rows={"x": [1.0, 2.0, 11.0, 12.0]},
            baseline={"x": [1.0, 2.0, 1.0, 2.0]},
            column="x",
            value=0.5,
        ),
        Example(says="infinities are values", rows={"x": [float("inf")]}, baseline={"x": [1.0]}, column="x", value=1.0),
        Example(says="all missing", rows={"x": [None, None]}, baseline={"x": [1.0]}, column="x", value="NoData"),
    )
