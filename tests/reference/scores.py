"""Calibration, gain, lift and cost of scores, beside scikit-learn and NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from driftline.checks.base import Subject
from tests.reference import classifiers, digits
from tests.reference.comparison import Comparison, Numbers, measure
from tests.reference.flights import BINARY, landed

Floats = NDArray[np.float64]
EDGES = np.linspace(0, 1, 11)
COSTS = {"false_positive": 1.0, "false_negative": 5.0}


def calibration_error(target: Floats, score: Floats, weight: Floats) -> float:
    """Over ten bins of equal width."""
    gaps = np.histogram(score, EDGES, weights=weight * (target - score))[0]
    return float(np.abs(gaps).sum() / weight.sum())


def calibration_slope(target: Floats, score: Floats, weight: Floats) -> float:
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1_000, solver="newton-cholesky")
    odds = np.log(score) - np.log1p(-score)
    return float(model.fit(odds[:, None], target, weight).coef_[0, 0])


def gain(target: Floats, score: Floats, weight: Floats) -> float:
    """By the ROC curve: at a tenth of the rows, which are its positives and its negatives."""
    false, true, _ = metrics.roc_curve(target, score, sample_weight=weight, drop_intermediate=False)
    positives = float(weight @ target / weight.sum())
    return float(np.interp(0.1, positives * true + (1 - positives) * false, true))


def lift(target: Floats, score: Floats, weight: Floats) -> float:
    return gain(target, score, weight) / 0.1


def cost(target: Floats, prediction: Floats, weight: Floats) -> float:
    """By scikit-learn's confusion matrix."""
    matrix = metrics.confusion_matrix(target, prediction, sample_weight=weight)
    paid = COSTS["false_positive"] * matrix[0, 1] + COSTS["false_negative"] * matrix[1, 0]
    return float(paid / weight.sum())


REFERENCES: dict[str, tuple[str, Callable[[Floats, Floats, Floats], float]]] = {
    "expected_calibration_error": ("`numpy.histogram` of rows", calibration_error),
    "calibration_slope": ("`sklearn.linear_model.LogisticRegression` without a penalty", calibration_slope),
    "gain": ("`sklearn.metrics.roc_curve`", gain),
    "lift": ("`sklearn.metrics.roc_curve`", lift),
    "cost": ("`sklearn.metrics.confusion_matrix`", cost),
}


def beside(kind: str, on: Subject, frame: pl.DataFrame) -> Numbers:
    """A binary model's rows, by their weight where it has one."""
    target, given = (
        frame[on.role(role)].cast(pl.Float64).to_numpy()
        for role in ("target", "prediction" if kind == "cost" else "score")
    )
    weight = frame[on.role("weight")].to_numpy() if "weight" in on.roles else np.ones(len(target))
    ours = measure(kind, on, frame, None, **(COSTS if kind == "cost" else {}))
    return Numbers(REFERENCES[kind][1](target, given, weight), ours.value, ours.bound or 0.0)


def of_flights(kind: str) -> Numbers:
    return beside(kind, BINARY, landed())


def of_tumours(kind: str, weighted: bool) -> Numbers:
    roles = classifiers.ROLES | (classifiers.WEIGHT if weighted else {})
    return beside(kind, Subject(roles=roles, task="binary"), classifiers.frame())


def of_each_digit(kind: str) -> list[Numbers]:
    """Each class against the rest."""
    target, probabilities = digits.scored()
    found = []
    for at, name in enumerate(digits.NAMES):
        ours = measure(kind, digits.of_class(name), digits.frame())
        expected = REFERENCES[kind][1]((target == at).astype(float), probabilities[:, at], np.ones(len(target)))
        found.append(Numbers(expected, ours.value, ours.bound or 0.0))
    return found


COMPARISONS = (
    *(
        Comparison(kind, reference, "flights, March to August, late", partial(of_flights, kind))
        for kind, (reference, _) in REFERENCES.items()
    ),
    *(
        Comparison(
            kind,
            reference,
            f"breast cancer{', weighted rows' if weighted else ''}",
            partial(of_tumours, kind, weighted),
        )
        for kind, (reference, _) in REFERENCES.items()
        for weighted in (False, True)
    ),
    *(
        Comparison(kind, REFERENCES[kind][0], "digits, each class against the rest", partial(of_each_digit, kind))
        for kind in ("expected_calibration_error", "gain", "lift")
    ),
)
