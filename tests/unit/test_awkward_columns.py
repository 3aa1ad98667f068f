"""Columns as they come: far from zero, constant, too large to square, of a few rows; a distance still says what is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from driftline.checks.base import Check, Column, ColumnType, Moment, Profiles, Subject
from driftline.checks.drift.ks import KolmogorovSmirnov
from driftline.evaluate.measured import read as judged_reading
from driftline.model import Failed, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import HistogramProfile
from driftline.registry import load
from tests.conformance.reading import MOMENT, read

NUMBERS = Subject(column=Column("x", ColumnType.NUMERIC))


def reading(kind: str, window: object, baseline: object, folder: Path, **params: object) -> Reading:
    check = load().check_class(kind)(**params)
    return read(check, NUMBERS, pl.DataFrame({"x": window}), folder, pl.DataFrame({"x": baseline}))


def value(kind: str, window: object, baseline: object, folder: Path, **params: object) -> Value:
    found = reading(kind, window, baseline, folder, **params)
    assert isinstance(found, Value), found
    return found


def test_a_few_rows_far_from_zero_have_the_p_value_that_they_have_near_it(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    window, baseline = chance.normal(3, 1, 20), chance.normal(0, 1, 20)
    near, far = (value("t_test", window + off, baseline + off, tmp_path) for off in (0.0, 1e12))
    assert near.p_value is not None
    assert far.value == pytest.approx(near.value, rel=1e-3)
    assert near.p_value < 0.01
    assert far.p_value == pytest.approx(near.p_value)
    assert far.noise == pytest.approx(near.noise, rel=1e-2)


def test_numbers_too_large_to_square_are_said_and_not_read_as_no_change(tmp_path: Path) -> None:
    found = reading("t_test", [1e200, 3e200] * 50, [2e190, 6e190] * 50, tmp_path)
    assert isinstance(found, Failed)
    assert "range of a double" in found.reason


@pytest.mark.parametrize("binning", ["quantile", "uniform", "sturges"])
@pytest.mark.parametrize("window", [[7.0] * 200, [3.0] * 200, [4.0, 5.0, 6.0, 7.0] * 50])
def test_what_was_constant_and_is_no_longer_has_drifted_however_it_is_cut(
    binning: str, window: list[float], tmp_path: Path
) -> None:
    found = value("psi", window, [5.0] * 200, tmp_path, binning=binning)
    assert found.value > 0.25
    assert found.p_value is not None
    assert found.p_value <= 0.001


def test_a_constant_that_stays_has_not_drifted(tmp_path: Path) -> None:
    found = value("psi", [5.0] * 200, [5.0] * 200, tmp_path, binning="uniform")
    assert (found.value, found.p_value) == (0.0, 1.0)


def one_row_each(values: list[float]) -> HistogramProfile:
    at = np.array(values)
    return HistogramProfile.of(5, at.astype(np.int64), np.ones(len(at), np.int64), at, at)


@pytest.mark.parametrize("rows", [3, 5, 8])
def test_kolmogorovs_law_is_not_asked_of_a_few_rows(rows: int) -> None:
    """Of five rows a side the law says 3.2 % of a distance of 0.8, which chance makes in 7.9 % of cases."""
    window = [2.0 * n for n in range(rows)]
    baseline = [2.0 * (n + rows) + 1.0 for n in range(rows - 1)] + [1.0]
    check, sides = KolmogorovSmirnov(), (one_row_each(window), one_row_each(sorted(baseline)))
    distance = check.measured(*sides)[0]
    exact = stats.ks_2samp(window, baseline, method="exact")
    assert distance == pytest.approx(exact.statistic)
    found = check.null(*sides, distance, 9_999).p_value
    assert found == pytest.approx(exact.pvalue, abs=0.015)


def test_psi_in_bits_is_as_sure_as_in_natural_units(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    sides = chance.normal(0.1, 1, 3_000), chance.normal(0, 1, 3_000)
    nats, bits = (value("psi", *sides, tmp_path, base=base) for base in ("e", "2"))
    assert bits.value == pytest.approx(nats.value / np.log(2))
    assert bits.noise == pytest.approx((nats.noise or 0.0) / np.log(2))
    assert bits.p_value == pytest.approx(nats.p_value)


def test_attributions_too_large_to_square_are_said(tmp_path: Path) -> None:
    rows = pl.DataFrame({"shap_a": [1e200, 3e200] * 50, "shap_b": [1e199, 2e199] * 50})
    on = Subject(selected=tuple(Column(name, ColumnType.NUMERIC) for name in rows.columns))
    found = read(load().check_class("attribution_drift")(), on, rows, tmp_path, rows)
    assert isinstance(found, Failed)
    assert "too large" in found.reason


class Unsure(Check):
    """A plug-in that divides nothing by nothing."""

    kind = "unsure"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return Value(0.5, p_value=math.nan, standard_error=math.nan)


def test_a_p_value_that_is_no_number_is_none() -> None:
    """Benjamini and Hochberg's correction sorts by it: it would have its way with the whole family."""
    assert judged_reading(Unsure(), Subject(), MOMENT, {}, None) == Value(0.5)
