"""The smallest file on data of which the truth is known: it keeps the declared rate, and it sees what moved."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import binom

from benchmarks.noise import ALPHA, judge


@pytest.mark.parametrize(("rows", "seeds"), [(5_000, 30), (200, 30)])
def test_pure_noise_raises_no_more_alarms_than_declared(tmp_path: Path, rows: int, seeds: int) -> None:
    found = [judge(tmp_path, seed, rows, columns=50) for seed in range(seeds)]
    assert sum(each.unmoved > 0 for each in found) <= binom.ppf(0.999, seeds, ALPHA)


def test_in_small_samples_the_threshold_alone_would_cry_wolf(tmp_path: Path) -> None:
    found = judge(tmp_path, 0, 200, columns=50)
    assert found.beyond > 10
    assert found.unmoved == 0


def test_a_shift_of_six_tenths_of_a_deviation_is_found_in_a_thousand_rows(tmp_path: Path) -> None:
    seeds = 10
    found = [judge(tmp_path, seed, 1_000, columns=40, moved=10, deviations=0.6) for seed in range(seeds)]
    assert sum(each.moved for each in found) >= 0.99 * 10 * seeds
    # Of what Benjamini-Hochberg reports, one in a hundred may be chance; so few are not counted on.
    assert sum(each.unmoved for each in found) <= binom.ppf(0.999, 10 * seeds, ALPHA)
