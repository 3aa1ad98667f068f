"""What chance does to a distance: laws as those of SciPy, and resampling that keeps its word at any number of draws."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import kolmogi

from driftline.checks.drift._chi_square import chi_square_quantile
from driftline.checks.drift._contingency import chi_square_p_value, pearson
from driftline.checks.drift._exact import fisher
from driftline.checks.drift._kolmogorov import kolmogorov_quantile
from driftline.checks.drift._laws import ChiSquareLaw, KolmogorovLaw, NormalLaw, by_law
from driftline.checks.drift._resampling import FIRST, resampled
from driftline.checks.drift._student import student_quantile, student_tail

Floats = NDArray[np.float64]


@pytest.mark.parametrize(("tail", "freedom"), list(product([0.05, 0.01, 1e-5], [1, 2, 3, 9, 64, 999, 4095])))
def test_the_quantile_of_the_chi_square_law_is_that_of_scipy(tail: float, freedom: int) -> None:
    assert chi_square_quantile(tail, freedom) == pytest.approx(stats.chi2.isf(tail, freedom), rel=1e-9)


@pytest.mark.parametrize(("t", "freedom"), list(product([0.0, 1e-3, 0.7, 2.0, 12.0, 60.0], [1.0, 2.7, 30.0, 1e3, 5e5])))
def test_students_law_is_that_of_scipy(t: float, freedom: float) -> None:
    assert student_tail(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-7, abs=1e-300)


def test_quantiles_of_students_and_kolmogorovs_laws_are_those_of_scipy() -> None:
    assert student_quantile(0.05, 12.5) == pytest.approx(stats.t.isf(0.025, 12.5), rel=1e-9)
    assert kolmogorov_quantile(0.05) == pytest.approx(kolmogi(0.05), rel=1e-9)


@pytest.mark.parametrize("law", [ChiSquareLaw(9, 50.0), ChiSquareLaw(9, 800.0, squared=True), KolmogorovLaw(300, 900),
                                 NormalLaw(0.02, 1e-4)])  # fmt: skip
def test_the_noise_floor_is_the_distance_with_a_p_value_of_one_in_twenty(law: Any) -> None:
    noise = by_law(law, 0.1).noise
    assert by_law(law, noise).p_value == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(
    "table", [(3, 40, 9, 50), (0, 30, 6, 200), (12, 12, 1, 9), (5, 5, 7, 7), (60, 400, 900, 9_000)]
)
def test_fishers_test_is_that_of_scipy(table: tuple[int, int, int, int]) -> None:
    hits, n, before, m = table
    expected = stats.fisher_exact([[hits, n - hits], [before, m - before]]).pvalue
    assert fisher(*table).p_value == pytest.approx(expected, rel=1e-9)


def test_the_noise_floor_of_fishers_test_is_exceeded_in_one_table_of_twenty_at_most() -> None:
    n, m, total = 40, 60, 20
    noise = fisher(8, n, 12, m).noise
    tables = [(k, stats.hypergeom.pmf(k, n + m, total, n)) for k in range(total + 1)]
    beyond = [chance for k, chance in tables if abs(k / n - (total - k) / m) > noise]
    assert sum(beyond) <= 0.05 < sum(beyond) + 0.05


def total_variation(window: Floats, baseline: Floats) -> Floats:
    p, q = (side / side.sum(axis=1, keepdims=True) for side in (window, baseline))
    found: Floats = np.abs(p - q).sum(axis=1) / 2
    return found


def counts(*numbers: float) -> Floats:
    return np.array(numbers, float)


def test_a_large_p_value_needs_no_more_than_the_first_draws() -> None:
    asked: list[int] = []

    def counted(window: Floats, baseline: Floats) -> Floats:
        asked.append(len(window))
        return total_variation(window, baseline)

    found = resampled(counts(20, 30, 50), counts(22, 29, 49), counted, 100_000)
    assert sum(asked) == 1 + FIRST
    assert found.p_value > 0.5


def test_what_is_beyond_doubt_needs_no_more_than_the_first_draws_and_passes_a_large_family() -> None:
    found = resampled(counts(900, 100), counts(100, 900), total_variation, 100_000)
    assert found.p_value == 1 / 100_001


def test_a_small_p_value_is_that_of_all_draws() -> None:
    window, baseline = counts(70, 30), counts(50, 50)
    found = resampled(window, baseline, total_variation, 20_000)
    exact = stats.fisher_exact([window, baseline]).pvalue
    assert found.p_value == pytest.approx(exact, rel=0.25)
    assert found == resampled(window, baseline, total_variation, 20_000)


def test_no_draws_are_made_where_no_p_value_is_wanted() -> None:
    asked: list[int] = []

    def counted(window: Floats, baseline: Floats) -> Floats:
        asked.append(len(window))
        return total_variation(window, baseline)

    assert resampled(counts(1, 2), counts(2, 1), counted, 0).p_value == 1.0
    assert asked == []


def test_a_side_of_a_billion_rows_is_resampled() -> None:
    found = resampled(counts(60, 40), counts(6e8, 6e8), total_variation, 999)
    assert found.p_value == pytest.approx(stats.binomtest(60, 100).pvalue, rel=0.3)


@pytest.mark.parametrize(("n", "m", "shares"), [
    (200, 200, [0.5, 0.3, 0.2]), (200, 5_000, [0.9, 0.06, 0.03, 0.01]), (300, 300, [0.005] * 200),
    (8_000, 8_000, [0.25] * 4),
])  # fmt: skip
def test_resampled_p_values_keep_their_level_and_so_does_the_noise_floor(n: int, m: int, shares: list[float]) -> None:
    chance, runs = np.random.default_rng(11), 200
    p_values, beyond = [], 0
    for _ in range(runs):
        sides = [chance.multinomial(rows, shares).astype(float) for rows in (n, m)]
        window, baseline = (side[sides[0] + sides[1] > 0] for side in sides)
        found = resampled(window, baseline, total_variation, 999)
        p_values.append(found.p_value)
        beyond += total_variation(window[None, :], baseline[None, :])[0] > found.noise
    for alpha in (0.01, 0.05, 0.2):
        assert sum(p <= alpha for p in p_values) <= stats.binom.ppf(0.999, runs, alpha)
    assert beyond <= stats.binom.ppf(0.999, runs, 0.05)
    assert sum(p <= 0.2 for p in p_values) >= stats.binom.ppf(0.001, runs, 0.15)


def test_stopping_early_leaves_a_p_value_that_is_valid_in_its_far_tail() -> None:
    chance, runs = np.random.default_rng(3), 2_000
    p_values = []
    for _ in range(runs):
        window, baseline = (chance.multinomial(120, [0.5, 0.5]).astype(float) for _ in range(2))
        p_values.append(resampled(window, baseline, total_variation, 10_000).p_value)
    for alpha in (0.001, 0.005):
        assert sum(p <= alpha for p in p_values) <= stats.binom.ppf(0.999, runs, alpha)


def test_pearsons_statistic_of_many_tables_is_that_of_scipy_of_each() -> None:
    chance = np.random.default_rng(5)
    window, baseline = chance.integers(1, 50, (6, 4)).astype(float), chance.integers(1, 90, (6, 4)).astype(float)
    tables = np.stack([window, baseline], axis=1)
    expected = [stats.chi2_contingency(table, correction=False).statistic for table in tables]
    assert pearson(window, baseline) == pytest.approx(expected, rel=1e-12)


def test_rare_bins_are_joined_by_their_pooled_counts_only() -> None:
    one = chi_square_p_value(counts(3, 0, 50, 47), counts(0, 3, 60, 37), 5.0)
    other = chi_square_p_value(counts(0, 3, 50, 47), counts(3, 0, 60, 37), 5.0)
    assert one == other
    assert 0.0 < one < 1.0
    assert math.isfinite(one)
