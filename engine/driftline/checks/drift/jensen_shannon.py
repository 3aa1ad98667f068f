"""Jensen-Shannon distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._comparison import Binned, compared, distribution, subject_column
from driftline.config.document import Bounds, Threshold
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class JensenShannonDistance(Check):
    """Square root of the mean divergence (natural logarithm) of two distributions from their mean.

    0 is no change, sqrt(ln 2) = 0.833 two distributions without a value in common. Bins as for `psi`; empty bins need
    no care. The p-value is that of the contingency chi-square on the same bins, its asymptotic law.
    Source: Lin, IEEE Trans. Inf. Theory 37 (1991); Endres and Schindelin (2003) for the square root being a distance.
    """

    kind = "jensen_shannon"
    title = "Jensen-Shannon distance"
    needs_baseline = True
    significance = True
    range = (0.0, math.sqrt(math.log(2.0)))
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    bins: int = param("Number of bins, each an equal share of the baseline.", default=10, minimum=2, maximum=1000)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": distribution(subject_column(on))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return compared(on, window, baseline, self.bins, jensen_shannon_distance)

    examples = (
        Example(
            says="nothing in common",
            rows={"x": ["a"] * 10},
            baseline={"x": ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=math.sqrt(math.log(2.0)),
        ),
        Example(says="the same", rows={"x": [1, 2, 3]}, baseline={"x": [1, 2, 3]}, column="x", value=0.0),
    )


def jensen_shannon_distance(counts: Binned) -> float:
    """The distance between two sets of counts over the same bins."""
    import numpy as np

    p, q = counts.shares()
    mean = (p + q) / 2
    divergence = sum(float(np.sum(side * np.log(np.where(side > 0, side, mean) / mean))) for side in (p, q)) / 2
    return math.sqrt(max(divergence, 0.0))
