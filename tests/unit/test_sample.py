"""A sample of rows is drawn with equal chances, whatever the rows hold, and always the same rows of the same data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from driftline.profiles.sample import Sample, SampleProfile
from tests.conformance.reading import profile

KEY = "id"


def sampled(frame: pl.DataFrame, spec: Sample, folder: Path) -> SampleProfile:
    found = profile(frame, spec, folder)
    assert isinstance(found, SampleProfile)
    return found


@pytest.mark.parametrize(
    "values",
    [np.arange(20_000.0), np.arange(20_000) / 64, np.arange(20_000) * 1e-300, np.random.default_rng(1).random(20_000)],
    ids=["whole numbers", "few bits", "tiny", "random"],
)
def test_every_row_has_the_same_chance(values: np.ndarray, tmp_path: Path) -> None:
    found = sampled(pl.DataFrame({"x": values}), Sample(("x",), size=4_000), tmp_path)
    assert found.kept == 4_000
    ranks = np.searchsorted(np.sort(values), found.columns["x"])
    by_place = np.bincount(ranks // 1_000, minlength=20)
    by_parity = np.bincount(ranks % 2, minlength=2)
    assert stats.chisquare(by_place).pvalue > 1e-3
    assert stats.chisquare(by_parity).pvalue > 1e-3


def test_values_are_kept_as_they_are_and_belong_together(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.5, None, 3.0], "flag": [True, None, False], "word": ["a", "b", None], KEY: [1, 2, 3]})
    found = sampled(frame, Sample(("x", "flag"), ("word",), id=KEY), tmp_path)
    rows = sorted(zip(*(found.columns[name].tolist() for name in ("x", "flag", "word")), strict=True), key=str)
    assert str(rows) == "[(1.5, 1.0, 'a'), (3.0, 0.0, None), (nan, nan, 'b')]"
    assert found.is_whole
    assert found.distinct == 3


def test_rows_that_lack_what_is_given_are_counted_and_left_out(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, None, float("nan"), 0.0]})
    found = sampled(frame, Sample(("x",), given=("y",)), tmp_path)
    assert sorted(found.columns["x"].tolist()) == [1.0, 4.0]
    assert (found.rows, found.eligible, found.kept) == (4, 2, 2)


def test_an_id_tells_rows_apart_that_agree_in_all_else(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [0.0] * 5_000 + [1.0] * 5_000, KEY: range(10_000)})
    together = sampled(frame, Sample(("x",), size=1_000), tmp_path)
    apart = sampled(frame, Sample(("x",), size=1_000, id=KEY), tmp_path)
    assert together.distinct == 1
    assert apart.distinct == 1_000
    assert 430 < apart.columns["x"].sum() < 570


def test_what_is_not_asked_for_is_not_kept(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0], KEY: ["person@example.org"]})
    found = sampled(frame, Sample(("x",), id=KEY), tmp_path)
    assert list(found.columns) == ["x"]
    assert "person" not in str(found.frame().to_dict(as_series=False))


def test_zeros_of_both_signs_are_one_value_and_draw_the_same(tmp_path: Path) -> None:
    found = sampled(pl.DataFrame({"x": [0.0, -0.0]}), Sample(("x",)), tmp_path)
    assert found.distinct == 1
