"""Estimates without labels against NannyML's figures, and isotonic regression against scikit-learn's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.isotonic import IsotonicRegression

from driftline.checks.base import Check, Subject
from driftline.checks.estimation._calibration import Outcomes, calibration, improves
from driftline.checks.estimation._isotonic import pooled
from driftline.model import Value
from driftline.profiles.histogram import HistogramProfile
from driftline.registry import load
from tests.conformance.reading import MOMENT, opened, profiles_of, scan
from tests.reference.nannyml import DATA, binary, figures

BINARY = ("accuracy", "precision", "recall", "f1", "specificity")


def read_chunks(
    check: Check, on: Subject, data: str, folder: Path, kept: int | None = None
) -> Iterator[tuple[Value, Mapping[str, float]]]:
    """The reading of every chunk beside NannyML's; `kept` is the resolution of scores that an earlier run chose."""
    frame = pl.read_parquet(DATA / f"{data}.parquet")
    resolutions = {"rows": {f"score:{name}": kept for name in ("score", "p_a", "p_b", "p_c")}} if kept else None
    needs = check.baseline_needs(on)
    reference = opened(frame.filter(period="reference"), folder)
    baseline = profiles_of(needs, scan(reference, list(needs.values()), kept=resolutions))
    assert isinstance(baseline, dict)
    needs = check.needs(on)
    for figure in figures()[data]:
        rows = frame.filter(period=figure["period"], chunk=figure["chunk"]).drop("target")
        window = profiles_of(needs, scan(opened(rows, folder), list(needs.values()), kept=resolutions))
        assert isinstance(window, dict)
        reading = check.read(on, MOMENT, window, baseline)
        assert isinstance(reading, Value), reading
        yield reading, figure


@pytest.mark.parametrize("metric", [*BINARY, "roc_auc"])
def test_the_bound_of_coarse_scores_holds(metric: str, tmp_path: Path) -> None:
    check = load().check_class(f"estimated_{metric}")()
    for reading, figure in read_chunks(check, binary(), "small_calibrated", tmp_path, kept=12):
        assert reading.bound is not None
        assert abs(reading.value - figure[metric]) <= min(reading.bound + 5e-8, 1e-3)


def test_at_the_exact_setting_every_score_has_a_bin(tmp_path: Path) -> None:
    check = load().check_class("estimated_f1")(resolution="exact")  # type: ignore[call-arg]
    for reading, figure in read_chunks(check, binary(), "small_calibrated", tmp_path, kept=12):
        assert reading.bound == 0.0
        assert abs(reading.value - figure["f1"]) < 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_isotonic_regression_is_that_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    totals = random.integers(1, 9, 300).astype(float)
    hits = np.minimum(totals, random.binomial(8, np.linspace(0.1, 0.9, 300))).astype(float)
    block, blocks_hits, blocks_totals = pooled(hits, totals)
    expected = IsotonicRegression().fit_transform(np.arange(300.0), hits / totals, sample_weight=totals)
    assert np.abs((blocks_hits / blocks_totals)[block] - expected).max() < 1e-12


def histogram(values: np.ndarray[Any, np.dtype[np.float64]]) -> HistogramProfile:
    distinct, counts = np.unique(values, return_counts=True)
    return HistogramProfile(52, distinct.view(np.int64), counts.astype(np.int64), distinct, distinct)


def test_a_calibrated_score_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    scores = random.random(5_000)
    happened = random.random(5_000) < scores**2
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, happened)
    found = calibration(histogram(scores[happened]), histogram(scores[~happened]), "always")
    asked = np.linspace(-0.1, 1.1, 1_001)
    assert np.abs(found.probabilities(asked) - fitted.predict(asked)).max() < 1e-12


def test_scores_are_calibrated_where_that_helps() -> None:
    random = np.random.default_rng(5)
    scores = random.beta(2, 2, 20_000)
    chance = random.random(20_000)
    for power, helps in ((1.2, True), (2.0, True)):
        happened = chance < scores**power
        assert improves(histogram(scores[happened]), histogram(scores[~happened])) is helps
    assert not improves(histogram(scores[scores > 0.5]), histogram(scores[scores <= 0.5]))
    assert not improves(histogram(scores), histogram(np.array([])))


def test_a_fold_holds_out_a_tenth_of_either_outcome() -> None:
    from driftline.checks.estimation._calibration import _held_out

    of = Outcomes.of(histogram(np.arange(1.0, 101.0)), histogram(np.arange(1.0, 51.0)))
    drawn = _held_out(of.positives, np.random.default_rng(0))
    assert drawn.shape == (10, 100)
    assert (drawn.sum(axis=1) == 10).all()
    assert (drawn <= of.positives).all()
