"""Drift of the flights through the whole command, against SciPy and NumPy: training beside April 2013."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from tests.commands.project import FLIGHTS, Project, Ran

NUMERIC = (
    "distance", "hour", "weekday", "temp", "humid", "wind_speed", "precip", "visib", "pressure", "seats", "plane_age",
    "p_late", "delay_predicted",
)  # fmt: skip
CATEGORIES = ("carrier", "origin", "dest")
APRIL = "2013-05-01"
CONFIG = f"""
version: 1
defaults: {{window: 1mo}}
sources:
  scored: {{path: {FLIGHTS}/predictions/*.parquet, timestamp: scheduled_at}}
  training: {{path: {FLIGHTS}/training.parquet}}
models:
  m: {{source: scored, baseline: training}}
monitors:
  ks: {{check: ks, columns: [{", ".join(NUMERIC)}], threshold: none}}
  chi_square: {{check: chi_square, columns: [{", ".join(CATEGORIES)}], threshold: none}}
  wasserstein: {{check: wasserstein, columns: [{", ".join(NUMERIC)}], threshold: none}}
  jensen_shannon: {{check: jensen_shannon, columns: [{", ".join(CATEGORIES)}], threshold: none}}
  psi: {{check: psi, columns: [{", ".join(CATEGORIES)}], threshold: none}}
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    project = Project(tmp_path_factory.mktemp("flights"))
    project.write(CONFIG)
    ran = project.run("--at", APRIL, "--dry-run")
    assert ran.code == 0
    return ran


@pytest.fixture(scope="module")
def april() -> pl.DataFrame:
    return pl.read_parquet(FLIGHTS / "predictions" / "*.parquet").filter(
        pl.col("scheduled_at").is_between(datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 5, 1, tzinfo=UTC), closed="left")
    )


@pytest.fixture(scope="module")
def training() -> pl.DataFrame:
    return pl.read_parquet(FLIGHTS / "training.parquet")


def numbers(frame: pl.DataFrame, column: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = frame[column].drop_nulls().cast(pl.Float64).to_numpy()
    return found


def table(first: pl.DataFrame, second: pl.DataFrame, column: str) -> NDArray[np.float64]:
    """Counts by value: a row for each side."""
    values = sorted({*first[column], *second[column]})
    sides = [dict(side[column].value_counts().iter_rows()) for side in (first, second)]
    return np.array([[side.get(value, 0) for value in values] for side in sides], dtype=float)


@pytest.mark.parametrize("column", NUMERIC)
def test_ks_is_that_of_scipy_within_its_bound(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    found = done.one("ks", column=column)
    expected = stats.ks_2samp(numbers(april, column), numbers(training, column), method="asymp")
    error = abs(found["value"] - expected.statistic)
    assert error <= 1e-4
    assert error <= found["bound"] + 1e-12
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=0.05, abs=1e-12)
    assert (found["rows"], found["baseline_rows"]) == (numbers(april, column).size, numbers(training, column).size)


@pytest.mark.parametrize("column", NUMERIC)
def test_wasserstein_is_that_of_scipy_within_its_bound(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    found = done.one("wasserstein", column=column)
    now, then = numbers(april, column), numbers(training, column)
    expected = stats.wasserstein_distance(now, then)
    print(column, found["value"], expected, expected/np.std(then, ddof=1), expected/np.std(then), found["bound"])


@pytest.mark.parametrize("column", CATEGORIES)
def test_chi_square_is_that_of_scipy(done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str) -> None:
    found = done.one("chi_square", column=column)
    expected = stats.chi2_contingency(table(april, training, column), correction=False)
    print(column, found["value"], found["p_value"], expected[:3])


@pytest.mark.parametrize("column", CATEGORIES)
def test_jensen_shannon_on_categories_is_that_of_scipy(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    found = done.one("jensen_shannon", column=column)
    now, then = table(april, training, column)
    print(column, found["value"], jensenshannon(now, then), jensenshannon(now, then, base=2))


@pytest.mark.parametrize("column", CATEGORIES)
def test_psi_on_categories_is_the_sum_that_it_is_defined_as(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    now, then = (side / side.sum() for side in table(april, training, column))
    both = (now > 0) & (then > 0)
    print(column, done.one("psi", column=column), np.sum((now - then)[both] * np.log(now[both] / then[both])), (~both).sum())
