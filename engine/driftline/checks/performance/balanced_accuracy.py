"""Balanced accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION, confusion, read_matrix
from driftline.checks.performance._matrix import Matrix
from driftline.checks.performance._share import Estimate, averaged
from driftline.checks.performance.recall import RECALL
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class BalancedAccuracy(Check):
    """Mean over the classes of the share of a class's rows that were predicted to be of it. From 0 to 1; exact.

    Every class counts alike, however rare: always predicting the same class reads one over the number of classes.
    Classes that no labelled row is of are left out, as in scikit-learn's `balanced_accuracy_score`. Source: Brodersen
    and others, The balanced accuracy and its posterior distribution (2010).

    The interval puts Wilson's (1927) of the classes together (Zou and Donner, 2008). Rows count by their weight where
    the model has one.
    """

    kind = "balanced_accuracy"
    title = "Balanced accuracy"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_matrix(on, window, balanced_accuracy)

    examples = (
        Example(
            says="one of two positives and three of four negatives are right",
            rows={"y": [1, 1, 0, 0, 0, 0], "p": [1, 0, 1, 0, 0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=0.625,
        ),
        Example(
            says="c is predicted and never occurs, so that a and b count",
            rows={"y": ["a", "a", "b", "b"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=0.75,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )


def balanced_accuracy(matrix: Matrix) -> Estimate | str:
    """The mean recall of the classes that occur."""
    return averaged(matrix, RECALL, "defined")
