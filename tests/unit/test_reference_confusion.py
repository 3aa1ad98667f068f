"""What is read of predicted classes, with and without weights, against scikit-learn; its intervals against SciPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn import metrics

from driftline.checks.base import Check, Column, ColumnType, Subject
from driftline.model import NoData, Value
from driftline.registry import load
from tests.conformance.reading import read

ROLES = {name: Column(column, ColumnType.CATEGORICAL) for name, column in (("target", "y"), ("prediction", "p"))}
WEIGHT = {"weight": Column("w", ColumnType.NUMERIC)}
CLASSES = ("a", "b", "c", "d")


def _specificity(y: Any, p: Any, sample_weight: Any = None) -> float:
    """scikit-learn has none of its own: it is the recall of what is not the class."""
    return float(metrics.recall_score(np.array(y) != "a", np.array(p) != "a", sample_weight=sample_weight))


def _averaged(score: Callable[..., Any], average: str) -> Callable[..., float]:
    return lambda y, p, **more: float(score(y, p, average=average, zero_division=0, **more))


MULTICLASS: list[tuple[str, dict[str, Any], Callable[..., float]]] = [
    ("accuracy", {}, metrics.accuracy_score),
    ("balanced_accuracy", {}, metrics.balanced_accuracy_score),
    ("mcc", {}, metrics.matthews_corrcoef),
    ("cohen_kappa", {}, metrics.cohen_kappa_score),
    *[
        (kind, {"average": average}, _averaged(score, average))
        for kind, score in (
            ("precision", metrics.precision_score),
            ("recall", metrics.recall_score),
            ("f1", metrics.f1_score),
        )
        for average in ("macro", "micro", "weighted")
    ],
]
BINARY: list[tuple[str, dict[str, Any], Callable[..., float]]] = [
    *MULTICLASS[:4],
    ("precision", {}, lambda y, p, **more: float(metrics.precision_score(y, p, pos_label="a", **more))),
    ("recall", {}, lambda y, p, **more: float(metrics.recall_score(y, p, pos_label="a", **more))),
    ("f1", {}, lambda y, p, **more: float(metrics.f1_score(y, p, pos_label="a", **more))),
    ("specificity", {}, _specificity),
]
CASES = [(task, *case) for task, cases in (("binary", BINARY), ("multiclass", MULTICLASS)) for case in cases]
BY_CASE = pytest.mark.parametrize(
    ("task", "kind", "params", "reference"), CASES, ids=[f"{c[0]}-{c[1]}-{c[2].get('average', '')}" for c in CASES]
)


def rows(task: str, count: int = 700, seed: int = 5) -> pl.DataFrame:
    """Targets, and predictions that are right three times in four; some labels, predictions and weights are missing."""
    random = np.random.default_rng(seed)
    names = np.array(CLASSES[: 2 if task == "binary" else 4])
    y = names[random.choice(len(names), count, p=[0.2, 0.8] if task == "binary" else [0.5, 0.3, 0.15, 0.05])]
    p = np.where(random.random(count) < 0.75, y, names[random.choice(len(names), count)])
    frame = pl.DataFrame({"y": y, "p": p, "w": random.lognormal(0, 0.5, count).round(3)})
    at = pl.int_range(pl.len())
    return frame.with_columns(
        y=pl.when(at % 17 != 0).then("y"),
        p=pl.when(at % 23 != 0).then("p"),
        w=pl.when(at % 13 != 0).then("w").when(at % 2 == 0).then(pl.lit(0.0)).otherwise(pl.lit(float("nan"))),
    )


def subject(task: str, weighted: bool, class_: str | None = None) -> Subject:
    return Subject(roles=ROLES | (WEIGHT if weighted else {}), task=task, positive="a", class_=class_)


def value(kind: str, on: Subject, frame: pl.DataFrame, folder: Path, **params: Any) -> Value:
    check: Check = load().check_class(kind)(**params)
    found = read(check, on, frame, folder)
    assert isinstance(found, Value), found
    assert found.interval is not None
    assert found.standard_error is not None
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.standard_error > 0
    return found


@BY_CASE
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_the_value_is_that_of_scikit_learn(
    task: str, kind: str, params: dict[str, Any], reference: Callable[..., float], weighted: bool, tmp_path: Path
) -> None:
    frame = rows(task)
    known = frame.drop_nulls(["y", "p"]).filter(~pl.col("w").is_nan() if weighted else True)
    weights = {"sample_weight": known["w"].to_numpy()} if weighted else {}
    expected = reference(known["y"].to_list(), known["p"].to_list(), **weights)
    found = value(kind, subject(task, weighted), frame, tmp_path, **params)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.rows == frame.height
    assert found.labelled_rows == known.height


@BY_CASE
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_the_standard_error_is_that_of_a_bootstrap(
    task: str, kind: str, params: dict[str, Any], reference: Callable[..., float], weighted: bool, tmp_path: Path
) -> None:
    frame = rows(task, 2_500).drop_nulls().with_columns(pl.col("w").fill_nan(1.0))
    found = value(kind, subject(task, weighted), frame, tmp_path, **params)
    random = np.random.default_rng(1)
    y, p, w = (frame[name].to_numpy() for name in ("y", "p", "w"))
    drawn = []
    for _ in range(200):
        at = random.integers(frame.height, size=frame.height)
        drawn.append(reference(y[at], p[at], **({"sample_weight": w[at]} if weighted else {})))
    assert found.standard_error == pytest.approx(float(np.std(drawn)), rel=0.16)


@pytest.mark.parametrize(("right", "count"), [(0, 40), (1, 40), (37, 50), (499, 500), (500, 500)])
def test_the_interval_of_a_share_is_wilsons(right: int, count: int, tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": ["a"] * count, "p": ["a"] * right + ["b"] * (count - right)})
    expected = binomtest(right, count).proportion_ci(method="wilson")
    for kind in ("accuracy", "recall"):
        found = value(kind, subject("binary", False), frame, tmp_path)
        assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_weights_that_are_all_alike_change_nothing_but_their_own_sum(tmp_path: Path) -> None:
    frame = rows("multiclass").with_columns(w=pl.lit(2.5))
    for kind in ("accuracy", "f1", "mcc", "cohen_kappa", "balanced_accuracy"):
        with_weights = value(kind, subject("multiclass", True), frame, tmp_path)
        without = value(kind, subject("multiclass", False), frame, tmp_path)
        assert with_weights.value == pytest.approx(without.value, abs=1e-12)
        assert with_weights.interval == pytest.approx(without.interval, abs=1e-12)
        assert with_weights.labelled_rows == without.labelled_rows


def test_a_row_of_weight_two_counts_as_two_rows_in_the_value_and_as_fewer_in_the_interval(tmp_path: Path) -> None:
    once = rows("binary").drop_nulls().with_columns(w=pl.when(pl.int_range(pl.len()) % 5 == 0).then(2.0).otherwise(1.0))
    twice = pl.concat([once, once.filter(pl.col("w") == 2.0)])
    for kind in ("accuracy", "precision", "f1", "mcc"):
        weighted = value(kind, subject("binary", True), once, tmp_path)
        repeated = value(kind, subject("binary", False), twice, tmp_path)
        assert weighted.value == pytest.approx(repeated.value, abs=1e-12)
        assert weighted.standard_error is not None
        assert repeated.standard_error is not None
        assert weighted.standard_error > repeated.standard_error


def test_rows_without_a_weight_are_rows_without_a_label(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": ["a"] * 6, "p": ["a", "b"] * 3, "w": [1.0, 3.0, None, float("nan"), -1.0, float("inf")]})
    found = value("accuracy", subject("binary", True), frame, tmp_path)
    assert (found.value, found.rows, found.labelled_rows) == (0.25, 6, 2)
    nothing = read(load().check_class("accuracy")(), subject("binary", True), frame.with_columns(w=0.0), tmp_path)
    assert nothing == NoData("the labelled rows weigh nothing", rows=6)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_the_specificity_of_classes(average: str, tmp_path: Path) -> None:
    frame = rows("multiclass").drop_nulls()
    y, p = frame["y"].to_numpy(), frame["p"].to_numpy()
    of_class = {name: metrics.recall_score(y != name, p != name) for name in CLASSES}
    for name, expected in of_class.items():
        found = value("specificity", subject("multiclass", False, name), frame, tmp_path)
        assert found.value == pytest.approx(expected, abs=1e-12)
    pairs = np.concatenate([[y != name for name in CLASSES], [p != name for name in CLASSES]], axis=1)
    pooled = pairs[:, : len(y)].ravel(), pairs[:, len(y) :].ravel()
    weights: NDArray[np.float64] = np.array([np.mean(y == name) for name in CLASSES])
    averages = {
        "macro": float(np.mean(list(of_class.values()))),
        "micro": float(metrics.recall_score(*pooled)),
        "weighted": float(weights @ list(of_class.values())),
    }
    found = value("specificity", subject("multiclass", False), frame, tmp_path, average=average)
    assert found.value == pytest.approx(averages[average], abs=1e-12)


def test_a_model_that_collapsed_to_one_class_reads_no_correlation(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": ["a", "b", "b", "b"] * 50, "p": ["b"] * 200})
    for kind, reference in (("mcc", metrics.matthews_corrcoef), ("cohen_kappa", metrics.cohen_kappa_score)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = reference(frame["y"], frame["p"])
        assert value(kind, subject("binary", False), frame, tmp_path).value == pytest.approx(expected, abs=1e-12)
