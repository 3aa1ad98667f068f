"""Multiclass performance on scikit-learn's digits and a model that was really fitted, against scikit-learn."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from driftline.checks.base import Check, Column, ColumnType, Subject
from driftline.model import NoData, Reading, Value
from driftline.registry import load
from tests.conformance.reading import read

NAMES = tuple(f"digit {n}" for n in range(10))
SCORES = {name: f"p_{at}" for at, name in enumerate(NAMES)}
ON = Subject(
    roles={"target": Column("y", ColumnType.CATEGORICAL), "prediction": Column("p", ColumnType.CATEGORICAL)},
    scores=SCORES,
    task="multiclass",
)
AVERAGES = ("macro", "micro", "weighted")
SCORE_OF = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}


@pytest.fixture(scope="module")
def scored() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Targets and class probabilities of rows that a deliberately weak model was not fitted on."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    fit, rest = order[:150], order[150:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops early on purpose
        model = LogisticRegression(max_iter=4).fit(data.data[fit], data.target[fit])
    probabilities = model.predict_proba(data.data[rest])
    # A few zeros and ones, as saturated models give them: log loss has to clip.
    probabilities[:20] = np.eye(10)[probabilities[:20].argmax(axis=1)]
    return data.target[rest], probabilities


@pytest.fixture(scope="module")
def frame(scored: tuple[NDArray[np.int64], NDArray[np.float64]]) -> pl.DataFrame:
    target, probabilities = scored
    columns = {f"p_{at}": probabilities[:, at] for at in range(10)}
    words = {"y": [NAMES[n] for n in target], "p": [NAMES[n] for n in probabilities.argmax(axis=1)]}
    unlabelled = {"y": [None] * 7, "p": [NAMES[3]] * 7, **{name: [0.1] * 7 for name in columns}}
    return pl.concat([pl.DataFrame({**words, **columns}), pl.DataFrame(unlabelled)], how="vertical_relaxed")


def reading(kind: str, on: Subject, frame: pl.DataFrame, folder: Path, **params: object) -> Reading:
    check: Check = load().check_class(kind)(**params)
    return read(check, on, frame, folder)


def value(kind: str, on: Subject, frame: pl.DataFrame, folder: Path, **params: object) -> float:
    found = reading(kind, on, frame, folder, **params)
    assert isinstance(found, Value), found
    assert found.rows == frame.height
    assert found.labelled_rows == frame.height - 7
    return found.value


def of_class(name: str) -> Subject:
    return Subject(roles=ON.roles, scores=ON.scores, task=ON.task, class_=name)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("kind", SCORE_OF)
def test_averages_of_predicted_classes(
    kind: str, average: str, scored: tuple[NDArray[np.int64], NDArray[np.float64]], frame: pl.DataFrame, tmp_path: Path
) -> None:
    expected = SCORE_OF[kind](scored[0], scored[1].argmax(axis=1), average=average, zero_division=0)
    assert value(kind, ON, frame, tmp_path, average=average) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", SCORE_OF)
def test_each_class_against_the_rest(
    kind: str, scored: tuple[NDArray[np.int64], NDArray[np.float64]], frame: pl.DataFrame, tmp_path: Path
) -> None:
    expected = SCORE_OF[kind](scored[0], scored[1].argmax(axis=1), average=None, zero_division=0)
    for at, name in enumerate(NAMES):
        assert value(kind, of_class(name), frame, tmp_path) == pytest.approx(expected[at], rel=1e-9)


def test_accuracy_and_log_loss(
    scored: tuple[NDArray[np.int64], NDArray[np.float64]], frame: pl.DataFrame, tmp_path: Path
) -> None:
    target, probabilities = scored
    accuracy = metrics.accuracy_score(target, probabilities.argmax(axis=1))
    assert value("accuracy", ON, frame, tmp_path) == pytest.approx(accuracy, rel=1e-9)
    loss = metrics.log_loss(target, probabilities)
    assert value("log_loss", ON, frame, tmp_path) == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("average", AVERAGES)
def test_roc_auc_averages(
    average: str, scored: tuple[NDArray[np.int64], NDArray[np.float64]], frame: pl.DataFrame, tmp_path: Path
) -> None:
    expected = metrics.roc_auc_score(*scored, multi_class="ovr", average=average)
    assert value("roc_auc", ON, frame, tmp_path, average=average) == pytest.approx(expected, abs=1e-6)


def test_roc_auc_of_each_class(
    scored: tuple[NDArray[np.int64], NDArray[np.float64]], frame: pl.DataFrame, tmp_path: Path
) -> None:
    target, probabilities = scored
    for at, name in enumerate(NAMES):
        expected = metrics.roc_auc_score(target == at, probabilities[:, at])
        assert value("roc_auc", of_class(name), frame, tmp_path) == pytest.approx(expected, abs=1e-6)


def test_a_class_that_never_occurs_is_left_out_of_the_average_and_named(frame: pl.DataFrame, tmp_path: Path) -> None:
    without = frame.filter(pl.col("y") != "digit 9")
    found = reading("roc_auc", ON, without, tmp_path)
    assert isinstance(found, Value)
    assert found.note is not None
    assert "digit 9" in found.note
    alone = reading("recall", of_class("digit 9"), without, tmp_path)
    assert isinstance(alone, NoData)
