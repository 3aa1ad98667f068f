"""Binary and multiclass performance, with and without weights of rows, beside scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.datasets import load_breast_cancer

from driftline.checks.base import Column, ColumnType, Subject
from tests.reference import digits
from tests.reference.comparison import Comparison, Numbers, measure

ROLES = {
    role: Column(name, ColumnType.NUMERIC) for role, name in (("target", "y"), ("prediction", "p"), ("score", "s"))
}
WEIGHT = {"weight": Column("w", ColumnType.NUMERIC)}


@cache
def frame() -> pl.DataFrame:
    """Tumours by their mean radius alone, as a logistic curve; weighted by their mean area."""
    data, target = load_breast_cancer(return_X_y=True)
    score = 1 / (1 + np.exp(data[:, 0] - 15))
    return pl.DataFrame({"y": target, "s": score, "p": (score > 0.5).astype(int), "w": data[:, 3]})


def of_rows(kind: str, reference: Callable[..., Any], column: str, weighted: bool) -> Numbers:
    rows = frame()
    weights = {"sample_weight": rows["w"].to_numpy()} if weighted else {}
    expected = reference(rows["y"].to_numpy(), rows[column].to_numpy(), **weights)
    ours = measure(kind, Subject(roles=ROLES | (WEIGHT if weighted else {}), task="binary"), rows)
    return Numbers(float(expected), ours.value, ours.bound or 0.0)


def wilson(end: int) -> Numbers:
    right = int((frame()["y"] == frame()["p"]).sum())
    interval = binomtest(right, frame().height).proportion_ci(method="wilson")
    ours = measure("accuracy", Subject(roles=ROLES, task="binary"), frame()).interval
    assert ours is not None
    return Numbers((interval.low, interval.high)[end], ours[end])


def of_digits(kind: str, reference: Callable[..., Any]) -> Numbers:
    target, probabilities = digits.scored()
    return Numbers(
        float(reference(target, probabilities.argmax(axis=1))), measure(kind, digits.ON, digits.frame()).value
    )


def pairs(average: str) -> Numbers:
    expected = metrics.roc_auc_score(*digits.scored(), multi_class="ovo", average=average)
    ours = measure("roc_auc", digits.ON, digits.frame(), multi_class="ovo", average=average)
    return Numbers(float(expected), ours.value, ours.bound or 0.0)


def top_k(k: int) -> Numbers:
    expected = metrics.top_k_accuracy_score(*digits.scored(), k=k)
    return Numbers(float(expected), measure("top_k_accuracy", digits.ON, digits.frame(), k=k).value)


def squares() -> Numbers:
    target, probabilities = digits.scored()
    expected = ((probabilities - np.eye(10)[target]) ** 2).sum(axis=1).mean()
    return Numbers(float(expected), measure("brier_score", digits.ON, digits.frame()).value)


OF_CLASSES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("accuracy", metrics.accuracy_score),
    ("precision", metrics.precision_score),
    ("recall", metrics.recall_score),
    ("f1", metrics.f1_score),
    ("balanced_accuracy", metrics.balanced_accuracy_score),
    ("mcc", metrics.matthews_corrcoef),
    ("cohen_kappa", metrics.cohen_kappa_score),
    ("specificity", partial(metrics.recall_score, pos_label=0)),
)
OF_SCORES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("roc_auc", metrics.roc_auc_score),
    ("average_precision", metrics.average_precision_score),
    ("log_loss", metrics.log_loss),
    ("brier_score", metrics.brier_score_loss),
)


def name_of(reference: Callable[..., Any]) -> str:
    """As it is written: `sklearn.metrics.recall_score` of the negatives."""
    if isinstance(reference, partial):
        return f"`sklearn.metrics.{reference.func.__name__}(pos_label=0)`"
    return f"`sklearn.metrics.{reference.__name__}`"


COMPARISONS = (
    *(
        Comparison(
            kind,
            name_of(reference),
            f"breast cancer{', weighted rows' if weighted else ''}",
            partial(of_rows, kind, reference, column, weighted),
        )
        for column, cases in (("p", OF_CLASSES), ("s", OF_SCORES))
        for kind, reference in cases
        for weighted in (False, True)
    ),
    Comparison("accuracy", "`scipy.stats.binomtest` (Wilson)", "breast cancer", partial(wilson, 0), "lower end"),
    Comparison("accuracy", "`scipy.stats.binomtest` (Wilson)", "breast cancer", partial(wilson, 1), "upper end"),
    *(
        Comparison(kind, name_of(reference), "digits", partial(of_digits, kind, reference))
        for kind, reference in (OF_CLASSES[4], OF_CLASSES[5], OF_CLASSES[6])
    ),
    *(
        Comparison("roc_auc", digits.AUC, f"digits, one against one, {one}", partial(pairs, one))
        for one in ("macro", "weighted")
    ),
    *(
        Comparison("top_k_accuracy", "`sklearn.metrics.top_k_accuracy_score`", f"digits, k = {k}", partial(top_k, k))
        for k in (1, 2, 3)
    ),
    Comparison("brier_score", "its formula over rows, in NumPy", "digits", squares),
)
