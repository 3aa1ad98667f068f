"""Multiclass performance on scikit-learn's digits, beside scikit-learn.

The model is one that can be written down (the softmax of distances to the mean of each class), and weak on purpose.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.datasets import load_digits

from driftline.checks.base import Column, ColumnType, Subject
from tests.reference.comparison import Comparison, Numbers, measure

NAMES = tuple(f"digit {n}" for n in range(10))
ON = Subject(
    roles={"target": Column("y", ColumnType.CATEGORICAL), "prediction": Column("p", ColumnType.CATEGORICAL)},
    scores={name: f"p_{at}" for at, name in enumerate(NAMES)},
    task="multiclass",
)
AVERAGES = ("macro", "micro", "weighted")


@cache
def scored() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Targets and class probabilities of the rows behind the first 150, which the classes' means are taken of."""
    data, target = load_digits(return_X_y=True)
    means = np.stack([data[:150][target[:150] == digit].mean(axis=0) for digit in range(10)])
    distances = ((data[150:, None, :] - means) ** 2).sum(axis=2) / 200
    weights = np.exp(distances.min(axis=1, keepdims=True) - distances)
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    # A few zeros and ones, as saturated models give them: log loss has to clip.
    probabilities[:20] = np.eye(10)[probabilities[:20].argmax(axis=1)]
    return target[150:], probabilities


@cache
def frame() -> pl.DataFrame:
    """The rows as a source has them, and seven without a label."""
    target, probabilities = scored()
    columns = {f"p_{at}": probabilities[:, at] for at in range(10)}
    words = {"y": [NAMES[n] for n in target], "p": [NAMES[n] for n in probabilities.argmax(axis=1)]}
    unlabelled = {"y": [None] * 7, "p": [NAMES[3]] * 7, **{name: [0.1] * 7 for name in columns}}
    return pl.concat([pl.DataFrame({**words, **columns}), pl.DataFrame(unlabelled)], how="vertical_relaxed")


def of_class(name: str) -> Subject:
    return Subject(roles=ON.roles, scores=ON.scores, task=ON.task, class_=name)


def of_prediction(kind: str, average: str) -> Numbers:
    target, probabilities = scored()
    expected = getattr(metrics, f"{kind}_score")(target, probabilities.argmax(axis=1), average=average)
    return Numbers(float(expected), measure(kind, ON, frame(), average=average).value)


def of_each_prediction(kind: str) -> list[Numbers]:
    target, probabilities = scored()
    expected = getattr(metrics, f"{kind}_score")(target, probabilities.argmax(axis=1), average=None)
    ours = [measure(kind, of_class(name), frame()).value for name in NAMES]
    return [Numbers(float(one), own) for one, own in zip(expected, ours, strict=True)]


def accuracy() -> Numbers:
    target, probabilities = scored()
    expected = metrics.accuracy_score(target, probabilities.argmax(axis=1))
    return Numbers(float(expected), measure("accuracy", ON, frame()).value)


def log_loss() -> Numbers:
    return Numbers(float(metrics.log_loss(*scored())), measure("log_loss", ON, frame()).value)


def roc_auc(average: str) -> Numbers:
    expected = metrics.roc_auc_score(*scored(), multi_class="ovr", average=average)
    ours = measure("roc_auc", ON, frame(), average=average)
    return Numbers(float(expected), ours.value, ours.bound or 0.0)


def roc_auc_of_each_class() -> list[Numbers]:
    target, probabilities = scored()
    found = []
    for at, name in enumerate(NAMES):
        ours = measure("roc_auc", of_class(name), frame())
        expected = metrics.roc_auc_score(target == at, probabilities[:, at])
        found.append(Numbers(float(expected), ours.value, ours.bound or 0.0))
    return found


AUC = "`sklearn.metrics.roc_auc_score`"
COMPARISONS = (
    *(
        Comparison(kind, f"`sklearn.metrics.{kind}_score`", f"digits, {average}", partial(of_prediction, kind, average))
        for kind in ("precision", "recall", "f1")
        for average in AVERAGES
    ),
    *(
        Comparison(kind, f"`sklearn.metrics.{kind}_score`", "digits, each class", partial(of_each_prediction, kind))
        for kind in ("precision", "recall", "f1")
    ),
    Comparison("accuracy", "`sklearn.metrics.accuracy_score`", "digits", accuracy),
    Comparison("log_loss", "`sklearn.metrics.log_loss`", "digits", log_loss),
    *(Comparison("roc_auc", AUC, f"digits, one against the rest, {one}", partial(roc_auc, one)) for one in AVERAGES),
    Comparison("roc_auc", AUC, "digits, each class against the rest", roc_auc_of_each_class),
)
