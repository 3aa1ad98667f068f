"""What the drift checks share: two samples as counts over the same bins, and as two CDFs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Column, Profiles, Subject
from driftline.checks.drift._alignment import in_shares
from driftline.checks.drift._chi_square import chi_square_tail
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import Profile, ProfileSpec
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Binned:
    """Counts of the window and of the baseline over the same bins, none empty in both.

    `names` say what a bin is: a category, or the bucket of many (`#17`); numeric bins have none.
    """

    window: Floats
    baseline: Floats
    names: tuple[str, ...] = ()

    @cached_property
    def window_rows(self) -> int:
        return int(self.window.sum())

    @cached_property
    def baseline_rows(self) -> int:
        return int(self.baseline.sum())

    def shares(self) -> tuple[Floats, Floats]:
        """The two distributions; each sums to 1."""
        return self.window / self.window_rows, self.baseline / self.baseline_rows


def subject_column(on: Subject) -> Column:
    """The column of a column check's subject."""
    if on.column is None:
        raise ValueError("this check measures a column")
    return on.column


def distribution(column: Column) -> ProfileSpec:
    """The profile that holds a column's distribution."""
    return Histogram(column.name) if column.is_numeric else Frequencies(column.name)


def no_values(window: Profile, baseline: Profile) -> NoData | None:
    """A reading without data when one side holds no value at all."""
    for profile, side in ((window, "window"), (baseline, "baseline")):
        values = cast("HistogramProfile | FrequenciesProfile", profile).values
        if values == 0:
            state = "has no rows" if profile.rows == 0 else f"holds no value ({profile.rows} rows, all missing)"
            return NoData(f"the {side} {state}", rows=window.rows)
    return None


def both_sides(window: Profiles, baseline: Profiles | None) -> tuple[Profile, Profile] | NoData | Failed:
    """The two distributions, or why there is no comparison."""
    if baseline is None:
        return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
    sides = window["distribution"], baseline["distribution"]
    return no_values(*sides) or sides


def compared(
    on: Subject, window: Profiles, baseline: Profiles | None, bins: int, statistic: Callable[[Binned], float]
) -> Reading:
    """A statistic of both sides over the same bins, with the p-value of the chi-square on them."""
    sides = both_sides(window, baseline)
    if not isinstance(sides, tuple):
        return sides
    counts = binned(*sides, bins)
    return Value(
        value=statistic(counts),
        p_value=chi_square_p_value(counts),
        bound=0.0,
        rows=counts.window_rows,
        baseline_rows=counts.baseline_rows,
        note=largest_changes(counts, subject_column(on).private),
    )


def binned(window: Profile, baseline: Profile, bins: int) -> Binned:
    """Counts over the same bins: baseline quantiles of a numeric column, the values of a categorical one."""
    if isinstance(window, HistogramProfile) and isinstance(baseline, HistogramProfile):
        return quantile_bins(window, baseline, bins)
    return categories(cast(FrequenciesProfile, window), cast(FrequenciesProfile, baseline))


def categories(window: FrequenciesProfile, baseline: FrequenciesProfile) -> Binned:
    """Counts by category; by stable hash bucket as soon as one side has too many categories to name."""
    import numpy as np

    if not (window.exact and baseline.exact):
        window, baseline = window.hashed(), baseline.hashed()
    names = tuple(sorted(set(window.counts) | set(baseline.counts)))
    counts = [np.array([side.counts.get(name, 0) for name in names], float) for side in (window, baseline)]
    return Binned(counts[0], counts[1], names)


def quantile_bins(window: HistogramProfile, baseline: HistogramProfile, bins: int) -> Binned:
    """Counts over bins that hold about equal shares of the baseline.

    Edges lie between bins of the histogram, so the counts are exact; a value that holds more than one share keeps a bin
    of its own, and there are then fewer bins.
    """
    now, then = in_shares(window, baseline, bins)
    some = (now + then) > 0
    return Binned(now, then) if some.all() else Binned(now[some], then[some])


EXPECTED = 5.0  # Cochran (1954): expected counts below this make the chi-square law doubtful


def chi_square_statistic(counts: Binned) -> tuple[float, int]:
    """Pearson's statistic of the 2 x k contingency table (both samples are random), and its degrees of freedom."""
    pooled = counts.window + counts.baseline
    total = counts.window_rows + counts.baseline_rows
    statistic = 0.0
    for side, rows in ((counts.window, counts.window_rows), (counts.baseline, counts.baseline_rows)):
        expected = pooled * (rows / total)
        statistic += float(((side - expected) ** 2 / expected).sum())
    return statistic, max(len(pooled) - 1, 0)


def chi_square_p_value(counts: Binned) -> float:
    """Probability of a statistic at least this large when both samples come from one distribution.

    Bins whose expected count is below `EXPECTED` are pooled, rarest first. That depends on the pooled counts only, so
    the law of the statistic given them is not disturbed.
    """
    return chi_square_tail(*chi_square_statistic(pool_rare(counts)))


def pool_rare(counts: Binned) -> Binned:
    """The same table with its rarest bins joined until each is expected often enough on both sides."""
    import numpy as np

    pooled = counts.window + counts.baseline
    smaller = min(counts.window_rows, counts.baseline_rows) / (counts.window_rows + counts.baseline_rows)
    if float(pooled.min()) * smaller >= EXPECTED:
        return counts
    order = np.argsort(pooled, kind="stable")
    groups = np.zeros(len(pooled), int)
    number, held = 0, 0.0
    for at in order:
        groups[at] = number
        held += float(pooled[at] * smaller)
        if held >= EXPECTED:
            number, held = number + 1, 0.0
    if held and number:  # the last group fell short: the largest bin takes it in
        groups[groups == number] = number - 1
    sides = [np.bincount(groups, weights=side).astype(float) for side in (counts.window, counts.baseline)]
    return Binned(sides[0], sides[1])


def largest_changes(counts: Binned, private: bool) -> str | None:
    """Which categories gained and lost most, for people; None for numeric bins and private columns."""
    import numpy as np

    if private or not counts.names or counts.names[0].startswith("#"):
        return None
    now, then = counts.shares()
    order = np.argsort(-np.abs(now - then), kind="stable")[:3]
    moved = [f"{counts.names[at]} {then[at]:.1%} -> {now[at]:.1%}" for at in order if now[at] != then[at]]
    return ", ".join(moved) or None
