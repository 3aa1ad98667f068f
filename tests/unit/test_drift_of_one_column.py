"""How a column is cut, what rows without a value are, and which way a distance goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.checks.base import Column, ColumnType, Subject
from driftline.checks.drift._binning import Binning, between
from driftline.model import Contribution, Failed, NoData, Reading, Value
from driftline.profiles.histogram import HistogramProfile
from driftline.registry import load
from tests.conformance.reading import read

NUMBERS = Subject(column=Column("x", ColumnType.NUMERIC))
CATEGORIES = Subject(column=Column("x", ColumnType.CATEGORICAL))
BINNED = ("psi", "jensen_shannon", "kl_divergence", "hellinger", "total_variation", "l_infinity", "chi_square",
          "g_test", "cramers_v")  # fmt: skip
ORDERED = ("ks", "wasserstein", "energy_distance", "cramer_von_mises", "anderson_darling", "mann_whitney", "t_test")


def reading(kind: str, on: Subject, window: list[Any], baseline: list[Any], folder: Path, **params: Any) -> Reading:
    check = load().check_class(kind)(**params)
    return read(check, on, pl.DataFrame({"x": window}), folder, pl.DataFrame({"x": baseline}))


def value(kind: str, on: Subject, window: list[Any], baseline: list[Any], folder: Path, **params: Any) -> Value:
    found = reading(kind, on, window, baseline, folder, **params)
    assert isinstance(found, Value), found
    return found


def histogram(values: list[float], width: float) -> HistogramProfile:
    """Bins of equal width, which hold what they hold."""
    bins = sorted({int(v // width) for v in values})
    held = [[v for v in values if int(v // width) == each] for each in bins]
    low, high = (np.array([end(each) for each in held]) for end in (min, max))
    return HistogramProfile.of(5, np.array(bins, np.int64), np.array([len(h) for h in held], np.int64), low, high)


VALUES = st.lists(st.integers(0, 60).map(float), min_size=1, max_size=40)
EDGES = st.lists(st.integers(-5, 65).map(float), min_size=1, max_size=6, unique=True).map(sorted)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES, EDGES)
def test_counts_between_edges_are_exact_where_each_bin_holds_one_value(
    window: list[float], baseline: list[float], edges: list[float]
) -> None:
    found = between(histogram(window, 1.0), histogram(baseline, 1.0), edges)
    limits = [-np.inf, *edges, np.inf]
    expected = [np.histogram(side, limits)[0] for side in (window, baseline)]
    some = expected[0] + expected[1] > 0
    assert found.window.tolist() == expected[0][some].tolist()
    assert found.baseline.tolist() == expected[1][some].tolist()
    assert found.moved == ()


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES, EDGES)
def test_an_edge_inside_a_bin_leaves_every_row_somewhere(
    window: list[float], baseline: list[float], edges: list[float]
) -> None:
    found = between(histogram(window, 8.0), histogram(baseline, 8.0), edges)
    for now, then in ((found.window, found.baseline), *found.moved):
        assert (now.sum(), then.sum()) == (len(window), len(baseline))
        assert min(now.min(), then.min()) >= 0


def test_uniform_bins_are_those_of_numpy_over_the_baseline(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    now, then = chance.integers(0, 130, 500).astype(float), chance.integers(0, 100, 700).astype(float)
    found = value("total_variation", NUMBERS, now.tolist(), then.tolist(), tmp_path, binning="uniform", bins=7)
    edges = np.linspace(then.min(), then.max(), 8)
    edges[[0, -1]] = -np.inf, np.inf
    p, q = (np.histogram(side, edges)[0] / len(side) for side in (now, then))
    assert found.value == pytest.approx(np.abs(p - q).sum() / 2, abs=1e-12)
    assert found.bound == 0.0


def test_the_bound_of_equal_widths_covers_what_the_edges_cut(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    now, then = 1e4 + chance.normal(0.1, 1, 30_000), 1e4 + chance.normal(0, 1, 30_000)
    found = value("psi", NUMBERS, now.tolist(), then.tolist(), tmp_path, binning="uniform", bins=10)
    edges = np.linspace(then.min(), then.max(), 11)
    edges[[0, -1]] = -np.inf, np.inf
    p, q = (np.maximum(np.histogram(side, edges)[0], 0.5) for side in (now, then))
    p, q = p / p.sum(), q / q.sum()
    assert found.bound is not None
    assert abs(found.value - ((p - q) * np.log(p / q)).sum()) <= found.bound < 0.01


def test_edges_may_stand_in_any_order_and_must_be_given(tmp_path: Path) -> None:
    rows = [1.0] * 5 + [20.0] * 5
    sorted_, mixed = (
        value("hellinger", NUMBERS, rows, rows[:8], tmp_path, binning="edges", edges=edges).value
        for edges in ((10.0, 30.0), (30.0, 10.0, 10.0))
    )
    assert sorted_ == mixed > 0
    found = reading("psi", NUMBERS, rows, rows, tmp_path, binning="edges")
    assert isinstance(found, Failed)
    assert "edges: [" in found.reason


@pytest.mark.parametrize("method", ["quantile", "uniform", "sturges", "edges"])
@pytest.mark.parametrize("rows", [[1.0], [np.inf, -np.inf], [np.inf, 1.0], [1.7e308, -1.7e308], [5e-324, 0.0]])
def test_any_numbers_can_be_cut(method: str, rows: list[float], tmp_path: Path) -> None:
    for kind in BINNED:
        found = value(kind, NUMBERS, rows * 9, [0.0, 1.0, 2.0] * 9, tmp_path, binning=method, edges=(0.5,))
        assert np.isfinite(found.value)
        assert found.bound is not None
        assert np.isfinite(found.bound)


@pytest.mark.parametrize("kind", BINNED)
def test_missing_values_are_ignored_or_a_category_or_both(kind: str, tmp_path: Path) -> None:
    window, baseline = ["a"] * 30 + ["b"] * 30 + [None] * 40, ["a"] * 50 + ["b"] * 50

    def found(missing: str) -> Value:
        return value(kind, CATEGORIES, window, baseline, tmp_path, missing=missing)

    assert found("ignore").value == 0.0
    assert found("ignore").rows == 60
    assert found("category").value > 0.05
    assert found("category").rows == 100
    assert Contribution("(missing)", 0.4) in found("category").contributions
    assert found("both").value == found("category").value
    assert found("both").p_value == pytest.approx(min(1.0, 2 * (found("category").p_value or 0.0)))


def test_a_column_that_is_all_missing_now_drifted_if_missing_is_a_category(tmp_path: Path) -> None:
    for on, baseline in ((CATEGORIES, ["a", "b"] * 20), (NUMBERS, [1.0, 2.0] * 20)):
        window = [None] * 40 if on is CATEGORIES else [float("nan")] * 40
        assert isinstance(reading("psi", on, window, baseline, tmp_path), NoData)
        for missing in ("category", "both"):
            assert value("total_variation", on, window, baseline, tmp_path, missing=missing).value == 1.0
            assert value("total_variation", on, baseline, window, tmp_path, missing=missing).value == 1.0
    assert isinstance(reading("psi", NUMBERS, [None], [None], tmp_path, missing="category"), NoData | Failed)


@pytest.mark.parametrize("kind", [*ORDERED, "psi", "total_variation"])
def test_a_distance_says_which_way_it_goes(kind: str, tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    before = chance.normal(0, 1, 600)
    up, down, wider = before + 0.5, before - 0.5, before * 1.5
    directions = [value(kind, NUMBERS, side.tolist(), before.tolist(), tmp_path).direction for side in (up, down)]
    assert directions == ["up", "down"]
    if kind not in ("mann_whitney", "t_test"):
        assert value(kind, NUMBERS, wider.tolist(), before.tolist(), tmp_path).direction == "mixed"


def test_the_share_of_the_true_has_a_direction(tmp_path: Path) -> None:
    on = Subject(column=Column("x", ColumnType.BOOLEAN))
    for kind in ("psi", "z_test"):
        assert value(kind, on, [True] * 9 + [False], [True, False] * 5, tmp_path).direction == "up"


def test_categories_that_gained_and_lost_are_said_the_largest_change_first(tmp_path: Path) -> None:
    window, baseline = ["a"] * 6 + ["b"] * 3 + ["c"], ["a"] * 2 + ["b"] * 4 + ["c"] + ["d"] * 3
    found = value("psi", CATEGORIES, window, baseline, tmp_path)
    assert [one.name for one in found.contributions] == ["a", "d", "b"]
    assert [one.value for one in found.contributions] == pytest.approx([0.4, -0.3, -0.1])
    assert found.note == "a 20.0% -> 60.0%, d 30.0% -> 0.0%, b 40.0% -> 30.0%"


def test_nothing_of_a_private_column_is_said(tmp_path: Path) -> None:
    for kind in (*BINNED, "z_test"):
        on = Subject(column=Column("x", ColumnType.CATEGORICAL, private=True))
        found = value(kind, on, ["Ada", "Bea"] * 20, ["Ada", "Ada", "Bea"] * 20, tmp_path)
        assert found.contributions == ()
        assert "Ada" not in (found.note or "")
        assert "Bea" not in (found.note or "")
    for kind in ORDERED:
        on = Subject(column=Column("x", ColumnType.NUMERIC, private=True))
        assert value(kind, on, [31.5, 32.5] * 20, [41.5, 42.5] * 20, tmp_path).note is None


@pytest.mark.parametrize("kind", BINNED)
def test_a_distance_of_bins_is_the_same_whatever_binning_a_category_is_given(kind: str, tmp_path: Path) -> None:
    window, baseline = ["a"] * 6 + ["b"] * 3, ["a"] * 4 + ["b"] * 5
    found = [value(kind, CATEGORIES, window, baseline, tmp_path, binning=b).value for b in ("quantile", "sturges")]
    assert found[0] == found[1] > 0


def test_sturges_gives_each_of_few_values_a_bin() -> None:
    side = histogram([float(v) for v in range(12) for _ in range(9)], 1.0)
    assert len(Binning("sturges").of(side, side).window) == 12


def test_a_tied_column_is_not_judged_too_carefully(tmp_path: Path) -> None:
    """Three values: Kolmogorov's law would call a p-value of 9 % what is 4 %."""
    window, baseline = [0.0] * 60 + [1.0] * 80 + [2.0] * 60, [0.0] * 84 + [1.0] * 71 + [2.0] * 45
    found = value("ks", NUMBERS, window, baseline, tmp_path)
    assert found.value == pytest.approx(0.12)
    assert found.p_value is not None
    assert found.p_value < 0.05
