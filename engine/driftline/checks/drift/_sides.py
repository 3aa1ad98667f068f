"""What a drift check compares: the distributions of one column in the window and in the baseline."""

from __future__ import annotations

from typing import cast

from driftline.checks.base import Column, Profiles
from driftline.model import Failed, NoData
from driftline.profiles.base import Profile, ProfileSpec
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile

Distribution = HistogramProfile | FrequenciesProfile


def distribution(column: Column) -> ProfileSpec:
    """The profile that holds a column's distribution."""
    return Histogram(column.name) if column.is_numeric else Frequencies(column.name)


def missing(side: Distribution) -> int:
    """Number of rows without a value."""
    return side.nulls + side.nans if isinstance(side, HistogramProfile) else side.nulls


def no_values(window: Distribution, baseline: Distribution) -> NoData | None:
    """A reading without data when one side holds no value at all."""
    for profile, side in ((window, "window"), (baseline, "baseline")):
        if profile.values == 0:
            state = "has no rows" if profile.rows == 0 else f"holds no value ({profile.rows} rows, all missing)"
            return NoData(f"the {side} {state}", rows=window.rows)
    return None


def both_sides(window: Profiles, baseline: Profiles | None) -> tuple[Distribution, Distribution] | Failed:
    """The two distributions, or why there is no comparison."""
    if baseline is None:
        return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
    return _distribution(window["distribution"]), _distribution(baseline["distribution"])


def both_histograms(
    window: Profiles, baseline: Profiles | None
) -> tuple[HistogramProfile, HistogramProfile] | NoData | Failed:
    """The two histograms of a numeric column that has values on both sides, or why there is no comparison."""
    sides = both_sides(window, baseline)
    if isinstance(sides, Failed):
        return sides
    return no_values(*sides) or cast("tuple[HistogramProfile, HistogramProfile]", sides)


def _distribution(profile: Profile) -> Distribution:
    return cast(Distribution, profile)
