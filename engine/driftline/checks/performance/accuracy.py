"""Accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION, confusion, labelled
from driftline.model import NoData, Reading, Value
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class Accuracy(Check):
    """Share of labelled rows whose predicted class is the target: correct / labelled rows. From 0 to 1; exact.

    As `accuracy_score` of scikit-learn. Where one class is rare it hides what happens there: see `recall`.
    """

    kind = "accuracy"
    title = "Accuracy"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        matrix = labelled(window)
        if isinstance(matrix, NoData):
            return matrix
        share = matrix.correct / matrix.labelled
        return Value(share, bound=0.0, rows=matrix.rows, labelled_rows=matrix.labelled)

    examples = (
        Example(
            says="three of four labelled rows are right",
            rows={"y": [1, 0, 0, 1, None], "p": [1, 0, 1, 1, 1]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
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
