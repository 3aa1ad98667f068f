"""F1 score."""

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

F1_SCORE = Score(
    Terms(hits=1),
    Terms(actual=1, predicted=1, hits=-2),
    "no labelled row is positive or was predicted positive",
    harmonic=True,
)


@dataclass(frozen=True)
class F1(Check):
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). From 0 to 1; exact.

    Binary models: of the positive class. Multiclass models: of one class (`classes:`), else the average over all
    classes, in which a class without a value counts 0, as in scikit-learn's `f1_score`. Source: van Rijsbergen,
    Information Retrieval (1979).

    F1 is 2 J / (1 + J) of the Jaccard index J = TP / (TP + FP + FN), and its interval is that of Wilson's (1927) for J;
    that of an average puts the classes' together (Zou and Donner, 2008). Rows count by their weight where the model has
    one.
    """

    kind = "f1"
    title = "F1 score"
    unit = "number"
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
        return read_score(on, window, F1_SCORE, self.average)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_score(on, window, F1_SCORE)

    examples = (
        Example(
            says="precision 2/3, recall 1/2",
            rows={"y": [1, 1, 1, 1, 0, 0], "p": [1, 1, 0, 0, 1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=4 / 7,
        ),
        Example(
            says="the average over a, b and c, of which c is never right",
            rows={"y": ["a", "a", "b", "c"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=(2 / 3 + 2 / 3 + 0) / 3,
        ),
        Example(
            says="no positive, no alarm",
            rows={"y": [0, 0], "p": [0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )
