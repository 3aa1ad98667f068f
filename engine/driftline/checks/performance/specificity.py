"""Specificity."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import (
    AVERAGES,
    CLASSIFICATION,
    OVER_CLASSES,
    confusion,
    of_score,
    read_score,
)
from driftline.checks.performance._share import Score, Terms
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

SPECIFICITY = Score(
    Terms(total=1, actual=-1, predicted=-1, hits=1), Terms(predicted=1, hits=-1), "no labelled row is negative"
)


@dataclass(frozen=True)
class Specificity(Check):
    """Share of the rows that are not of a class that were not predicted to be: TN / (TN + FP). From 0 to 1; exact.

    It is one minus the false positive rate, and the recall of the negatives. Binary models: of the positive class.
    Multiclass models: of one class (`classes:`), else the average over all classes, in which a class without a value
    counts 0. Source: Yerushalmy, Statistical problems in assessing methods of medical diagnosis (1947).

    The interval is Wilson's (1927); that of an average puts the classes' together (Zou and Donner, 2008). Rows count by
    their weight where the model has one.
    """

    kind = "specificity"
    title = "Specificity"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    per_class = True
    range = (0.0, 1.0)
    bad = "below"

    average: str = param(OVER_CLASSES, default="macro", choices=AVERAGES)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_score(on, window, SPECIFICITY, self.average)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_score(on, window, SPECIFICITY)

    examples = (
        Example(
            says="one of four negatives raised an alarm",
            rows={"y": [1, 1, 0, 0, 0, 0], "p": [1, 0, 1, 0, 0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=0.75,
        ),
        Example(
            says="the average over a, b and c",
            rows={"y": ["a", "a", "b", "c"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=(1 + 2 / 3 + 2 / 3) / 3,
        ),
        Example(
            says="no negative",
            rows={"y": [1, 1], "p": [1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )
