"""Precision."""

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

PRECISION = Score(Terms(hits=1), Terms(predicted=1, hits=-1), "no labelled row was predicted positive")


@dataclass(frozen=True)
class Precision(Check):
    """Share of the rows predicted to be of a class that are: TP / (TP + FP). From 0 to 1; exact.

    Binary models: of the positive class. Multiclass models: of one class (`classes:`), else the average over all
    classes, in which a class without a value counts 0, as in scikit-learn's `precision_score`. Source: van
    Rijsbergen, Information Retrieval (1979).

    The interval is Wilson's (1927); that of an average puts the classes' together (Zou and Donner, 2008). Rows count by
    their weight where the model has one.
    """

    kind = "precision"
    title = "Precision"
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
        return read_score(on, window, PRECISION, self.average)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_score(on, window, PRECISION)

    examples = (
        Example(
            says="two of three alarms were right",
            rows={"y": [1, 1, 1, 1, 0, 0], "p": [1, 1, 0, 0, 1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=2 / 3,
        ),
        Example(
            says="the average over a, b and c, of which c is never right",
            rows={"y": ["a", "a", "b", "c"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=0.5,
        ),
        Example(
            says="no alarm",
            rows={"y": [1, 0], "p": [0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )
