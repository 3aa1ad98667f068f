"""From rows to a reading, the way a run does it: real Parquet, the local executor, profiles, the check.

No test here computes a profile by itself: what is checked is what a user gets.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject
from driftline.compile.request import OVERALL, Bundle, ProfileSet, ScanRequest, Snapshot
from driftline.execute.local import LocalExecutor
from driftline.execute.opened import OpenedSource
from driftline.execute.run import choose_resolutions
from driftline.model import Failed, Interval, Reading
from driftline.profiles.base import Profile, ProfileSpec
from driftline.sources.base import SourceContext
from driftline.sources.parquet import Parquet

DAY = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
UNBOUNDED = Interval(None, None)
MOMENT = Moment(DAY, datetime(2026, 1, 2, tzinfo=UTC))
DTYPES: Mapping[ColumnType, pl.DataType] = {
    ColumnType.NUMERIC: pl.Float64(),
    ColumnType.CATEGORICAL: pl.String(),
    ColumnType.TEXT: pl.String(),
    ColumnType.BOOLEAN: pl.Boolean(),
    ColumnType.DATETIME: pl.Datetime("us", "UTC"),
}
_NUMBER = itertools.count()

Kept = dict[str, dict[str, int]]


def opened(frame: pl.DataFrame, folder: Path, name: str = "rows", timestamp: str | None = None) -> OpenedSource:
    """The rows as a Parquet source."""
    path = folder / f"{name}-{next(_NUMBER)}.parquet"
    frame.write_parquet(path)
    source = OpenedSource.open(Parquet(path=str(path)), SourceContext(name, folder, timestamp))
    assert source.failure is None, source.failure
    return source


def scan(
    source: OpenedSource,
    specs: Sequence[ProfileSpec],
    windows: tuple[Interval, ...] = (UNBOUNDED,),
    kept: Kept | None = None,
) -> ProfileSet:
    """All profiles of a source in one scan, at the resolutions that a run would choose (or that it kept)."""
    request = ScanRequest(
        source.name, (), (Bundle((), tuple(Snapshot(window) for window in windows), tuple(dict.fromkeys(specs))),)
    )
    sources = {source.name: source}
    chosen = choose_resolutions([request], sources, kept or {})
    resolutions = {source.name: {**chosen.get(source.name, {}), **(kept or {}).get(source.name, {})}}
    return LocalExecutor(sources, MOMENT.as_of, resolutions).run([request])[0]


def profiles_of(
    needs: Mapping[str, ProfileSpec], found: ProfileSet, window: Interval = UNBOUNDED
) -> dict[str, Profile] | Failed:
    """The profiles under the names of `needs`, or why the scan has none."""
    if found.failure is not None:
        return Failed(found.failure)
    for spec in needs.values():
        if ((), spec) in found.failed:
            return Failed(found.failed[(), spec])
    slices = found.profiles.get(((), Snapshot(window)), {}).get(OVERALL, {})
    return {name: slices.get(spec) or spec.empty() for name, spec in needs.items()}


def profile(frame: pl.DataFrame, spec: ProfileSpec, folder: Path, kept: Kept | None = None) -> Profile:
    """One profile of these rows."""
    found = profiles_of({"it": spec}, scan(opened(frame, folder), [spec], kept=kept))
    assert isinstance(found, dict), found
    return found["it"]


def read(
    check: Check,
    on: Subject,
    frame: pl.DataFrame,
    folder: Path,
    baseline: pl.DataFrame | None = None,
    at: Moment = MOMENT,
) -> Reading:
    """What the check reads of these rows."""
    sides: list[Profiles | None] = []
    for rows, needs in ((frame, check.needs(on)), (baseline, check.baseline_needs(on))):
        if rows is None:
            sides.append(None)
            continue
        found = profiles_of(needs, scan(opened(rows, folder, timestamp=on.timestamp), list(needs.values())))
        if isinstance(found, Failed):
            return found
        sides.append(found)
    window, reference = sides
    assert window is not None
    return check.read(on, at, window, reference)


def read_example(kind: type[Check], example: Example, folder: Path) -> Reading:
    """What the check reads of an example, all of it as the example declares it."""
    check = kind(**example.parameters)
    baseline = None if example.baseline is None else frame_of(example, example.baseline)
    return read(check, subject_of(example), frame_of(example, example.rows), folder, baseline)


def frame_of(example: Example, rows: Mapping[str, list[Any]]) -> pl.DataFrame:
    """The rows of an example; a column without values has the declared type."""
    columns = {name: _series(name, values, _type_of(example, name)) for name, values in rows.items()}
    return pl.DataFrame(columns)


def _series(name: str, values: list[Any], declared: ColumnType) -> pl.Series:
    if all(value is None for value in values):
        return pl.Series(name, values, DTYPES[declared])
    if isinstance(next(value for value in values if value is not None), datetime):
        return pl.Series(name, values, DTYPES[ColumnType.DATETIME])
    return pl.Series(name, values)


def _type_of(example: Example, name: str) -> ColumnType:
    return example.type if name == example.column else example.types.get(name, ColumnType.NUMERIC)


def subject_of(example: Example) -> Subject:
    """The subject that an example describes."""
    own = example.column
    return Subject(
        column=None if own is None else Column(own, example.type, example.valid),
        roles={role: Column(name, _type_of(example, name)) for role, name in example.roles.items()},
        scores=example.scores,
        selected=tuple(Column(name, _type_of(example, name)) for name in example.selected),
        task=example.task,
        timestamp=example.roles.get("timestamp"),
        columns=_columns(frame_of(example, example.rows)),
        baseline_columns=None if example.baseline is None else _columns(frame_of(example, example.baseline)),
        sql=example.sql,
    )


def _columns(frame: pl.DataFrame) -> tuple[Column, ...]:
    return tuple(Column(name, found_type(dtype)) for name, dtype in frame.schema.items())


def found_type(dtype: pl.DataType) -> ColumnType:
    """The type of a column as its data has it."""
    if dtype == pl.Boolean:
        return ColumnType.BOOLEAN
    if dtype.is_temporal():
        return ColumnType.DATETIME
    return ColumnType.CATEGORICAL if dtype == pl.String else ColumnType.NUMERIC
