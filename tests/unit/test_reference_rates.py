"""Rates and means say how sure they are: against SciPy, and as often right as they claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from driftline.checks.base import Column, ColumnType, Subject
from driftline.config.document import Validity
from driftline.model import Value
from driftline.profiles import frequencies
from driftline.registry import load
from tests.conformance.reading import read

NUMERIC, TEXT = ColumnType.NUMERIC, ColumnType.TEXT


def value(kind: str, on: Subject, rows: list[Any], folder: Path, baseline: list[Any] | None = None) -> Value:
    before = None if baseline is None else pl.DataFrame({"x": baseline}, strict=False)
    found = read(load().check_class(kind)(), on, pl.DataFrame({"x": rows}, strict=False), folder, before)
    assert isinstance(found, Value), found
    return found


def wilson(count: int, rows: int) -> tuple[float, float]:
    low, high = stats.binomtest(count, rows).proportion_ci(method="wilson")
    return float(low), float(high)


def x(type_: ColumnType = NUMERIC, valid: Validity | None = None) -> Subject:
    return Subject(column=Column("x", type_, valid))


@pytest.mark.parametrize("count", [0, 1, 7, 199, 200])
@pytest.mark.parametrize(
    ("kind", "on", "yes", "no"),
    [
        ("missing_rate", x(), None, 1.0),
        ("invalid_rate", x(valid=Validity(max=10.0)), 11.0, 10.0),
        ("error_rate", x(), 500, 0),
        ("unseen_rate", x(TEXT), "new", "old"),
        ("mean", x(), 1, 0),
        ("mean", x(ColumnType.BOOLEAN), True, False),
    ],
    ids=["missing", "invalid", "error", "unseen", "mean of zeros and ones", "mean of booleans"],
)
def test_the_interval_of_a_share_is_wilsons(
    kind: str, on: Subject, yes: Any, no: Any, count: int, tmp_path: Path
) -> None:
    baseline = ["old"] if kind == "unseen_rate" else None
    found = value(kind, on, [yes] * count + [no] * (200 - count), tmp_path, baseline)
    assert found.value == count / 200
    assert found.interval == pytest.approx(wilson(count, 200), abs=1e-12)
    assert found.interval is not None
    assert found.standard_error == pytest.approx((found.interval[1] - found.interval[0]) / 2 / 1.959963984540054)
    assert found.standard_error


@pytest.mark.parametrize("rows", [5, 30, 1_000])
def test_the_interval_of_a_mean_is_students(rows: int, tmp_path: Path) -> None:
    drawn = np.random.default_rng(rows).normal(1e6, 3.0, rows)
    found = value("mean", x(), drawn.tolist(), tmp_path)
    half = float(stats.t.ppf(0.975, rows - 1) * stats.sem(drawn))
    assert found.interval is not None
    assert found.interval[1] - found.value == pytest.approx(half, rel=0.02)
    assert found.interval[0] + found.interval[1] == pytest.approx(2 * found.value)


@pytest.mark.parametrize("rows", [[5.0] * 200, [7.0], [1e308, -1e308] * 100], ids=["constant", "single", "huge"])
def test_a_mean_whose_error_is_not_known_has_none(rows: list[float], tmp_path: Path) -> None:
    found = value("mean", x(), rows, tmp_path)
    assert (found.interval, found.standard_error) == (None, None)


def test_unseen_categories_behind_buckets_are_less_sure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequencies, "EXACT_VALUES", 50)
    baseline, rows = [f"c{at}" for at in range(1_000)], [f"{'n' if at % 4 == 0 else 'c'}{at}" for at in range(1_000)]
    found = value("unseen_rate", x(TEXT), rows, tmp_path, baseline)
    assert found.interval is not None
    assert found.bound
    assert found.interval[0] < found.value < found.interval[1]
    exact = wilson(250, 1_000)
    assert found.interval[1] - found.interval[0] > exact[1] - exact[0]


def test_unseen_rates_lie_in_their_interval_as_often_as_said(tmp_path: Path) -> None:
    random, missed = np.random.default_rng(4), 0
    for _ in range(300):
        new = random.random(400) < 0.02
        found = value("unseen_rate", x(TEXT), np.where(new, "new", "old").tolist(), tmp_path, ["old"])
        assert found.interval is not None
        missed += not found.interval[0] <= 0.02 <= found.interval[1]
    assert missed <= stats.binom.ppf(0.999, 300, 0.05)
