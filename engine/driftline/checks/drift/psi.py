"""Population Stability Index."""

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

EMPTY = 0.5  # rows that an empty bin counts as: half a row, so that the logarithm stays finite and shrinks with n


@dataclass(frozen=True)
class PopulationStabilityIndex(Check):
    """How far a distribution moved from its baseline: sum over bins of (p - q) ln(p / q).

    p and q are the shares of the window and of the baseline in a bin. Bins hold equal shares of the baseline (numeric)
    or one value each (categorical); an empty bin counts half a row. 0 is no change, 0.1 moderate, 0.25 large.
    The p-value is that of the contingency chi-square on the same bins, to which PSI is asymptotically proportional.
    Source: Siddiqi, Credit Risk Scorecards (2006); Yurdakul, Statistical Properties of PSI (2018).
    """

    kind = "psi"
    title = "Population Stability Index"
    needs_baseline = True
    significance = True
    range = (0.0, None)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.25))

    bins: int = param("Number of bins, each an equal share of the baseline.", default=10, minimum=2, maximum=1000)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": distribution(subject_column(on))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return compared(on, window, baseline, self.bins, population_stability_index)

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
            says="the same numbers",
            rows={"x": [1, 2, 3] * 40},
            baseline={"x": [1, 2, 3] * 40},
            column="x",
            value=0.0,
        ),
        Example(says="no rows", rows={"x": []}, baseline={"x": [1.0, 2.0]}, column="x", value="NoData"),
    )


def population_stability_index(counts: Binned) -> float:
    """PSI of two sets of counts over the same bins; not negative, 0 when the shares are equal."""
    import numpy as np

    window, baseline = np.maximum(counts.window, EMPTY), np.maximum(counts.baseline, EMPTY)
    p, q = window / window.sum(), baseline / baseline.sum()
    return float(((p - q) * np.log(p / q)).sum())
