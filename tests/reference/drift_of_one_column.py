"""Distances and tests of one column: SciPy, statsmodels, Evidently, and definitions over the raw rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance
from scipy.stats import _morestats
from statsmodels.stats.proportion import proportions_ztest

from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, categorical, measure, measure_all, numeric, wanted
from tests.reference.drifted_flights import (
    APRIL,
    FRAMES,
    NUMERIC,
    Pair,
    Readings,
    both,
    counted,
    evidently,
    flights,
    measured,
    scores,
)

Floats = NDArray[np.float64]
TABLES = ("origin", "carrier", "dest")
OF_TABLES = ("kl_divergence", "hellinger", "total_variation", "l_infinity", "g_test", "cramers_v")
OF_NUMBERS = ("energy_distance", "cramer_von_mises", "anderson_darling", "mann_whitney", "t_test")
OFTEN = "origin"  # the column of which every value is frequent
STURGES = ("num_normal", "num_same", "num_rounded", "num_few4", "num_nulls", "num_small_std")  # no bin is empty
BY_EVIDENTLY = {"psi": "psi", "jensen_shannon": "jensenshannon", "kl_divergence": "kl_div"}


@cache
def readings() -> Readings:
    checks = {(kind, name): wanted(kind, categorical(name)) for kind in OF_TABLES for name in TABLES}
    checks |= {("chi_square", OFTEN): wanted("chi_square", categorical(OFTEN))}
    checks |= {("z_test", OFTEN): wanted("z_test", categorical(OFTEN), category="JFK")}
    checks |= {(kind, name): wanted(kind, numeric(name)) for kind in OF_NUMBERS for name in NUMERIC}
    return measured(flights(), checks)


def shares(name: str) -> Floats:
    table = counted(name)
    found: Floats = table / table.sum(axis=1, keepdims=True)
    return found


def of_table(kind: str, name: str) -> float:
    """What the reference says of the counts of a category's values."""
    table, (now, then) = counted(name), shares(name)
    if kind == "kl_divergence":
        return float(stats.entropy(now, then))
    if kind == "hellinger":
        return float(distance.euclidean(np.sqrt(now), np.sqrt(then)) / np.sqrt(2))
    if kind == "total_variation":
        return float(distance.cityblock(now, then) / 2)
    if kind == "l_infinity":
        return float(distance.chebyshev(now, then))
    if kind == "g_test":
        return float(stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic)
    return float(stats.contingency.association(table.astype(int), method="cramer"))


def table_numbers(kind: str) -> list[Numbers]:
    # Where a value is new, its half row in the baseline makes a number that SciPy calls infinite.
    names = [name for name in TABLES if kind != "kl_divergence" or counted(name).min() > 0]
    return [Numbers(of_table(kind, name), readings()[kind, name].value) for name in names]


def of_rows(kind: str, now: Floats, then: Floats) -> float:
    """What the reference says of the rows."""
    n, m = len(now), len(then)
    if kind == "energy_distance":
        return float(stats.energy_distance(now, then))
    if kind == "mann_whitney":
        return float(2 * stats.mannwhitneyu(now, then).statistic / n / m - 1)
    if kind == "t_test":
        return float((now.mean() - then.mean()) / np.sqrt((now.var(ddof=1) + then.var(ddof=1)) / 2))
    pooled = np.sort(np.concatenate([now, then]))
    if kind == "cramer_von_mises":
        apart = np.searchsorted(np.sort(now), pooled, "right") / n - np.searchsorted(np.sort(then), pooled, "right") / m
        return float((apart**2).mean())
    sides = [np.sort(now), np.sort(then)]
    found = _morestats._anderson_ksamp_right(sides, pooled, np.unique(pooled), 2, np.array([n, m]), n + m)
    return float(found * (n + m) / n / m)


def row_numbers(kind: str) -> list[Numbers]:
    ours = {name: readings()[kind, name] for name in NUMERIC}
    return [Numbers(of_rows(kind, *both(name)), one.value, one.bound or 0.0) for name, one in ours.items()]


def p_value(expected: Callable[[], float], kind: str, name: str) -> Numbers:
    return Numbers(expected(), readings()[kind, name].p_value or 0.0)


def row_p_values(kind: str) -> list[Numbers]:
    found = []
    for name in ("temp", "humid", "plane_age", "distance", "p_late"):
        now, then = both(name)
        test = stats.ttest_ind(now, then, equal_var=False) if kind == "t_test" else stats.mannwhitneyu(now, then)
        found.append(Numbers(float(test.pvalue), readings()[kind, name].p_value or 0.0))
    return found


def proportion() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    now, then = flights()
    hits = np.array([int((side[OFTEN] == "JFK").sum()) for side in (now, then)])
    return hits, np.array([now.height, then.height])


def share() -> Numbers:
    hits, rows = proportion()
    return Numbers(float(hits[0] / rows[0] - hits[1] / rows[1]), readings()["z_test", OFTEN].value)


def few() -> tuple[Pair, Floats]:
    """The first flights of each side, and how many of them leave from JFK."""
    now, then = flights()
    now, then = now.head(80), then.head(120)
    hits = [int((side[OFTEN] == "JFK").sum()) for side in (now, then)]
    return (now, then), np.array([[hits[0], 80 - hits[0]], [hits[1], 120 - hits[1]]])


def exact_p_value() -> Numbers:
    pair, table = few()
    ours = measure("z_test", categorical(OFTEN), *pair, category="JFK")
    return Numbers(float(stats.fisher_exact(table).pvalue), ours.p_value or 0.0)


def untied() -> tuple[Floats, Floats]:
    chance = np.random.default_rng(7)
    return chance.normal(0.2, 1.0, 700), chance.normal(0.0, 1.2, 1_100)


def of_untied(kind: str) -> Numbers:
    now, then = untied()
    n, m = len(now), len(then)
    if kind == "cramer_von_mises":
        expected = stats.cramervonmises_2samp(now, then).statistic * (n + m) / n / m
    else:
        expected = stats.ks_2samp(now, then, method="asymp").statistic
    ours = measure(kind, numeric(), pl.DataFrame({"x": now}), pl.DataFrame({"x": then}))
    return Numbers(float(expected), ours.value, ours.bound or 0.0)


def as_evidently(kind: str, names: tuple[str, ...]) -> list[Numbers]:
    more: dict[str, Any] = {"reverse": True} if kind == "kl_divergence" else {}
    checks = [wanted(kind, numeric(name), binning="sturges", **more) for name in names]
    ours: list[Value] = measure_all(checks, *evidently())
    expected = scores()[BY_EVIDENTLY[kind]]
    return [Numbers(expected[name], one.value, one.bound or 0.0) for name, one in zip(names, ours, strict=True)]


OF_TABLE = {
    "kl_divergence": "`scipy.stats.entropy`",
    "hellinger": "`scipy.spatial.distance.euclidean` of roots",
    "total_variation": "`scipy.spatial.distance.cityblock`",
    "l_infinity": "`scipy.spatial.distance.chebyshev`",
    "g_test": '`scipy.stats.chi2_contingency(lambda_="log-likelihood")`',
    "cramers_v": "`scipy.stats.contingency.association`",
}
OF_ROWS = {
    "energy_distance": "`scipy.stats.energy_distance`",
    "cramer_von_mises": "definition in NumPy",
    "anderson_darling": "`scipy.stats.anderson_ksamp`, before it is normalized",
    "mann_whitney": "`scipy.stats.mannwhitneyu`",
    "t_test": "definition in NumPy",
}
EMPTY_BINS = "Evidently fills empty bins by another rule"
COMPARISONS = (
    *(
        Comparison(kind, reference, f"{APRIL}, categories", partial(table_numbers, kind))
        for kind, reference in OF_TABLE.items()
    ),
    *(
        Comparison(kind, reference, f"{APRIL}, numeric columns", partial(row_numbers, kind))
        for kind, reference in OF_ROWS.items()
    ),
    Comparison("cramer_von_mises", "`scipy.stats.cramervonmises_2samp`", "normal, 700 and 1,100 rows",
               partial(of_untied, "cramer_von_mises")),
    Comparison("ks", "`scipy.stats.ks_2samp`", "normal, 700 and 1,100 rows", partial(of_untied, "ks")),
    Comparison("t_test", "`scipy.stats.ttest_ind(equal_var=False)`", f"{APRIL}, five columns",
               partial(row_p_values, "t_test"), quantity="p-value", allowed=1e-9,
               why="logarithms of large gamma functions"),
    Comparison("mann_whitney", "`scipy.stats.mannwhitneyu`", f"{APRIL}, five columns",
               partial(row_p_values, "mann_whitney"), quantity="p-value", allowed=1e-5,
               why="rows of one bin count as ties"),
    Comparison("z_test", "definition in NumPy", f"{APRIL}, {OFTEN}", share),
    Comparison("z_test", "`statsmodels.stats.proportion.proportions_ztest`", f"{APRIL}, {OFTEN}",
               partial(p_value, lambda: float(proportions_ztest(*proportion())[1]), "z_test", OFTEN),
               quantity="p-value"),
    Comparison("z_test", "`scipy.stats.fisher_exact`", f"first flights of both, {OFTEN}", exact_p_value,
               quantity="p-value"),
    Comparison("chi_square", "`scipy.stats.chi2_contingency`", f"{APRIL}, {OFTEN}",
               partial(p_value, lambda: float(stats.chi2_contingency(counted(OFTEN), correction=False).pvalue),
                       "chi_square", OFTEN), quantity="p-value"),
    *(
        Comparison(kind, "Evidently 0.7.23", f"{FRAMES}, numeric columns in Sturges' bins",
                   partial(as_evidently, kind, STURGES))
        for kind in BY_EVIDENTLY
    ),
    *(
        Comparison(kind, "Evidently 0.7.23", f"{FRAMES}, numeric columns in Sturges' bins of which some are empty",
                   partial(as_evidently, kind, ("num_lognormal", "num_bimodal", "num_scaled", "num_int_poisson")),
                   allowed=allowed, why=EMPTY_BINS if allowed > 1e-9 else "")
        for kind, allowed in (("psi", 1e-3), ("jensen_shannon", 1e-12), ("kl_divergence", 1e-3))
    ),
)  # fmt: skip
