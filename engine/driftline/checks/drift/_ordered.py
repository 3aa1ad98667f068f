"""Distances between the distributions of a column of numbers: what all of them share."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from driftline.checks.base import Check, ColumnType, Moment, Profiles, Subject
from driftline.checks.drift._groups import Groups
from driftline.checks.drift._laws import Law, Null, by_law
from driftline.checks.drift._resampling import resampled
from driftline.checks.drift._sides import both_histograms
from driftline.checks.drift._wording import by_sign, direction_of_steps, median_change
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OrderedDistance(Check):
    """A distance of two distributions of numbers by the order of the values alone; infinities are values."""

    column_types = frozenset({ColumnType.NUMERIC, ColumnType.DATETIME})
    needs_baseline = True
    significance = True
    range: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    bad = "above"

    @abstractmethod
    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        """The distance, and how far it may be from that of the rows."""

    @abstractmethod
    def distances(self, window: Floats, baseline: Floats) -> Floats:
        """The size of the distance of each row of counts by group of the window from that of the baseline."""

    def law(self, window: HistogramProfile, baseline: HistogramProfile) -> Law | None:
        """The law of the distance when nothing changed, where it is known; else groups of the rows are resampled."""
        return None

    def holds(self, window: HistogramProfile, baseline: HistogramProfile) -> bool:
        """Whether the law is right for these rows; else it is too careful, and they are resampled."""
        return True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": Histogram(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        sides = both_histograms(window, baseline)
        if not isinstance(sides, tuple):
            return sides
        value, bound = self.measured(*sides)
        groups = Groups.by_rank(*sides)
        null = self.null(*sides, value, at.draws)
        return Value(
            value=value,
            p_value=null.p_value,
            bound=bound,
            rows=sides[0].values,
            baseline_rows=sides[1].values,
            note=median_change(*sides, on.the_column()),
            noise=null.noise,
            direction=by_sign(value) if self.bad == "either" else direction_of_steps(groups.window, groups.baseline),
        )

    def null(self, window: HistogramProfile, baseline: HistogramProfile, value: float, draws: int) -> Null:
        """What chance does to the distance between two such sides."""
        law = self.law(window, baseline)
        known = by_law(law, value) if law else None
        if known and self.holds(window, baseline):
            return known
        groups = Groups.by_rank(window, baseline)
        found = resampled(groups.window, groups.baseline, self.distances, draws)
        return replace(found, p_value=min(found.p_value, known.p_value)) if known else found


@dataclass(frozen=True)
class AreaDistance(Check):
    """A distance of two distributions of numbers in the column's unit, or a power of it; infinities are left out."""

    column_types = frozenset({ColumnType.NUMERIC, ColumnType.DATETIME})
    needs_baseline = True
    significance = True
    range = (0.0, None)
    bad = "above"

    normalize: bool = param("Measure in standard deviations of the baseline.", default=False)

    @abstractmethod
    def measured(self, window: HistogramProfile, baseline: HistogramProfile) -> tuple[float, float]:
        """The distance, and how far it may be from that of the rows."""

    @abstractmethod
    def distances(self, window: Floats, baseline: Floats, gaps: Floats) -> Floats:
        """The distance of each row of counts by group of the window from that of the baseline.

        `gaps` lie between the centres of the groups.
        """

    @abstractmethod
    def scaled(self, unit: float) -> float:
        """What a unit of the column is to the distance."""

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        name = on.the_column().name
        return {"distribution": Histogram(name), "moments": Moments(name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        sides = both_histograms(window, baseline)
        if not isinstance(sides, tuple) or baseline is None:
            return cast(Reading, sides)
        now, then = sides
        if not now.finite or not then.finite:
            return NoData("there are no finite values to compare", rows=now.rows)
        with np.errstate(over="ignore", invalid="ignore"):
            value, bound = self.measured(now, then)
        if not (math.isfinite(value) and math.isfinite(bound)):
            return Failed("the distance is too large for a double; rescale the column or use ks")
        unit = 1.0
        if self.normalize:
            unit = self.scaled(math.sqrt(max(cast(MomentsProfile, baseline["moments"]).variance(0), 0.0)))
            if not math.isfinite(unit) or unit == 0.0:
                return NoData("the baseline is constant, so there is no spread to normalize by", rows=now.rows)
        groups = Groups.by_distance(now, then)
        null = self.null(groups, at.draws)
        noise = null.noise / unit
        return Value(
            value=value / unit,
            p_value=null.p_value,
            bound=bound / unit,
            rows=now.finite,
            baseline_rows=then.finite,
            note=median_change(now, then, on.the_column()),
            noise=noise if math.isfinite(noise) else None,
            direction=direction_of_steps(groups.window, groups.baseline),
        )

    def null(self, groups: Groups, draws: int) -> Null:
        """What chance does to the distance between the sides of `Groups.by_distance`; in the column's unit."""
        import numpy as np

        gaps = np.diff(groups.centres)
        found = resampled(groups.window, groups.baseline, lambda now, then: self.distances(now, then, gaps), draws)
        return replace(found, noise=found.noise * self.scaled(groups.scale))
