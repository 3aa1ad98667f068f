"""The laws of every check, whoever wrote it: rows may come in parts and in any order, and nothing makes it raise."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from driftline.checks.base import Check, Column, ColumnType, CompositeCheck, Example, Subject, Takes
from driftline.checks.business._metric import Metric
from driftline.config.document import Validity
from driftline.model import Failed, InsufficientData, NoData, Reading, Value
from driftline.parameters import parameters
from driftline.profiles.base import ProfileSpec
from driftline.registry import load
from tests.conformance.reading import (
    MOMENT,
    found_type,
    frame_of,
    opened,
    profiles_of,
    read,
    read_example,
    scan,
    subject_of,
)
from tests.conformance.same import differences

OF_ROWS = {kind: cls for kind in load().checks if not issubclass(cls := load().check_class(kind), CompositeCheck)}
KINDS: dict[str, type[Check]] = {**OF_ROWS, "metric": Metric}
READINGS = (Value, NoData, InsufficientData, Failed)
BY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
NUMBER_TYPES = (ColumnType.NUMERIC, ColumnType.DATETIME)

UTC_DAY = datetime(2026, 1, 1, tzinfo=UTC)
AWKWARD: Mapping[str, pl.Series] = {
    "nulls": pl.Series([None] * 40, dtype=pl.Float64),
    "untyped nulls": pl.Series([None] * 40, dtype=pl.Null),
    "NaN": pl.Series([math.nan] * 40),
    "infinities": pl.Series([math.inf, -math.inf] * 20),
    "plus infinity and numbers": pl.Series([math.inf, 1.0, 2.0, 3.0] * 10),
    "a constant": pl.Series([1.0] * 40),
    "zeros of both signs": pl.Series([0.0, -0.0] * 20),
    "one value": pl.Series([0.5]),
    "huge": pl.Series([1.7e308, -1.7e308, 1e308, 3.0] * 10),
    "tiny": pl.Series([5e-324, -5e-324, 1e-310, 0.0] * 10),
    "far from zero": pl.Series(1e9 + np.arange(40) * 1e-6),
    "large integers": pl.Series([2**63 - 1, -(2**63), 2**53 + 1, 7] * 10),
    "small unsigned integers": pl.Series([0, 255] * 20, dtype=pl.UInt8),
    "single precision": pl.Series([0.1, 3.4e38] * 20, dtype=pl.Float32),
    "decimals": pl.Series([1, 2] * 20).cast(pl.Decimal(10, 2)),
    "booleans": pl.Series([True, False, None, True] * 10),
    "text": pl.Series(["a", "", "1.5", None] * 10),
    "categories": pl.Series(["a", "b"] * 20, dtype=pl.Categorical()),
    "times": pl.Series([UTC_DAY] * 40, dtype=pl.Datetime("us", "UTC")),
    "dates": pl.Series([UTC_DAY.date()] * 40),
    "durations": pl.Series([1_000, None] * 20, dtype=pl.Duration("ms")),
}
SOUND = pl.Series([0.1 * n for n in range(40)])


@dataclass(frozen=True)
class Case:
    """A check, what it is asked about, and rows in which one column is awkward."""

    check: Check
    on: Subject
    frame: pl.DataFrame
    baseline: pl.DataFrame


def made(kind: type[Check]) -> Check:
    """The check with its parameters as they are by default; what must be given is that of its first example."""
    required = {each.name for each in parameters(kind) if each.required}
    given = kind.examples[0].parameters if required else {}
    return kind(**{name: value for name, value in given.items() if name in required})


def cases(kind: type[Check], series: pl.Series) -> list[Case]:
    """The check on an awkward column, in each place where a column can stand; with sound rows on the other side."""
    check = made(kind)
    if kind is Metric:
        sql = "SUM(x) / COUNT(x) + STDDEV(x) + MEDIAN(x) + COUNT(DISTINCT x)"
        return [_case(check, Subject(sql=sql), {"x": series}, {"x": series})]
    if kind.takes is Takes.COLUMNS:
        return _many_cases(check, series)
    if kind.takes is Takes.MODEL:
        return [case for task in sorted(kind.tasks or {"binary"}) for case in _model_cases(check, task, series)]
    if kind.takes is Takes.SOURCE:
        columns = (Column("x", found_type(series.dtype)),)
        on = Subject(columns=columns, baseline_columns=columns, timestamp="x" if series.dtype.is_temporal() else None)
        return [_case(check, on, {"x": series}, {"x": series})]
    types = [type_ for type_ in ColumnType if type_ in kind.column_types and _may_be(series.dtype, type_)]
    valid = Validity(min=0.0, max=1.0, in_=("1",), regex=".", not_null=True)
    found = []
    for type_ in types:
        roles = {role: Column(ROLES[role], ColumnType.BOOLEAN) for role in kind.needs_roles if kind.tasks}
        task = min(kind.tasks, default=None)
        on = Subject(column=Column("x", type_, valid), roles=roles, task=task)
        awkward, sound = (_with_roles(kind, columns) for columns in ({"x": series}, _sound(type_)))
        found += [_case(check, on, awkward, awkward), _case(check, on, awkward, sound)]
        found.append(_case(check, on, sound, awkward))
    return found


def _with_roles(kind: type[Check], columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """A column beside those that serve the model in the roles that a check of a column needs."""
    rows = len(columns["x"])
    flags = pl.Series([n % 2 == 0 for n in range(rows)], dtype=pl.Boolean)
    return {**columns, **({ROLES[role]: flags for role in kind.needs_roles} if kind.tasks else {})}


def _many_cases(check: Check, series: pl.Series) -> list[Case]:
    """The awkward column beside two sound ones, on one side and on both."""
    type_ = found_type(series.dtype)
    if type_ not in check.column_types:
        return []
    rows = len(series)
    sound = {"x": _sound(type_)["x"].head(rows), "a": SOUND.head(rows), "b": (SOUND * SOUND).head(rows)}
    awkward = {**sound, "x": series}
    selected = (Column("x", type_), Column("a", ColumnType.NUMERIC), Column("b", ColumnType.NUMERIC))
    on = Subject(selected=selected, columns=selected)
    sides = [(awkward, awkward), (awkward, sound), (sound, awkward)]
    return [_case(check, on, now, then) for now, then in sides]


def _may_be(dtype: pl.DataType, type_: ColumnType) -> bool:
    """Whether data of this type is let through as that type (the compiler refuses text as numbers before a scan)."""
    return type_ not in NUMBER_TYPES or dtype.is_numeric() or dtype.is_temporal() or dtype in (pl.Boolean, pl.Null)


def _sound(type_: ColumnType) -> dict[str, pl.Series]:
    return {"x": SOUND.cast(pl.String) if type_ in (ColumnType.CATEGORICAL, ColumnType.TEXT) else SOUND}


def _model_cases(check: Check, task: str, series: pl.Series) -> list[Case]:
    """The awkward column as target, prediction and score in turn, then as all of them."""
    rows = len(series)
    sound = pl.Series([0, 1] * 20).head(rows)
    whole = {"y": sound, "p": sound, "s": SOUND.head(rows) / 4, "s1": 1 - SOUND.head(rows) / 4}
    whole |= {"q": pl.Series([n // 4 for n in range(rows)], dtype=pl.Int64)}
    awkward: list[dict[str, pl.Series]] = [{name: series} for name in ("y", "p", "s", "q")]
    found = []
    for part in [*awkward, dict.fromkeys(whole, series)]:
        if not (task in ("regression", "ranking") or "s" in part) or all(
            _may_be(s.dtype, ColumnType.NUMERIC) for s in part.values()
        ):
            columns = {**whole, **part}
            roles = {role: Column(name, found_type(columns[name].dtype)) for role, name in ROLES.items()}
            found.append(_case(check, Subject(roles=roles, scores=SCORES[task], task=task), columns, whole))
    if _may_be(series.dtype, ColumnType.NUMERIC):
        roles = {role: Column(name, found_type(whole[name].dtype)) for role, name in ROLES.items()}
        weighted = Subject(roles={**roles, "weight": Column("w", ColumnType.NUMERIC)}, scores=SCORES[task], task=task)
        found.append(_case(check, weighted, {**whole, "w": series}, {**whole, "w": series}))
    return found


ROLES = {"target": "y", "prediction": "p", "score": "s", "group": "q"}
SCORES: defaultdict[str, dict[str, str]] = defaultdict(dict, multiclass={"1": "s", "0": "s1"})


def _case(check: Check, on: Subject, rows: Mapping[str, pl.Series], baseline: Mapping[str, pl.Series]) -> Case:
    frames = [pl.DataFrame(dict(columns)) for columns in (rows, baseline)]
    return Case(check, on, frames[0], frames[1])


def _read(case: Case, folder: Path) -> Reading:
    baseline = case.baseline if case.check.needs_baseline else None
    return read(case.check, case.on, case.frame, folder, baseline)


@BY_KIND
@pytest.mark.parametrize("series", AWKWARD.values(), ids=AWKWARD)
def test_an_awkward_column_gives_a_reading(kind: type[Check], series: pl.Series, tmp_path: Path) -> None:
    for case in cases(kind, series):
        reading = _read(case, tmp_path)
        assert isinstance(reading, READINGS)
        if isinstance(reading, Value):
            low, high = kind.range
            assert math.isfinite(reading.value)
            assert low is None or reading.value >= low
            assert high is None or reading.value <= high
            assert reading.p_value is None or 0.0 <= reading.p_value <= 1.0
            assert reading.bound is None or reading.bound >= 0.0
            assert reading.interval is None or reading.interval[0] <= reading.value <= reading.interval[1]
            assert reading.standard_error is None or 0.0 <= reading.standard_error < math.inf
        else:
            assert reading.reason


@BY_KIND
@pytest.mark.parametrize("series", [AWKWARD["plus infinity and numbers"], AWKWARD["text"]], ids=["numbers", "text"])
def test_an_empty_window_has_no_data_and_counts_zero(kind: type[Check], series: pl.Series, tmp_path: Path) -> None:
    for case in cases(kind, series):
        empty = Case(case.check, case.on, case.frame.clear(), case.baseline)
        reading = _read(empty, tmp_path)
        if kind.counting:
            assert isinstance(reading, Value)
            assert reading.value == 0.0
        else:
            assert isinstance(reading, NoData | Failed), reading
            assert isinstance(reading, NoData) or case.on.timestamp is None


EXAMPLES = [
    (kind, example) for kind in KINDS.values() for example in kind.examples if not isinstance(example.value, str)
]
BY_EXAMPLE = pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=[f"{k.kind}: {e.says}" for k, e in EXAMPLES])


@BY_EXAMPLE
def test_rows_in_parts_read_as_the_whole(kind: type[Check], example: Example, tmp_path: Path) -> None:
    check, on = kind(**example.parameters), subject_of(example)
    sides = [example.rows, example.baseline] if kind.needs_baseline else [example.rows]
    wanted = (check.needs(on), check.baseline_needs(on))
    window, *baseline = (
        _merged(needs, frame_of(example, rows or {}), tmp_path) for rows, needs in zip(sides, wanted, strict=False)
    )
    reading = check.read(on, MOMENT, window, baseline[0] if baseline else None)
    assert differences(reading, read_example(kind, example, tmp_path)) == []


def _merged(needs: Mapping[str, ProfileSpec], frame: pl.DataFrame, folder: Path) -> dict[str, Any]:
    """Profiles of the rows, scanned in three parts that are then merged."""
    merged = {name: spec.empty() for name, spec in needs.items()}
    thirds = [0, frame.height // 3, frame.height // 2, frame.height]
    for at in range(3):
        part = frame[thirds[at] : thirds[at + 1]]
        found = profiles_of(needs, scan(opened(part, folder), list(needs.values())))
        assert isinstance(found, dict)
        merged = {name: merged[name].merge(profile) for name, profile in found.items()}
    return merged


@BY_EXAMPLE
def test_the_order_of_rows_does_not_matter(kind: type[Check], example: Example, tmp_path: Path) -> None:
    check, on = kind(**example.parameters), subject_of(example)
    frame = frame_of(example, example.rows).reverse()
    baseline = None if example.baseline is None else frame_of(example, example.baseline).reverse()
    assert differences(read(check, on, frame, tmp_path, baseline), read_example(kind, example, tmp_path)) == []


@BY_EXAMPLE
def test_a_value_is_the_same_where_no_p_value_is_wanted(kind: type[Check], example: Example, tmp_path: Path) -> None:
    """It is read so of a thousand exchanges of blocks (`significance: {block: 1d}`)."""
    if example.baseline is None or isinstance(example.value, str):
        return
    check, on = kind(**example.parameters), subject_of(example)
    frame, baseline = (frame_of(example, side) for side in (example.rows, example.baseline))
    reading = read(check, on, frame, tmp_path, baseline, replace(MOMENT, draws=0))
    assert isinstance(reading, Value)
    assert reading.value == pytest.approx(example.value, abs=example.tolerance)


@BY_KIND
def test_a_kind_says_what_a_reader_of_its_page_needs(kind: type[Check]) -> None:
    assert kind.__doc__
    assert kind.title
    assert kind.bad in ("above", "below", "either")
    assert kind.unit in ("number", "ratio", "seconds", "rows", "rows/s", "column")
    assert not (kind.significance and not kind.needs_baseline)
    for parameter in parameters(kind):
        assert parameter.description.endswith(".")


def test_a_text_where_numbers_are_expected_fails_alone(tmp_path: Path) -> None:
    mean, count = load().check_class("mean")(), load().check_class("row_count")()
    text = Subject(column=Column("word", ColumnType.NUMERIC))
    number = Subject(column=Column("number", ColumnType.NUMERIC))
    source = opened(pl.DataFrame({"word": ["a", "b"], "number": [1.0, 3.0]}), tmp_path)
    wanted = {
        "text": mean.needs(text)["moments"],
        "number": mean.needs(number)["moments"],
        "rows": count.needs(text)["rows"],
    }
    found = scan(source, list(wanted.values()))
    assert isinstance(profiles_of({"moments": wanted["text"]}, found), Failed)
    sound = profiles_of({"moments": wanted["number"]}, found)
    assert isinstance(sound, dict)
    reading = mean.read(number, MOMENT, sound, None)
    assert isinstance(reading, Value)
    assert reading.value == 2.0
