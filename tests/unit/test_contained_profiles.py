"""What another profile of the same scan holds is taken out of it, and is what a scan of its own would have found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.compile.request import Bundle, Snapshot
from driftline.execute.queries import contained
from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.comoments import Comoments
from driftline.profiles.distinct import Distinct, DistinctProfile
from driftline.profiles.sample import Sample
from tests.conformance.reading import UNBOUNDED, opened, profile, profiles_of, scan
from tests.conformance.same import differences
from tests.conformance.specs import table

WIDE = Comoments(("far", "whole", "score"), ("word",))
LARGE = Sample(("real", "far"), ("word",), size=60)
HELD: tuple[tuple[ProfileSpec, ProfileSpec], ...] = (
    (Comoments(("whole", "far")), WIDE),
    (Comoments(("far", "whole", "score")), WIDE),
    (Sample(("real", "far"), ("word",), size=20), LARGE),
)
APART: tuple[tuple[ProfileSpec, ProfileSpec], ...] = (
    (Comoments(("far",), ("word",)), WIDE),  # which categories are kept apart is a matter of the spec
    (Comoments(("real", "far")), WIDE),
    (WIDE, WIDE),
    (Sample(("real",), ("word",), size=20), LARGE),
    (Sample(("real", "far"), ("word",), size=100), LARGE),
)


@pytest.mark.parametrize(("small", "large"), HELD)
def test_a_profile_that_another_holds_is_that_of_a_scan_of_its_own(
    small: ProfileSpec, large: ProfileSpec, tmp_path: Path
) -> None:
    source = opened(table(), tmp_path)
    assert small.within(large, ScanContext(source.schema))
    found = profiles_of({"small": small, "large": large}, scan(source, (small, large)), UNBOUNDED)
    assert isinstance(found, dict)
    assert differences(found["small"], profile(table(), small, tmp_path)) == []
    assert differences(small.extract(large.empty()), small.empty()) == []


@pytest.mark.parametrize(("small", "large"), APART)
def test_what_is_not_all_there_is_scanned(small: ProfileSpec, large: ProfileSpec) -> None:
    assert not small.within(large, ScanContext(table().schema))


def test_of_profiles_that_hold_each_other_in_turn_the_largest_is_scanned() -> None:
    sizes = [Sample(("real",), size=size) for size in (10, 20, 30)]
    found = contained(Bundle((), (Snapshot(UNBOUNDED),), tuple(sizes)), ScanContext(table().schema))
    assert found == {sizes[0]: sizes[2], sizes[1]: sizes[2]}


def distinct(values: pl.Series, folder: Path) -> DistinctProfile:
    found: Profile = profile(pl.DataFrame({"x": values}), Distinct("x"), folder)
    assert isinstance(found, DistinctProfile)
    return found


@pytest.mark.parametrize("dtype", [pl.Int16, pl.UInt64, pl.Int64, pl.Float32, pl.Float64])
def test_a_whole_number_is_one_value_of_whatever_type(dtype: type[pl.DataType], tmp_path: Path) -> None:
    values = [0, 1, 2, 2, None, 30_000]
    found = distinct(pl.Series(values, dtype=dtype), tmp_path)
    assert differences(found, distinct(pl.Series(values, dtype=pl.Int32), tmp_path)) == []
    assert (found.distinct, found.duplicates, found.nulls) == (4, 1, 1)


def test_numbers_that_differ_are_told_apart_and_nan_is_none(tmp_path: Path) -> None:
    large = distinct(pl.Series([2**60, 2**60 + 1, 2**60 + 1, -(2**60)]), tmp_path)
    assert (large.distinct, large.duplicates) == (3, 1)
    floats = [0.0, -0.0, 0.5, -0.5, 2.0**53, 2.0**53 + 2, 1e300, float("inf"), float("-inf"), float("nan"), 5e-324]
    small = distinct(pl.Series(floats), tmp_path)
    assert (small.distinct, small.duplicates, small.nulls) == (9, 1, 1)


@pytest.mark.parametrize("copies", [1, 2, 50])
def test_many_distinct_numbers_are_estimated_within_the_bound(copies: int, tmp_path: Path) -> None:
    values = np.random.default_rng(1).permutation(np.repeat(np.random.default_rng(2).normal(size=200_000), copies))
    found = distinct(pl.Series(values), tmp_path)
    assert found.cut
    assert len(found.hashes) == 65_536
    assert (found.counts == copies).all()
    assert found.distinct == pytest.approx(200_000, rel=2 * found.relative_error)
