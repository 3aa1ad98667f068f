"""Two histograms side by side: what is read from them is what a walk over all their bins would count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import kolmogorov

from driftline.checks.drift._alignment import Union, in_shares
from driftline.checks.drift._kolmogorov import kolmogorov_tail
from driftline.profiles.histogram import HistogramProfile

COUNTS = st.dictionaries(st.integers(-40, 40), st.integers(1, 50), max_size=30)
INFINITE = st.tuples(st.integers(0, 30), st.integers(0, 30))
SIDES = st.tuples(COUNTS, INFINITE, st.sampled_from([3, 4, 5])).filter(lambda side: bool(side[0] or any(side[1])))
Side = tuple[dict[int, int], tuple[int, int], int]


def histogram(side: Side) -> HistogramProfile:
    by_bin, (lowest, highest), resolution = side
    bins = np.array(sorted(by_bin), np.int64)
    counts = np.array([by_bin[each] for each in bins.tolist()], np.int64)
    low = bins.astype(np.float64)
    infinite = {"negative_infinities": lowest, "positive_infinities": highest}
    return HistogramProfile.of(resolution, bins, counts, low, low + 0.5, **infinite)


def walked(window: HistogramProfile, baseline: HistogramProfile, count: int) -> tuple[list[float], list[float]]:
    """Bin after bin of either side: its share is where the middle of the baseline's rows in it lies."""
    resolution = min(window.resolution, baseline.resolution)
    sides = [dict(zip(p.bins.tolist(), p.counts.tolist(), strict=True)) for p in coarse(window, baseline, resolution)]
    slots = [(window.negative_infinities, baseline.negative_infinities)]
    slots += [(sides[0].get(each, 0), sides[1].get(each, 0)) for each in sorted({*sides[0], *sides[1]})]
    slots.append((window.positive_infinities, baseline.positive_infinities))
    found: tuple[list[float], list[float]] = [0.0] * count, [0.0] * count
    before = 0.0
    for now, then in slots:
        share = min(int((before + then / 2) / baseline.values * count), count - 1)
        found[0][share] += now
        found[1][share] += then
        before += then
    return found


def coarse(window: HistogramProfile, baseline: HistogramProfile, resolution: int) -> list[HistogramProfile]:
    return [window.at_resolution(resolution), baseline.at_resolution(resolution)]


@settings(max_examples=300, deadline=None)
@given(SIDES, SIDES, st.integers(2, 12))
def test_shares_of_a_baseline_count_what_a_walk_over_all_bins_counts(one: Side, other: Side, count: int) -> None:
    window, baseline = histogram(one), histogram(other)
    for _ in range(2):  # the second time the baseline's shares are known
        now, then = in_shares(window, baseline, count)
        assert (now.tolist(), then.tolist()) == walked(window, baseline, count)


@settings(max_examples=200, deadline=None)
@given(SIDES, SIDES)
def test_the_union_of_bins_has_each_bin_once(one: Side, other: Side) -> None:
    window, baseline = histogram(one), histogram(other)
    union = Union.of(window, baseline)
    every = np.union1d(union.window.bins, union.baseline.bins)
    assert union.window.resolution == union.baseline.resolution == min(window.resolution, baseline.resolution)
    assert union.size == len(every)
    assert union.at_window.tolist() == np.searchsorted(every, union.window.bins).tolist()
    assert union.at_baseline.tolist() == np.searchsorted(every, union.baseline.bins).tolist()


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.05, 0.3, 0.82, 0.999999, 1.0, 1.36, 2.0, 5.0, 12.0, 18.0, 40.0])
def test_the_tail_of_kolmogorovs_law_is_that_of_scipy(x: float) -> None:
    assert kolmogorov_tail(x) == pytest.approx(float(kolmogorov(x)), rel=1e-12, abs=1e-300)
