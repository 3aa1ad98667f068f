"""Welch's t-test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._groups import Groups
from driftline.checks.drift._laws import Null, StudentLaw, by_law
from driftline.checks.drift._resampling import resampled
from driftline.checks.drift._sides import both_histograms
from driftline.checks.drift._wording import by_sign, went
from driftline.checks.reading import finite
from driftline.config.document import Bounds, Threshold
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEW = 30  # rows below which Student's law is not trusted
SKEWED = 25.0  # rows for each unit of squared skewness from which a mean is normal enough: Cochran (1977), 2.15


@dataclass(frozen=True)
class TTest(Check):
    """The difference of the means over sqrt((variance + variance before) / 2): in standard deviations.

    Cohen's d; above 0 the window is higher. P-value and noise floor: Welch's test, which does not ask for equal
    variances, where both sides hold 30 values and 25 times the squared skewness; else the pooled rows are resampled (at
    most 64 groups). Infinite values are left out. Source: Welch, Biometrika 34 (1947); Cohen (1988).
    """

    kind = "t_test"
    title = "Difference of the means (t-test)"
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.DATETIME})
    needs_baseline = True
    significance = True
    bad = "either"
    default_threshold = Threshold(warning=Bounds(above=0.3, below=-0.3), critical=Bounds(above=0.5, below=-0.5))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        name = on.the_column().name
        return {"distribution": Histogram(name), "moments": Moments(name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        sides = both_histograms(window, baseline)
        if not isinstance(sides, tuple) or baseline is None:
            return cast(Reading, sides)
        now, then = cast(MomentsProfile, window["moments"]), cast(MomentsProfile, baseline["moments"])
        if min(now.count, then.count) < 2:
            return NoData("a side has fewer than two finite values", rows=now.total)
        change = now.mean - then.mean
        spread = math.sqrt((now.variance() + then.variance()) / 2.0)
        if not math.isfinite(spread):
            return finite(spread)
        if spread == 0.0 and change != 0.0:
            return NoData("both sides are constant, so there is no spread to measure by", rows=now.total)
        value = change / spread if spread else 0.0
        null = self._null(sides, now, then, value, at.draws)
        return finite(
            value,
            p_value=null.p_value,
            bound=0.0,
            rows=now.count,
            baseline_rows=then.count,
            note=went("mean", then.mean, now.mean, on.the_column()),
            noise=null.noise if math.isfinite(null.noise) else None,
            direction=by_sign(value),
        )

    def _null(
        self,
        sides: tuple[HistogramProfile, HistogramProfile],
        now: MomentsProfile,
        then: MomentsProfile,
        value: float,
        draws: int,
    ) -> Null:
        errors = now.variance() / now.count, then.variance() / then.count
        if not 0.0 < sum(errors) < math.inf:
            return Null(1.0, 0.0)
        groups = Groups.by_spread(*sides)
        if min(now.count, then.count) < max(FEW, SKEWED * groups.skewness() ** 2):
            centres = groups.centred  # far from 0 the squares of numbers hide how they differ
            return resampled(groups.window, groups.baseline, lambda a, b: _sizes(a, b, centres), draws)
        share = errors[0] / sum(errors)
        freedom = 1.0 / (share**2 / (now.count - 1) + (1.0 - share) ** 2 / (then.count - 1))
        spread = math.sqrt((now.variance() + then.variance()) / 2.0)
        return by_law(StudentLaw(math.sqrt(sum(errors)) / spread, freedom), value)

    examples = (
        Example(
            says="means 3 and 1, variances 2 and 2",
            rows={"x": [2.0, 4.0]},
            baseline={"x": [0.0, 2.0]},
            column="x",
            value=2 / math.sqrt(2.0),
        ),
        Example(says="one value", rows={"x": [2.0]}, baseline={"x": [0.0, 2.0]}, column="x", value="NoData"),
    )


def _sizes(window: Floats, baseline: Floats, centres: Floats) -> Floats:
    """The size of the effect between counts by group: of means, in standard deviations."""
    import numpy as np

    means, variances = [], []
    for side in (window, baseline):
        rows = side.sum(axis=-1)
        mean = side @ centres / rows
        means.append(mean)
        variances.append(np.maximum(side @ centres**2 / rows - mean**2, 0.0))
    change, spread = np.abs(means[0] - means[1]), np.sqrt((variances[0] + variances[1]) / 2.0)
    found: Floats = np.divide(change, spread, out=np.where(change > 0, np.inf, 0.0), where=spread > 0)
    return found
