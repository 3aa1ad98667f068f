"""Wasserstein (earth mover's) distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._cdf import wasserstein
from driftline.checks.drift._comparison import aligned, both_sides, subject_column
from driftline.checks.drift.ks import direction
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile

RESAMPLED_BINS = 64
MOST_DRAWS = 100_000
NORMAL_FROM = 20_000  # rows a side from which the normal limit of the resampled counts is as good and faster


@dataclass(frozen=True)
class Wasserstein(Check):
    """The area between the two cumulative distributions: the mean distance that a value moved, in the column's unit.

    With `normalize: true` it is divided by the baseline's standard deviation, so that one threshold serves many columns.
    The p-value resamples the pooled profile (multivariate hypergeometric over at most 64 bins), at a cost that does not
    depend on the number of rows. Infinite values are left out. Source: Vallender (1974) for the CDF form.
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


def resampled_p_value(window: HistogramProfile, baseline: HistogramProfile, draws: int) -> float:
    """Share of random splits of the pooled rows that lie at least as far apart; seeded, so that it is repeatable."""
    current, reference, _ = aligned(window, baseline)
    current, reference = current[1:-1], reference[1:-1]
    pooled = current + reference
    middle = np.cumsum(pooled) - pooled / 2
    group = np.unique((middle / pooled.sum() * RESAMPLED_BINS).astype(int), return_inverse=True)[1]
    centres = _centres(window, baseline, group)
    counts = np.bincount(group, weights=current), np.bincount(group, weights=reference)
    gaps = np.diff(centres / 2)  # only ratios of gaps count, and half of the widest gap is still a double
    scale = gaps.max(initial=0.0)
    if scale == 0.0:
        return 1.0
    total, n = (counts[0] + counts[1]), counts[0].sum()
    observed = _area(counts[0][None, :], total, n, gaps / scale)[0]
    sampled = _splits(total, n, min(max(draws, 999), MOST_DRAWS))
    hits = int(np.sum(_area(sampled, total, n, gaps / scale) >= observed * (1 - 1e-12)))
    return (hits + 1) / (len(sampled) + 1)


def _centres(
    window: HistogramProfile, baseline: HistogramProfile, group: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The mean middle of the bins of each group, weighted by what both sides hold in them."""
    resolution = min(window.resolution, baseline.resolution)
    window, baseline = window.at_resolution(resolution), baseline.at_resolution(resolution)
    bins = np.union1d(window.bins, baseline.bins)
    weight, position = np.zeros(len(bins)), np.zeros(len(bins))
    total = window.finite + baseline.finite
    for side in (window, baseline):
        at = np.searchsorted(bins, side.bins)
        weight[at] += side.counts / total
        position[at] += side.counts / total * (side.low / 2 + side.high / 2)
    return np.asarray(np.bincount(group, weights=position) / np.bincount(group, weights=weight))


def _area(sample, total, n, gaps):  # type: ignore[no-untyped-def]
    """The area between the CDFs of each sampled window and of the rest of the pooled rows."""
    rest = total - sample
    difference = np.cumsum(sample / n - rest / (total.sum() - n), axis=1)[:, :-1]
    return np.abs(difference) @ gaps


def _splits(total, n, draws):  # type: ignore[no-untyped-def]
    """Random windows of `n` of the pooled rows, as counts by bin."""
    random = np.random.default_rng(20130301)
    rows = total.sum()
    if min(n, rows - n) < NORMAL_FROM:
        return random.multivariate_hypergeometric(total.astype(np.int64), int(n), size=draws, method="marginals")
    share = total / rows
    normal = random.standard_normal((draws, len(total))) * np.sqrt(share)
    normal -= share * normal.sum(axis=1, keepdims=True)
    return n * share + normal * np.sqrt(n * (rows - n) / rows)
