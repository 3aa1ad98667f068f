"""Matthews correlation coefficient."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._agreement import correlation
from driftline.checks.performance._classification import CLASSIFICATION, confusion, read_matrix
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class MatthewsCorrelation(Check):
    """Correlation of targets and predictions: (TP TN - FP FN) / √((TP + FP) (TP + FN) (TN + FP) (TN + FN)); exact.

    1 is perfect, 0 as good as chance, below 0 worse. Multiclass models: Gorodkin's R_K (2004), of all classes. As
    `matthews_corrcoef` of scikit-learn: a model that predicts one class only reads 0; where all targets are of one
    class, nothing is read. Source: Matthews, Comparison of the predicted and observed secondary structure (1975).

    The interval has the variance of the delta method over the confusion matrix, and the shape of Wilson's (1927), so
    that it stays within the range. Rows count by their weight where the model has one.
    """

    kind = "mcc"
    title = "Matthews correlation coefficient"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    range = (-1.0, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_matrix(on, window, correlation)

    examples = (
        Example(
            says="two hits, one false alarm, one miss, four rightly left alone",
            rows={"y": [1, 1, 1, 0, 0, 0, 0, 0], "p": [1, 1, 0, 1, 0, 0, 0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=(2 * 4 - 1 * 1) / (3 * 3 * 5 * 5) ** 0.5,
        ),
        Example(
            says="three classes",
            rows={"y": ["a", "a", "b", "c"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=(4 * 2 - 5) / (10 * 10) ** 0.5,
        ),
        Example(
            says="a model that always says no",
            rows={"y": [1, 0], "p": [0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=0.0,
        ),
        Example(
            says="one class only",
            rows={"y": [0, 0], "p": [1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )
