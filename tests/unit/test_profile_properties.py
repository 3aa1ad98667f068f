"""Properties of the profiles' algebra, for any values that Hypothesis thinks of."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.profiles import distinct, frequencies, histogram
from driftline.profiles.base import ProfileSpec, ScanContext
from driftline.profiles.distinct import Distinct, DistinctProfile
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile
from driftline.profiles.moments import Moments, MomentsProfile
from tests.conformance.same import differences

FLOATS = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
MODERATE = st.floats(min_value=-1e6, max_value=1e6)
SOME = st.lists(st.none() | FLOATS, max_size=60)
RESOLUTIONS = st.sampled_from([3, 4, 8, 12, 20, 51, 52])
WORDS = st.lists(st.none() | st.text("abcdé ", max_size=3), max_size=60)

BRIEFLY = settings(max_examples=60, deadline=None)


def scanned(spec: ProfileSpec, values: pl.Series, resolution: int = 8) -> pl.DataFrame:
    """The table that a scan yields, and its context, for one column `x`."""
    frame = pl.DataFrame({"x": values}).lazy()
    context = ScanContext({"x": values.dtype}, {"x": resolution})
    keys = spec.keys(context)
    aggregated = (
        frame.group_by(*keys).agg(*spec.aggregates(context)) if keys else frame.select(spec.aggregates(context))
    )
    return aggregated.collect()


def histogram_of(values: Sequence[float | None], resolution: int) -> HistogramProfile:
    series = pl.Series(values, dtype=pl.Float64)
    context = ScanContext({"x": series.dtype}, {"x": resolution})
    return Histogram("x").load(scanned(Histogram("x"), series, resolution), context)


def finite(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


@BRIEFLY
@given(SOME, SOME, RESOLUTIONS, RESOLUTIONS)
def test_histograms_of_different_resolutions_merge_at_the_coarser(
    a: list[float | None], b: list[float | None], k: int, other: int
) -> None:
    merged = histogram_of(a, k).merge(histogram_of(b, other))
    whole = histogram_of([*a, *b], min(k, other))
    if finite(a) and finite(b):
        assert differences(merged, whole) == []
    assert merged.rows == len(a) + len(b)
    assert differences(merged.at_resolution(min(k, other)).counts, whole.counts) == []


@BRIEFLY
@given(SOME, RESOLUTIONS, RESOLUTIONS, RESOLUTIONS)
def test_coarsening_is_idempotent_and_in_steps_the_same_as_at_once(
    values: list[float | None], k: int, middle: int, coarse: int
) -> None:
    fine = histogram_of(values, k)
    coarse, middle = min(coarse, middle), max(coarse, middle)
    once = fine.at_resolution(coarse)
    assert differences(once.at_resolution(coarse), once) == []
    assert differences(fine.at_resolution(middle).at_resolution(coarse), once) == []
    assert differences(once, histogram_of(values, min(k, coarse))) == []


@BRIEFLY
@given(SOME, RESOLUTIONS)
def test_bins_are_in_the_order_of_their_values(values: list[float | None], k: int) -> None:
    profile = histogram_of(values, k)
    assert bool(np.all(profile.bins[1:] > profile.bins[:-1]))
    assert bool(np.all(profile.low <= profile.high))
    assert bool(np.all(profile.high[:-1] < profile.low[1:]))
    special = Counter("null" if v is None else "nan" if math.isnan(v) else v for v in values)
    counts = (profile.nulls, profile.nans, profile.negative_infinities, profile.positive_infinities)
    assert counts == (special["null"], special["nan"], special[-math.inf], special[math.inf])
    assert profile.finite == len(finite(values))


@BRIEFLY
@given(st.lists(FINITE, min_size=1, max_size=80), RESOLUTIONS, st.floats(0, 1))
def test_a_quantile_lies_within_its_bound(values: list[float], k: int, q: float) -> None:
    profile = histogram_of(values, k)
    ordered = sorted(values)
    rank = q * (len(values) - 1)
    low, high = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    read, bound = profile.quantile(q), profile.quantile_bound(q)
    slack = 1e-9 * max(abs(low), abs(high))
    assert math.isfinite(read)
    assert low - bound - slack <= read <= high + bound + slack
    if profile.is_exact:
        assert bound == 0.0


@BRIEFLY
@given(st.lists(FINITE, min_size=1, max_size=80))
def test_at_the_finest_resolution_quantiles_are_exact(values: list[float]) -> None:
    profile = histogram_of(values, 52)
    assert profile.is_exact
    for q in (0.0, 0.25, 0.5, 1.0):
        with np.errstate(over="ignore", invalid="ignore"):
            expected = float(np.quantile(values, q))
        if math.isfinite(expected):
            assert profile.quantile(q) == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_a_histogram_never_holds_more_than_its_bound_of_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histogram, "MAXIMUM_BINS", 1_000)
    values = np.random.default_rng(0).normal(0, 1, 5_000)
    parts = [histogram_of(list(some), 52) for some in np.split(values, 5)]
    merged = HistogramProfile()
    for part in parts:
        assert len(part.bins) <= 1_000
        merged = merged.merge(part)
        assert len(merged.bins) <= 1_000
    assert differences(merged, histogram_of(list(values), 52)) == []
    assert differences(HistogramProfile.merged(parts), merged) == []


def words(values: Sequence[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def distinct_of(values: Sequence[str | None]) -> DistinctProfile:
    return Distinct("x").load(scanned(Distinct("x"), words(values)))


@BRIEFLY
@given(WORDS, WORDS)
def test_distinct_values_and_duplicates_are_counted(a: list[str | None], b: list[str | None]) -> None:
    merged = distinct_of(a).merge(distinct_of(b))
    known = [value for value in [*a, *b] if value is not None]
    assert merged.distinct == len(set(known))
    assert merged.duplicates == len(known) - len(set(known))
    assert (merged.rows, merged.nulls) == (len(a) + len(b), len(a) + len(b) - len(known))
    assert differences(merged, distinct_of([*a, *b])) == []


def test_beyond_its_size_a_distinct_profile_keeps_the_smallest_hashes_and_estimates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distinct, "SIZE", 500)
    values = [f"id {n}" for n in range(20_000)] + [f"id {n}" for n in range(5_000)]
    whole = distinct_of(values)
    parts = [distinct_of(values[start::7]) for start in range(7)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    assert differences(merged, whole) == []
    assert differences(DistinctProfile.merged(parts), whole) == []
    assert merged.cut
    assert len(merged.hashes) == 500
    assert merged.distinct == pytest.approx(20_000, rel=1.5 * merged.relative_error)
    assert merged.duplicates / merged.values == pytest.approx(0.2, abs=1.5 * merged.duplicate_share_error)


def frequencies_of(values: Sequence[str | None]) -> FrequenciesProfile:
    return Frequencies("x").load(scanned(Frequencies("x"), words(values)))


@BRIEFLY
@given(WORDS, WORDS)
def test_frequencies_are_those_of_a_counter(a: list[str | None], b: list[str | None]) -> None:
    merged = frequencies_of(a).merge(frequencies_of(b))
    counted = Counter(value for value in [*a, *b] if value is not None)
    assert dict(merged.counts) == dict(counted)
    assert merged.nulls == len(a) + len(b) - counted.total()
    assert merged.rows == len(a) + len(b)


@BRIEFLY
@given(WORDS, WORDS, WORDS)
def test_hashing_beyond_the_bound_is_linear(a: list[str | None], b: list[str | None], c: list[str | None]) -> None:
    parts = [frequencies_of(values) for values in (a, b, c)]
    whole = frequencies_of([*a, *b, *c]).hashed()
    assert differences(parts[0].hashed().merge(parts[1]).merge(parts[2].hashed()), whole) == []
    assert differences(parts[0].merge(parts[1].hashed()).merge(parts[2]), whole) == []
    assert differences(FrequenciesProfile.merged([parts[0], parts[1].hashed(), parts[2]]), whole) == []


def test_too_many_categories_are_kept_by_bucket_however_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequencies, "EXACT_VALUES", 100)
    values = [f"user {n % 173}" for n in range(1_000)]
    whole = frequencies_of(values)
    parts = [frequencies_of(values[start:end]) for start, end in itertools.pairwise((0, 90, 95, 500, 1_000))]
    merged = parts[0]
    assert merged.exact
    for part in parts[1:]:
        merged = merged.merge(part)
    assert not merged.exact
    assert differences(merged.counts, whole.counts) == []
    assert differences(FrequenciesProfile.merged(parts).counts, whole.counts) == []
    assert merged.rows == 1_000
    assert len(merged.frame()) < 100 + 173 + 40


def moments_of(values: Sequence[float | None]) -> MomentsProfile:
    return Moments("x").load(scanned(Moments("x"), pl.Series(values, dtype=pl.Float64)))


@BRIEFLY
@given(st.lists(MODERATE, min_size=2, max_size=60), st.lists(MODERATE, max_size=60))
def test_moments_merge_to_those_of_numpy(a: list[float], b: list[float]) -> None:
    merged, values = moments_of(a).merge(moments_of(b)), np.array([*a, *b])
    scale = float(np.abs(values).max()) or 1.0
    assert merged.count == len(values)
    assert merged.mean == pytest.approx(values.mean(), rel=1e-9, abs=1e-12 * scale)
    assert merged.m2 == pytest.approx(values.var() * len(values), rel=1e-9, abs=1e-12 * scale**2)
    assert (merged.minimum, merged.maximum) == (values.min(), values.max())


@BRIEFLY
@given(SOME)
def test_moments_leave_out_what_is_not_finite(values: list[float | None]) -> None:
    profile = moments_of(values)
    assert profile.rows == len(values)
    assert profile.count == len(finite(values))


def test_the_variance_of_values_far_from_zero_keeps_its_digits() -> None:
    values = 1e9 + np.tile([0.0, 1.0, 2.0], 1_000)
    merged = MomentsProfile()
    for part in np.split(values, 10):
        merged = merged.merge(moments_of(list(part)))
    assert merged.variance(0) == pytest.approx(2 / 3, rel=1e-9)
    at_once = MomentsProfile.merged([moments_of(list(part)) for part in np.split(values, 10)])
    assert at_once.variance(0) == pytest.approx(2 / 3, rel=1e-9)
