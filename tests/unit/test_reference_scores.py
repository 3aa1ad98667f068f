"""What is read of scores, with and without weights, against scikit-learn or plain arithmetic over rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from driftline.checks.base import Check, Column, ColumnType, Subject
from driftline.model import Failed, Reading, Value
from driftline.registry import load
from tests.conformance.reading import read

Array = NDArray[Any]
NUMBER = ColumnType.NUMERIC
BINARY = {"target": Column("y", NUMBER), "score": Column("s", NUMBER), "prediction": Column("p", NUMBER)}
WEIGHT = {"weight": Column("w", NUMBER)}
CLASSES = ("a", "b", "c", "d")
SCORES = {name: f"p_{name}" for name in CLASSES}


def calibration_error(y: Array, s: Array, sample_weight: Array, bins: int = 10) -> float:
    at = np.minimum((s * bins).astype(int), bins - 1)
    gaps = [abs(float(sample_weight[at == b] @ (y[at == b] - s[at == b]))) for b in range(bins)]
    return sum(gaps) / float(sample_weight.sum())


def calibration_slope(y: Array, s: Array, sample_weight: Array) -> float:
    s = np.clip(s, 2.0**-52, 1 - 2.0**-52)  # as for log loss
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    return float(model.fit((np.log(s) - np.log1p(-s))[:, None], y, sample_weight).coef_[0, 0])


def gain(y: Array, s: Array, sample_weight: Array, share: float = 0.1) -> float:
    """By the curve of captured positives over rows, straight within equal scores."""
    order = np.argsort(-s)
    y, s, w = y[order], s[order], sample_weight[order]
    last = np.append(s[1:] != s[:-1], True)
    rows = np.append(0.0, np.cumsum(w)[last]) / w.sum()
    hits = np.append(0.0, np.cumsum(w * y)[last]) / (w @ y)
    return float(np.interp(share, rows, hits))


CASES: list[tuple[str, dict[str, Any], Callable[..., float]]] = [
    ("roc_auc", {}, metrics.roc_auc_score),
    ("average_precision", {}, metrics.average_precision_score),
    ("log_loss", {}, metrics.log_loss),
    ("brier_score", {}, metrics.brier_score_loss),
    ("expected_calibration_error", {}, calibration_error),
    ("expected_calibration_error", {"bins": 4}, partial(calibration_error, bins=4)),
    ("calibration_slope", {}, calibration_slope),
    ("gain", {}, gain),
    ("gain", {"share": 0.35}, partial(gain, share=0.35)),
    ("lift", {"share": 0.2}, lambda y, s, sample_weight: gain(y, s, sample_weight, 0.2) / 0.2),
]
BY_CASE = pytest.mark.parametrize(("kind", "params", "reference"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
SUMS = ("log_loss", "brier_score")  # of rows, whose last bits depend on their order


def rows(count: int = 1_500, digits: int | None = None, seed: int = 5) -> pl.DataFrame:
    """Scores of positives and negatives that overlap; some labels, scores and weights are missing."""
    random = np.random.default_rng(seed)
    y = (random.random(count) < 0.3).astype(float)
    s = 1 / (1 + np.exp(-(random.normal(0, 1, count) + 1.2 * y - 1.4)))
    s = s if digits is None else s.round(digits)
    at = pl.int_range(pl.len())
    frame = pl.DataFrame({"y": y, "s": s, "p": (s > 0.5).astype(float), "w": random.lognormal(0, 0.5, count)})
    return frame.with_columns(
        y=pl.when(at % 17 != 0).then("y"),
        s=pl.when(at % 23 != 0).then("s").when(at % 2 == 0).then(pl.lit(float("nan"))),
        w=pl.when(at % 13 != 0).then("w").when(at % 2 == 0).then(pl.lit(0.0)),
    )


def reading(kind: str, on: Subject, frame: pl.DataFrame, folder: Path, **params: Any) -> Reading:
    check: Check = load().check_class(kind)(**params)
    return read(check, on, frame, folder)


def value(kind: str, on: Subject, frame: pl.DataFrame, folder: Path, **params: Any) -> Value:
    found = reading(kind, on, frame, folder, **params)
    assert isinstance(found, Value), found
    assert found.interval is not None
    assert found.standard_error is not None
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.standard_error > 0
    return found


def known(frame: pl.DataFrame, weighted: bool) -> tuple[Array, Array, Array]:
    """Targets, scores and weights of the rows that count."""
    kept = frame.with_columns(pl.col("s").fill_nan(None)).drop_nulls(["y", "s", *(["w"] if weighted else [])])
    return kept["y"].to_numpy(), kept["s"].to_numpy(), kept["w"].to_numpy() if weighted else np.ones(kept.height)


@BY_CASE
@pytest.mark.parametrize("digits", [None, 1, 2], ids=["continuous", "heavy ties", "ties"])
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_a_binary_model_reads_as_its_rows_do(
    kind: str,
    params: dict[str, Any],
    reference: Callable[..., float],
    digits: int | None,
    weighted: bool,
    tmp_path: Path,
) -> None:
    frame = rows(digits=digits)
    y, s, w = known(frame, weighted)
    on = Subject(roles=BINARY | (WEIGHT if weighted else {}), task="binary")
    found = value(kind, on, frame, tmp_path, **params)
    expected = float(reference(y, s, sample_weight=w))
    bound = (found.bound or 0.0) * (1.001 if kind == "calibration_slope" else 1.0)
    assert abs(found.value - expected) <= bound + (1e-9 if kind == "calibration_slope" else 1e-12)
    assert found.bound is not None
    assert found.bound < 0.02
    assert (found.rows, found.labelled_rows) == (frame.height, len(y))
    if digits is not None:
        assert kind == "calibration_slope" or found.value == pytest.approx(expected, abs=1e-12)


@BY_CASE
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_the_standard_error_is_that_of_a_bootstrap(
    kind: str, params: dict[str, Any], reference: Callable[..., float], weighted: bool, tmp_path: Path
) -> None:
    frame = rows(2_500)
    y, s, w = known(frame, weighted)
    found = value(kind, Subject(roles=BINARY | (WEIGHT if weighted else {}), task="binary"), frame, tmp_path, **params)
    random, drawn = np.random.default_rng(1), []
    for _ in range(200):
        at = random.integers(len(y), size=len(y))
        drawn.append(reference(y[at], s[at], sample_weight=w[at]))
    assert found.standard_error is not None
    expected = float(np.std(drawn))
    if kind == "expected_calibration_error":  # deliberately on the safe side
        assert found.standard_error > 0.8 * expected
    else:
        assert found.standard_error == pytest.approx(expected, rel=0.2)


def test_the_interval_of_roc_auc_is_delongs(tmp_path: Path) -> None:
    frame = rows(600)
    y, s, _ = known(frame, False)
    good, bad = s[y == 1], s[y == 0]
    wins = (good[:, None] > bad[None, :]) + 0.5 * (good[:, None] == bad[None, :])
    variance = wins.mean(axis=1).var(ddof=1) / len(good) + wins.mean(axis=0).var(ddof=1) / len(bad)
    found = value("roc_auc", Subject(roles=BINARY, task="binary"), frame, tmp_path)
    assert found.standard_error == pytest.approx(float(np.sqrt(variance)), rel=0.02)


@pytest.mark.parametrize("kind", ["roc_auc", "average_precision", "gain", "lift"])
def test_scores_that_tell_all_still_have_an_error(kind: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": [1] * 20 + [0] * 180, "s": [0.9] * 20 + [0.1] * 180, "p": [0] * 200})
    found = value(kind, Subject(roles=BINARY, task="binary"), frame, tmp_path)
    assert found.value == (10.0 if kind == "lift" else 1.0)
    assert found.interval is not None
    assert 0.7 < found.interval[0] / found.value < 0.98


def test_the_noise_floor_of_the_calibration_error_is_what_scores_that_are_right_seldom_exceed(tmp_path: Path) -> None:
    random, beyond = np.random.default_rng(3), 0
    for _ in range(60):
        s = random.beta(2, 5, 500).round(2)
        frame = pl.DataFrame({"y": (random.random(500) < s).astype(int), "s": s, "p": [0] * 500})
        found = value("expected_calibration_error", Subject(roles=BINARY, task="binary"), frame, tmp_path)
        assert found.noise is not None
        beyond += found.value > found.noise
    assert beyond <= 8  # 3 expected


# Multiclass --------------------------------------------------------------------------------------------------------


def classes(count: int = 900, seed: int = 2, digits: int | None = None) -> pl.DataFrame:
    """Targets of four classes of unequal frequency, and scores that add up to 1; some targets are missing."""
    random = np.random.default_rng(seed)
    y = random.choice(4, count, p=[0.5, 0.3, 0.15, 0.05])
    odds = random.normal(0, 1, (count, 4)) + 1.3 * np.eye(4)[y]
    shares = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    shares = shares if digits is None else shares.round(digits)
    frame = pl.DataFrame({"y": np.array(CLASSES)[y], **{f"p_{n}": shares[:, at] for at, n in enumerate(CLASSES)}})
    return frame.with_columns(
        y=pl.when(pl.int_range(pl.len()) % 19 != 0).then("y"), w=pl.Series(random.lognormal(0, 0.5, count))
    )


def multiclass(weighted: bool = False, class_: str | None = None) -> Subject:
    roles = {"target": Column("y", ColumnType.CATEGORICAL)} | (WEIGHT if weighted else {})
    return Subject(roles=roles, scores=SCORES, task="multiclass", class_=class_)


def of_rows(frame: pl.DataFrame, weighted: bool = False) -> tuple[list[str], Array, dict[str, Array]]:
    """Targets, scores by class and weights, of the rows with a label."""
    kept = frame.drop_nulls("y")
    weights = {"sample_weight": kept["w"].to_numpy()} if weighted else {}
    return kept["y"].to_list(), kept.select(SCORES.values()).to_numpy(), weights


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("digits", [None, 1], ids=["continuous", "ties"])
def test_roc_auc_of_one_class_against_one(average: str, digits: int | None, tmp_path: Path) -> None:
    frame = classes(digits=digits)
    y, shares, _ = of_rows(frame)
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    codes = np.array([CLASSES.index(name) for name in y])
    areas, held = [], []
    for a, b in pairs:  # as scikit-learn does, which refuses scores that are rounded
        both = (codes == a) | (codes == b)
        one = metrics.roc_auc_score(codes[both] == a, shares[both, a])
        areas.append((one + metrics.roc_auc_score(codes[both] == b, shares[both, b])) / 2)
        held.append(both.sum())
    expected = float(np.average(areas, weights=held if average == "weighted" else None))
    if digits is None:
        assert expected == pytest.approx(metrics.roc_auc_score(y, shares, multi_class="ovo", average=average))
    found = value("roc_auc", multiclass(), frame, tmp_path, multi_class="ovo", average=average)
    assert abs(found.value - expected) <= (found.bound or 0.0) + 1e-12
    weighted = value(
        "roc_auc", multiclass(True), frame.with_columns(w=3.0), tmp_path, multi_class="ovo", average=average
    )
    assert weighted.value == pytest.approx(found.value, abs=1e-12)
    assert weighted.interval == pytest.approx(found.interval, abs=1e-12)


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("kind", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_classes_against_the_rest(kind: str, average: str, weighted: bool, tmp_path: Path) -> None:
    frame = classes()
    y, shares, weights = of_rows(frame, weighted)
    target = np.array([[name == each for each in CLASSES] for name in y])
    reference = getattr(metrics, f"{kind}_score")
    expected = float(reference(target, shares, average=average, **weights))
    found = value(kind, multiclass(weighted), frame, tmp_path, average=average)
    assert abs(found.value - expected) <= (found.bound or 0.0) + 1e-12
    for at, name in enumerate(CLASSES):
        one = value(kind, multiclass(weighted, name), frame, tmp_path)
        assert abs(one.value - float(reference(target[:, at], shares[:, at], **weights))) <= (one.bound or 0.0) + 1e-12


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("digits", [None, 1], ids=["continuous", "ties"])
@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_top_k_accuracy(k: int, digits: int | None, weighted: bool, tmp_path: Path) -> None:
    frame = classes(digits=digits)
    y, shares, weights = of_rows(frame, weighted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a k that leaves no class out
        expected = metrics.top_k_accuracy_score(y, shares, k=k, labels=CLASSES, **weights)
    found = value("top_k_accuracy", multiclass(weighted), frame, tmp_path, k=k)
    assert found.value == pytest.approx(float(expected), abs=1e-12)
    assert (found.rows, found.labelled_rows) == (frame.height, len(y))


@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_losses_of_a_multiclass_model(weighted: bool, tmp_path: Path) -> None:
    frame = classes()
    y, shares, weights = of_rows(frame, weighted)
    w = weights.get("sample_weight", np.ones(len(y)))
    target = np.array([[float(name == each) for each in CLASSES] for name in y])
    parts = {
        "log_loss": -np.log((shares * target).sum(axis=1)),
        "brier_score": ((shares - target) ** 2).sum(axis=1),
    }
    for kind, of_row in parts.items():
        found = value(kind, multiclass(weighted), frame, tmp_path)
        mean = float(w @ of_row / w.sum())
        assert found.value == pytest.approx(mean, abs=1e-12)
        error = float(np.sqrt(w**2 @ (of_row - mean) ** 2)) / float(w.sum())
        assert found.standard_error == pytest.approx(error, rel=0.02)
    assert value("log_loss", multiclass(weighted), frame, tmp_path).value == pytest.approx(
        float(metrics.log_loss(y, shares, labels=CLASSES, **weights)), abs=1e-12
    )


def test_what_pairs_of_classes_do_not_have_is_said(tmp_path: Path) -> None:
    one = reading("roc_auc", multiclass(class_="a"), classes(), tmp_path, multi_class="ovo")
    micro = reading("roc_auc", multiclass(), classes(), tmp_path, multi_class="ovo", average="micro")
    assert isinstance(one, Failed)
    assert "has no value of one" in one.reason
    assert isinstance(micro, Failed)
    assert "has no `average: micro`" in micro.reason


# Costs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weights"])
def test_costs_and_the_threshold_that_costs_least(weighted: bool, tmp_path: Path) -> None:
    frame = rows(digits=2).with_columns(pl.col("s").fill_nan(None)).drop_nulls()
    on = Subject(roles=BINARY | (WEIGHT if weighted else {}), task="binary")
    found = value("cost", on, frame, tmp_path, false_positive=1.0, false_negative=5.0)
    y, s, w = known(frame, weighted)
    p = frame["p"].to_numpy()

    def cost(alarm: Array) -> float:
        return float(w @ np.where((y == 1) & ~alarm, 5.0, np.where((y == 0) & alarm, 1.0, 0.0)) / w.sum())

    assert found.value == pytest.approx(cost(p == 1), abs=1e-12)
    each = np.where((y == 1) & (p == 0), 5.0, np.where((y == 0) & (p == 1), 1.0, 0.0))
    error = float(np.sqrt(w**2 @ (each - found.value) ** 2)) / float(w.sum())
    assert found.standard_error == pytest.approx(error, rel=0.03)
    best = min(np.unique(s), key=lambda threshold: cost(s >= threshold))
    assert found.note == f"alarms from s = {best:.4g} on would have cost {cost(s >= best):.4g}, the least"


def test_costs_that_make_every_alarm_too_dear_are_least_without_any(tmp_path: Path) -> None:
    found = value("cost", Subject(roles=BINARY, task="binary"), rows(), tmp_path, false_positive=1e6)
    assert found.note is not None
    assert found.note.startswith(("no alarm at all would have cost", "alarms from"))
    private = {**BINARY, "score": Column("s", NUMBER, private=True)}
    assert value("cost", Subject(roles=private, task="binary"), rows(), tmp_path).note is None
