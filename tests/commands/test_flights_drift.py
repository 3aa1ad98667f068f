"""Drift of the flights through the whole command, against SciPy and NumPy: training beside April 2013."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
  psi: {{check: psi, columns: [{", ".join(CATEGORIES)}, p_late, delay_predicted], threshold: none}}
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
        pl.col("scheduled_at").is_between(
            datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 5, 1, tzinfo=UTC), closed="left"
        )
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
    assert found["p_value"] <= 1.05 * expected.pvalue + 1e-12  # SciPy is too careful where values are equal
    assert (found["rows"], found["baseline_rows"]) == (numbers(april, column).size, numbers(training, column).size)


@pytest.mark.parametrize("column", NUMERIC)
def test_wasserstein_is_that_of_scipy_within_its_bound(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    found = done.one("wasserstein", column=column)
    now, then = numbers(april, column), numbers(training, column)
    expected = stats.wasserstein_distance(now, then)
    assert abs(found["value"] - expected) <= found["bound"] + 1e-9 * expected
    assert found["bound"] <= 1e-3 * np.std(then)


@pytest.mark.parametrize("column", CATEGORIES)
def test_chi_square_is_that_of_scipy(done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str) -> None:
    found = done.one("chi_square", column=column)
    counts = table(april, training, column)
    expected = stats.chi2_contingency(counts, correction=False)
    assert found["value"] == pytest.approx(expected.statistic, rel=1e-9)
    if expected.expected_freq.min() >= 100:  # else the counts are resampled
        assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-6)


@pytest.mark.parametrize("column", CATEGORIES)
def test_jensen_shannon_on_categories_is_that_of_scipy(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    found = done.one("jensen_shannon", column=column)
    assert found["value"] == pytest.approx(jensenshannon(*table(april, training, column)), rel=1e-9)


def psi(now: NDArray[np.float64], then: NDArray[np.float64]) -> float:
    """Of counts in bins; an empty one counts half a row."""
    now, then = (np.where(side == 0, 0.5, side) for side in (now, then))
    p, q = now / now.sum(), then / then.sum()
    return float(np.sum((p - q) * np.log(p / q)))


@pytest.mark.parametrize("column", CATEGORIES)
def test_psi_on_categories_is_the_sum_that_it_is_defined_as(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    expected = psi(*table(april, training, column))
    assert done.one("psi", column=column)["value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("column", ["p_late", "delay_predicted"])
def test_psi_on_numbers_is_that_of_ten_equal_shares_of_the_baseline(
    done: Ran, april: pl.DataFrame, training: pl.DataFrame, column: str
) -> None:
    now, then = numbers(april, column), numbers(training, column)
    edges = [-np.inf, *np.quantile(then, np.linspace(0.1, 0.9, 9)), np.inf]
    expected = psi(*(np.histogram(side, edges)[0].astype(float) for side in (now, then)))
    assert done.one("psi", column=column)["value"] == pytest.approx(expected, rel=0.01)


def far_from_zero() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Columns whose spread is small beside their size: window and baseline."""
    chance, count = np.random.default_rng(7), 20_000
    day = 86_400.0
    return {
        "epoch": (1.7e9 + day + chance.uniform(0, day, count), 1.7e9 + chance.uniform(0, day, count)),
        "epoch_near": (1.7e9 + 0.1 * day + chance.uniform(0, day, count), 1.7e9 + chance.uniform(0, day, count)),
        "model_year": (chance.choice([2014.0, 2015.0], count), chance.choice([2012.0, 2013.0], count)),
        "longitude": (chance.normal(-73.96, 0.02, count), chance.normal(-73.97, 0.02, count)),
        "pressure": (chance.normal(1_013, 7, count), chance.normal(1_015, 7, count)),
        "tiny": (chance.normal(3e-12, 1e-12, count), chance.normal(3.2e-12, 1e-12, count)),
    }


def test_ks_is_that_of_scipy_where_values_lie_far_from_zero(project: Project) -> None:
    columns = far_from_zero()
    start = datetime(2024, 1, 1, tzinfo=UTC)
    ts = [start + timedelta(seconds=4 * at) for at in range(20_000)]
    project.data("scored.parquet", pl.DataFrame({"ts": ts, **{name: now for name, (now, _) in columns.items()}}))
    project.data("training.parquet", pl.DataFrame({name: then for name, (_, then) in columns.items()}))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.parquet, timestamp: ts}, training: {path: training.parquet}}
        models: {m: {source: scored, baseline: training}}
        monitors: {ks: {check: ks, threshold: none}}
        """
    )
    done = project.run("--at", "2024-01-02", "--dry-run")
    assert {each["column"] for each in done.results} == set(columns)
    for name, (now, then) in columns.items():
        found, expected = done.one("ks", column=name), stats.ks_2samp(now, then).statistic
        assert found["value"] == pytest.approx(expected, abs=1e-3), name
        assert abs(found["value"] - expected) <= found["bound"] + 1e-12, name
