"""Accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION, confusion, of_right, read_matrix
from driftline.checks.performance._share import accuracy
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class Accuracy(Check):
    """Share of labelled rows whose predicted class is the target: correct / labelled rows. From 0 to 1; exact.

    As `accuracy_score` of scikit-learn. Where one class is rare it hides what happens there: see `recall` and
    `balanced_accuracy`. The interval is Wilson's (1927). Rows count by their weight where the model has one.
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
        return read_matrix(on, window, accuracy)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_right(window)

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
