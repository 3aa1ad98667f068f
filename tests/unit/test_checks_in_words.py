"""What readings say besides their number: notes, bounds and reasons; and the corners that the examples leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from driftline.checks.base import Check, Column, ColumnType, Moment, Subject
from driftline.config.document import Validity
from driftline.model import Failed, Interval, NoData, Reading, Value
from driftline.profiles import distinct, frequencies
from driftline.registry import load
from tests.conformance.reading import MOMENT, read

CATEGORICAL = ColumnType.CATEGORICAL


def check(kind: str, **params: object) -> Check:
    return load().check_class(kind)(**params)


def value(reading: Reading) -> Value:
    assert isinstance(reading, Value), reading
    return reading


def test_invalid_says_how_often_each_rule_was_broken(tmp_path: Path) -> None:
    valid = Validity(min=0.0, max=10.0, in_=("1", "2.0", "11", "-1"), not_null=True)
    on = Subject(column=Column("x", ColumnType.NUMERIC, valid))
    reading = value(read(check("invalid_rate"), on, pl.DataFrame({"x": [1.0, 2.0, 3.0, 11.0, -1.0, None]}), tmp_path))
    assert reading.value == 4 / 6
    assert reading.note == "1 below 0.0; 1 above 10.0; 1 not among the allowed values; 1 missing"


def test_nan_breaks_no_bound_and_no_set(tmp_path: Path) -> None:
    on = Subject(column=Column("x", ColumnType.NUMERIC, Validity(min=0.0, max=1.0, in_=("0.5",))))
    assert value(read(check("invalid_rate"), on, pl.DataFrame({"x": [float("nan"), 0.5]}), tmp_path)).value == 0.0


def test_a_text_must_match_as_a_whole_and_a_condition_may_name_other_columns(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": ["AB", "ABC", "ab"], "y": [1, 5, 9]})
    matching = Subject(column=Column("x", ColumnType.TEXT, Validity(regex="[A-Z]{2}")))
    assert value(read(check("invalid_rate"), matching, frame, tmp_path)).value == pytest.approx(2 / 3)
    condition = Subject(column=Column("x", ColumnType.TEXT, Validity(where="y < 6")))
    reading = value(read(check("invalid_rate"), condition, frame, tmp_path))
    assert reading.note == "1 not meeting y < 6"


def test_the_future_is_what_lies_after_the_rows_own_event(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame({"t": [start] * 3, "x": [start - timedelta(1), start, start + timedelta(1)]})
    on = Subject(column=Column("x", ColumnType.DATETIME, Validity(not_in_future=True)), timestamp="t")
    assert value(read(check("invalid_rate"), on, frame, tmp_path)).value == pytest.approx(1 / 3)


def test_unseen_names_the_new_categories_but_not_private_ones(tmp_path: Path) -> None:
    frame, baseline = pl.DataFrame({"x": list("aabbbcdef")}), pl.DataFrame({"x": ["a"]})
    on = Subject(column=Column("x", CATEGORICAL))
    reading = value(read(check("unseen_rate"), on, frame, tmp_path, baseline))
    assert reading.note == "b (3), c (1), d (1) and 2 more"
    private = Subject(column=Column("x", CATEGORICAL, private=True))
    assert value(read(check("unseen_rate"), private, frame, tmp_path, baseline)).note is None


def test_unseen_is_estimated_and_says_so_when_categories_are_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequencies, "EXACT_VALUES", 1_000)
    baseline = pl.DataFrame({"x": [f"user {n}" for n in range(2_000)]})
    frame = pl.DataFrame({"x": [f"user {n}" for n in range(1_000, 3_000)]})
    on = Subject(column=Column("x", CATEGORICAL))
    reading = value(read(check("unseen_rate"), on, frame, tmp_path, baseline))
    assert reading.value == pytest.approx(0.5, abs=0.05)
    assert reading.note is not None
    assert "hash bucket" in reading.note
    many = pl.DataFrame({"x": [f"user {n}" for n in range(40_000)]})
    assert isinstance(read(check("unseen_rate"), on, frame, tmp_path, many), NoData)


def test_duplicates_are_estimated_and_say_so_beyond_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "SIZE", 400)
    frame = pl.DataFrame({"x": [n // 2 for n in range(10_000)]})
    reading = value(read(check("duplicate_rate"), Subject(column=Column("x", ColumnType.NUMERIC)), frame, tmp_path))
    assert reading.value == pytest.approx(0.5, abs=0.01)
    assert reading.note is not None


def columns(**types: ColumnType) -> tuple[Column, ...]:
    return tuple(Column(name, type_) for name, type_ in types.items())


NUMERIC, DATETIME, BOOLEAN = ColumnType.NUMERIC, ColumnType.DATETIME, ColumnType.BOOLEAN


@pytest.mark.parametrize(
    ("on", "note"),
    [
        (Subject(columns=columns(a=NUMERIC), baseline_columns=columns(a=NUMERIC, b=CATEGORICAL)), "b: missing"),
        (Subject(columns=columns(a=NUMERIC, b=BOOLEAN), baseline_columns=columns(a=NUMERIC)), "b: new"),
        (
            Subject(columns=columns(a=CATEGORICAL), baseline_columns=columns(a=NUMERIC)),
            "a: categorical instead of numeric",
        ),
        (Subject(columns=columns(a=CATEGORICAL), declared=columns(a=NUMERIC)), "a: categorical instead of numeric"),
        (Subject(columns=columns(a=NUMERIC), declared=columns(a=CATEGORICAL, c=NUMERIC)), "c: missing"),
        (Subject(columns=columns(a=NUMERIC), expected=("a", "z")), "z: missing"),
        (
            Subject(
                columns=columns(a=NUMERIC, t=DATETIME),
                baseline_columns=columns(a=NUMERIC, y=NUMERIC),
                roles={"target": Column("y", NUMERIC)},
                timestamp="t",
            ),
            None,
        ),
    ],
)
def test_schema_lists_every_difference(on: Subject, note: str | None) -> None:
    rows = {name: spec.empty() for name, spec in check("schema").needs(on).items()}
    reading = value(check("schema").read(on, MOMENT, rows, None))
    assert reading.note == note
    assert reading.value == (0.0 if note is None else 1.0)


def test_freshness_of_a_source_without_a_timestamp_fails_and_the_future_reads_zero(tmp_path: Path) -> None:
    assert isinstance(read(check("freshness"), Subject(), pl.DataFrame({"x": [1]}), tmp_path), Failed)
    ahead = pl.DataFrame({"t": [MOMENT.as_of + timedelta(seconds=30)]})
    reading = value(read(check("freshness"), Subject(timestamp="t"), ahead, tmp_path))
    assert reading.value == 0.0
    assert reading.note == "the newest event is 30 s in the future"


def test_throughput_needs_a_window_with_bounds(tmp_path: Path) -> None:
    at = Moment(Interval(None, None), MOMENT.as_of)
    assert isinstance(read(check("throughput"), Subject(), pl.DataFrame({"x": [1]}), tmp_path, at=at), NoData)


@pytest.mark.parametrize(
    ("target", "positive"),
    [
        ([1, 0, 0, None], "1"),
        ([1.0, 0.0, 0.0, None], "1"),
        ([True, False, False, None], "1"),
        ([True, False, False, None], "true"),
        (["true", "False", "false", None], "1"),
        (["yes", "no", "maybe", None], "yes"),
        ([0, 1, 1, None], "0"),
        ([False, True, True, None], "0"),
        ([3, 1, 2, None], "3"),
    ],
)
def test_the_positive_class_is_found_however_it_is_spelled(target: list[object], positive: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": target, "p": [target[0], target[0], target[1], target[0]], "s": [0.9, 0.8, 0.1, 0.5]})
    roles = {role: Column(name, NUMERIC) for role, name in {"target": "y", "prediction": "p", "score": "s"}.items()}
    on = Subject(roles=roles, task="binary", positive=positive)
    assert value(read(check("precision"), on, frame, tmp_path)).value == 0.5
    assert value(read(check("recall"), on, frame, tmp_path)).value == 1.0
    assert value(read(check("roc_auc"), on, frame, tmp_path)).value == 1.0
    assert value(read(check("log_loss"), on, frame, tmp_path)).labelled_rows == 3


def test_scores_that_share_a_bin_are_bounded_and_apart_are_exact(tmp_path: Path) -> None:
    roles = {role: Column(name, NUMERIC) for role, name in {"target": "y", "score": "s"}.items()}
    on = Subject(roles=roles, task="binary")
    step = 2.0**-40
    mixed = pl.DataFrame({"y": [1, 0, 1, 0], "s": [0.5, 0.5 + step, 0.5 + 2 * step, 0.5 + 3 * step]})
    reading = value(read(check("roc_auc"), on, mixed, tmp_path))
    assert reading.bound is not None
    assert abs(reading.value - 0.25) <= reading.bound
    apart = pl.DataFrame({"y": [1, 1, 0, 0], "s": [0.5 + 2 * step, 0.5 + 3 * step, 0.5, 0.5 + step]})
    exact = value(read(check("roc_auc"), on, apart, tmp_path))
    assert (exact.value, exact.bound) == (1.0, 0.0)
