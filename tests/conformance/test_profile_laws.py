"""The laws of every profile: it merges, has an identity, is serialised without loss, is blind to the order of rows."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import driftline.profiles
from driftline.compile.request import OVERALL, Snapshot
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext, merged
from tests.conformance.reading import UNBOUNDED, opened, profiles_of, scan
from tests.conformance.same import differences
from tests.conformance.specs import SPECS, table

Parts = dict[tuple[object, ...], Profile]
BY_SPEC = pytest.mark.parametrize(
    "spec", SPECS, ids=lambda spec: f"{type(spec).__name__}-{'-'.join(sorted(spec.columns()))}"
)


def test_every_profile_is_under_the_laws() -> None:
    modules = [
        importlib.import_module(m.name)
        for m in pkgutil.iter_modules(driftline.profiles.__path__, "driftline.profiles.")
    ]
    kinds = {k for m in modules for k in vars(m).values() if isinstance(k, type) and issubclass(k, ProfileSpec)}
    assert {kind for kind in kinds if not inspect.isabstract(kind)} == {type(spec) for spec in SPECS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profiles")


def every_profile(frame: pl.DataFrame, folder: Path) -> dict[ProfileSpec, Profile]:
    """All profiles of the rows; the resolutions are fixed, as a run keeps them."""
    kept = {"rows": {"real": 9, "far": 24, "whole": 52, "time": 30, "score:score": 14, "score:other_score": 12}}
    found = scan(opened(frame, folder), SPECS, kept=kept)
    assert found.failure is None
    assert not found.failed
    return dict(found.profiles[(), Snapshot(UNBOUNDED)][OVERALL])


@pytest.fixture(scope="module")
def whole(folder: Path) -> dict[ProfileSpec, Profile]:
    return every_profile(table(), folder)


@pytest.fixture(scope="module")
def splits(folder: Path) -> list[list[dict[ProfileSpec, Profile]]]:
    """The same rows in two, in seven and in very uneven parts, one of them empty."""
    frame, found = table(), []
    for edges in ([200], [50, 100, 150, 200, 250, 300, 350], [0, 1, 2, 399]):
        bounds = [0, *edges, frame.height]
        parts = [frame[start:end] for start, end in itertools.pairwise(bounds)]
        found.append([every_profile(part, folder) for part in parts])
    return found


@BY_SPEC
def test_any_split_of_the_rows_merges_to_the_whole(
    spec: ProfileSpec, whole: dict[ProfileSpec, Profile], splits: list[list[dict[ProfileSpec, Profile]]]
) -> None:
    for parts in splits:
        merged = parts[0][spec]
        for part in parts[1:]:
            merged = merged.merge(part[spec])
        assert differences(merged, whole[spec]) == []


@BY_SPEC
def test_merging_many_at_once_is_merging_them_one_by_one(
    spec: ProfileSpec, whole: dict[ProfileSpec, Profile], splits: list[list[dict[ProfileSpec, Profile]]]
) -> None:
    random = np.random.default_rng(3)
    for parts in splits:
        profiles = [part[spec] for part in parts]
        for order in (range(len(parts)), *(random.permutation(len(parts)) for _ in range(3))):
            assert differences(merged([profiles[at] for at in order]), whole[spec]) == []


@BY_SPEC
def test_a_profile_alone_is_merged_to_itself(spec: ProfileSpec, whole: dict[ProfileSpec, Profile]) -> None:
    assert merged([whole[spec]]) is whole[spec]
    assert merged([spec.empty()] * 3).rows == 0


@BY_SPEC
def test_other_rows_have_another_profile(spec: ProfileSpec, whole: dict[ProfileSpec, Profile], folder: Path) -> None:
    assert differences(every_profile(table(401, seed=8), folder)[spec], whole[spec])


@BY_SPEC
def test_merging_is_associative_and_commutative(
    spec: ProfileSpec, splits: list[list[dict[ProfileSpec, Profile]]]
) -> None:
    a, b, c = (splits[1][at][spec] for at in (0, 3, 5))
    assert differences(a.merge(b), b.merge(a)) == []
    assert differences(a.merge(b).merge(c), a.merge(b.merge(c))) == []


@BY_SPEC
def test_the_empty_profile_is_the_identity(spec: ProfileSpec, whole: dict[ProfileSpec, Profile], folder: Path) -> None:
    full = whole[spec]
    scanned = every_profile(table().clear(), folder)[spec]
    for empty in (spec.empty(), spec.load(pl.DataFrame()), scanned):
        assert empty.rows == 0
        assert differences(full.merge(empty), full) == []
        assert differences(empty.merge(full), full) == []
        assert differences(empty.merge(empty), empty) == []


@BY_SPEC
def test_serialising_and_loading_is_lossless(spec: ProfileSpec, whole: dict[ProfileSpec, Profile]) -> None:
    for profile in (whole[spec], spec.empty()):
        buffer = BytesIO()
        profile.frame().write_ipc(buffer, compression="zstd")
        loaded = spec.load(pl.read_ipc(BytesIO(buffer.getvalue())))
        assert differences(loaded, profile) == []
        assert loaded.frame().equals(profile.frame())


def of_each_part(spec: ProfileSpec, frame: pl.DataFrame, context: ScanContext | None) -> Parts:
    """Part by part, as a table is split by any kind of key."""
    parts = frame.partition_by(["day", "slice"], as_dict=True, include_key=False)
    return {key: spec.load(part, context) for key, part in parts.items()}


def assert_same_parts(found: Parts, expected: Parts) -> None:
    assert found.keys() == expected.keys()
    for key, profile in expected.items():
        assert differences(found[key], profile) == []
        assert list(found[key].frame().columns) == list(profile.frame().columns)


@BY_SPEC
@pytest.mark.parametrize("resolution", [9, 52])
def test_the_parts_of_one_table_are_loaded_as_each_alone(spec: ProfileSpec, resolution: int) -> None:
    frame = table(1_500)
    names = ("real", "far", "whole", "time", "score:score")
    context = ScanContext(frame.schema, dict.fromkeys(names, resolution))
    day, cut = pl.int_range(pl.len()) % 11, pl.when(pl.int_range(pl.len()) % 7 < 6).then(pl.col("other"))
    keys = [day.alias("day"), cut.alias("slice")]
    if spec.by_row:
        scanned = frame.select(*keys, *spec.aggregates(context))
    else:
        scanned = frame.group_by(*keys, *spec.keys(context)).agg(*spec.aggregates(context))
    assert_same_parts(spec.load_parts(scanned, ["day", "slice"], context), of_each_part(spec, scanned, context))
    assert spec.load_parts(scanned.clear(), ["day", "slice"], context) == {}


@BY_SPEC
def test_serialised_profiles_in_one_table_are_loaded_as_each_alone(
    spec: ProfileSpec, splits: list[list[dict[ProfileSpec, Profile]]]
) -> None:
    profiles = [spec.empty(), *(part[spec] for part in splits[1])]
    marks = [(at, None if at % 3 else "a") for at in range(len(profiles))]
    frames = [
        profile.frame().with_columns(day=pl.lit(day), slice=pl.lit(cut, pl.String))
        for profile, (day, cut) in zip(profiles, marks, strict=True)
    ]
    together = pl.concat(frames, how="diagonal_relaxed")
    assert_same_parts(spec.load_parts(together, ["day", "slice"]), dict(zip(marks, profiles, strict=True)))


@pytest.mark.parametrize("kind", sorted({spec.kind for spec in SPECS}))
def test_any_spec_of_a_kind_reads_the_serialised_profiles_of_all(kind: str, whole: dict[ProfileSpec, Profile]) -> None:
    specs = [spec for spec in SPECS if spec.kind == kind]
    profiles = [profile for spec in specs for profile in (whole[spec], spec.empty())]
    marks = [(at, None if at % 3 else "a") for at in range(len(profiles))]
    frames = [
        profile.frame().with_columns(day=pl.lit(day), slice=pl.lit(cut, pl.String))
        for profile, (day, cut) in zip(profiles, marks, strict=True)
    ]
    together = pl.concat(frames, how="diagonal_relaxed")
    for reader in specs:
        found = reader.load_parts(together, ["day", "slice"])
        assert found.keys() == set(marks)
        for mark, profile in zip(marks, profiles, strict=True):
            assert differences(found[mark], profile) == []


@BY_SPEC
def test_the_order_of_rows_does_not_matter(
    spec: ProfileSpec, whole: dict[ProfileSpec, Profile], shuffled: dict[ProfileSpec, Profile]
) -> None:
    assert differences(shuffled[spec], whole[spec]) == []


@pytest.fixture(scope="module")
def shuffled(folder: Path) -> dict[ProfileSpec, Profile]:
    frame = table()
    return every_profile(frame[np.random.default_rng(1).permutation(frame.height)], folder)


@BY_SPEC
def test_it_counts_every_row(spec: ProfileSpec, whole: dict[ProfileSpec, Profile]) -> None:
    assert whole[spec].rows == table().height


def test_overlapping_windows_in_one_scan_are_those_of_separate_scans(folder: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = ((0, 12), (6, 18), (18, 24), (30, 48))
    windows = tuple(Interval(start + timedelta(hours=a), start + timedelta(hours=b)) for a, b in hours)
    kept = {"rows": dict.fromkeys(("real", "far", "whole", "time", "score:score"), 20)}
    source = opened(table().drop_nulls("time"), folder, timestamp="time")
    together = scan(source, SPECS, windows, kept)
    for window in windows:
        alone = scan(source, SPECS, (window,), kept)
        for spec in SPECS:
            one = profiles_of({"it": spec}, together, window)
            other = profiles_of({"it": spec}, alone, window)
            assert isinstance(one, dict)
            assert isinstance(other, dict)
            assert one["it"].rows > 0
            assert differences(one["it"], other["it"]) == []
