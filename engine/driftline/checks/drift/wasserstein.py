"""Wasserstein (earth mover's) distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._cdf import wasserstein
from driftline.checks.drift._comparison import both_sides, subject_column
from driftline.checks.drift._resampling import resampled_p_value
from driftline.checks.drift.ks import direction
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Wasserstein(Check):
    """The area between the two cumulative distributions: the mean distance that a value moved, in the column's unit.

    With `normalize: true` it is divided by the baseline's standard deviation, so that one threshold serves many
    columns. The p-value resamples the pooled profile (multivariate hypergeometric over at most 64 bins), at a cost
    that does not depend on the number of rows. Infinite values are left out. Source: Vallender (1974) for the CDF form.
    """

    kind = "wasserstein"
    title = "Wasserstein distance"
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.DATETIME})
    needs_baseline = True
    significance = True
    range = (0.0, None)
    bad = "above"

    normalize: bool = param("Divide by the baseline's standard deviation.", default=False)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        name = subject_column(on).name
        return {"distribution": Histogram(name), "moments": Moments(name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        sides = both_sides(window, baseline)
        if not isinstance(sides, tuple) or baseline is None:
            return cast(Reading, sides)
        now, then = cast(HistogramProfile, sides[0]), cast(HistogramProfile, sides[1])
        if not now.finite or not then.finite:
            return NoData("there are no finite values to compare", rows=now.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            distance, bound = wasserstein(now, then)
        if not math.isfinite(distance):
            return Failed("the distance is too large for a double; rescale the column or use ks")
        if self.normalize:
            spread = math.sqrt(max(cast(MomentsProfile, baseline["moments"]).variance(0), 0.0))
            if not math.isfinite(spread) or spread == 0.0:
                return NoData("the baseline is constant, so there is no spread to normalize by", rows=now.rows)
            distance, bound = distance / spread, bound / spread
        p_value = resampled_p_value(now, then, at.draws)
        return Value(distance, p_value, bound, now.finite, then.finite, note=direction(now, then))

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
