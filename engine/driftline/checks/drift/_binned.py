"""Distances between two sets of counts over the same bins: what all of them share."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from driftline.checks.base import Check, Moment, Profiles, Subject
from driftline.checks.drift._binning import Binned, Binning, with_missing
from driftline.checks.drift._contingency import smallest_expected
from driftline.checks.drift._laws import LAW_FROM, ChiSquareLaw, Null, by_law
from driftline.checks.drift._resampling import resampled
from driftline.checks.drift._sides import Distribution, both_sides, distribution, missing, no_values
from driftline.checks.drift._wording import contributions, direction, largest_changes
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EMPTY = 0.5  # rows that an empty bin counts as: half a row, so that the logarithm stays finite and shrinks with n


@dataclass(frozen=True)
class BinnedDistance(Check):
    """A distance of counts over the same bins, for columns of any type."""

    needs_baseline = True
    significance = True
    range: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    bad = "above"
    squared: ClassVar[bool] = False  # whether it is the square of the distance that is chi-square in the limit

    bins: int = param("Number of bins of a numeric column, where they are equal.", default=10, minimum=2, maximum=1000)
    binning: str = param(
        "How a numeric column is cut: into equal shares of the baseline (`quantile`), equal widths over the range of "
        "the baseline (`uniform`) or of both sides with as many as Sturges' rule says, or one for each value where the "
        "baseline has 20 at most (`sturges`), or at `edges`.",
        default="quantile",
        choices=("quantile", "uniform", "sturges", "edges"),
    )
    edges: tuple[float, ...] = param(
        "Where the bins meet, with `binning: edges`; each bin holds its lower edge, the outer two are open.",
        many=True,
        default=(),
    )
    missing: str = param(
        "What rows without a value are: left out (`ignore`), a category of their own (`category`), or whichever of the "
        "two reads worse, with the p-value doubled (`both`).",
        default="ignore",
        choices=("ignore", "category", "both"),
    )

    @abstractmethod
    def distances(self, window: Floats, baseline: Floats) -> Floats:
        """The distance of each row of counts of the window from that of the baseline; no bin is empty in both."""

    def chi_square_factor(self, n: float, m: float) -> float | None:
        """What times the distance (or its square) of `n` and `m` rows is Pearson's statistic in the limit.

        None where nothing is.
        """
        return None

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": distribution(on.the_column())}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        sides = both_sides(window, baseline)
        if isinstance(sides, Failed):
            return sides
        if self.binning == "edges" and not self.edges:
            return Failed("`binning: edges` needs the edges of the bins, such as `edges: [0, 10, 100]`")
        if self.missing == "ignore":
            return self._of_values(on, at, *sides)
        whole = self._with_missing(on, at, *sides)
        if self.missing == "category" or not isinstance(whole, Value):
            return whole
        return _worse(self._of_values(on, at, *sides), whole)

    def _of_values(self, on: Subject, at: Moment, window: Distribution, baseline: Distribution) -> Reading:
        return no_values(window, baseline) or self._read(on, at, self._binning.of(window, baseline))

    def _with_missing(self, on: Subject, at: Moment, window: Distribution, baseline: Distribution) -> Reading:
        """The reading with the rows without a value as one more category."""
        for profile, side in ((window, "window"), (baseline, "baseline")):
            if profile.rows == 0:
                return NoData(f"the {side} has no rows", rows=window.rows)
        if not missing(window) and not missing(baseline):
            return self._of_values(on, at, window, baseline)
        if not window.values and not baseline.values:
            return NoData("neither side holds a value", rows=window.rows)
        # A side without a value has no shares to cut by: then the other one's are as good.
        pair = (window, baseline) if baseline.values else (baseline, window)
        counts = self._binning.of(*pair)
        if not baseline.values:
            counts = replace(counts, window=counts.baseline, baseline=counts.window)
        return self._read(on, at, with_missing(counts, window, baseline))

    @property
    def _binning(self) -> Binning:
        return Binning(self.binning, self.bins, self.edges)

    def _read(self, on: Subject, at: Moment, counts: Binned) -> Value:
        private = on.the_column().private
        value = float(self.distances(counts.window[None, :], counts.baseline[None, :])[0])
        null = self._null(counts, value, at.draws)
        return Value(
            value=value,
            p_value=null.p_value,
            bound=self._bound(counts, value),
            rows=counts.window_rows,
            baseline_rows=counts.baseline_rows,
            note=largest_changes(counts, private),
            noise=null.noise,
            direction=direction(counts),
            contributions=contributions(counts, private),
        )

    def _null(self, counts: Binned, value: float, draws: int) -> Null:
        """The chi-square law where every bin is expected often on both sides, else resampled."""
        factor = self.chi_square_factor(float(counts.window_rows), float(counts.baseline_rows))
        if factor is None or smallest_expected(counts.window, counts.baseline) < LAW_FROM:
            return resampled(counts.window, counts.baseline, self.distances, draws)
        return by_law(ChiSquareLaw(len(counts.window) - 1, factor, self.squared), value)

    def _bound(self, counts: Binned, value: float) -> float:
        """How far the rows that edges cut off may move the value: each edge by itself, as far as it can."""
        import numpy as np

        if not counts.moved:
            return 0.0
        # An edge may take the last row out of a bin, which no distance of counts expects.
        window, baseline = (np.maximum(np.stack([pair[side] for pair in counts.moved]), 1e-9) for side in (0, 1))
        return float(np.abs(self.distances(window, baseline) - value).sum())


def _worse(values: Reading, whole: Value) -> Reading:
    """Of the values alone and of all rows: the larger distance, with the p-value of two looks."""
    if not isinstance(values, Value):
        return whole
    larger = values if values.value > whole.value else whole
    p_value = min(1.0, 2.0 * min(values.p_value or 0.0, whole.p_value or 0.0))
    return replace(larger, p_value=p_value, noise=max(values.noise or 0.0, whole.noise or 0.0))


def shares(window: Floats, baseline: Floats) -> tuple[Floats, Floats]:
    """Counts as shares of their side."""
    return window / window.sum(axis=-1, keepdims=True), baseline / baseline.sum(axis=-1, keepdims=True)


def without_gaps(counts: Floats) -> Floats:
    """Shares of counts in which an empty bin counts as `EMPTY` rows."""
    import numpy as np

    filled = np.maximum(counts, EMPTY)
    found: Floats = filled / filled.sum(axis=-1, keepdims=True)
    return found


def of_chi_square(n: float, m: float) -> float:
    """What the squared relative difference of two sets of shares is multiplied by to be Pearson's statistic."""
    return n * m / (n + m)


def in_nats(base: str) -> float:
    """The unit of an entropy to this base, in natural units."""
    return math.log(2.0) if base == "2" else 1.0


def base_param() -> str:
    """The parameter that says what an entropy is measured in."""
    found: str = param("Base of the logarithm: bits (`2`) or natural units (`e`).", default="e", choices=("2", "e"))
    return found
