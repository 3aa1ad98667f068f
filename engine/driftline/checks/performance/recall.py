"""Recall."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import AVERAGES, CLASSIFICATION, Outcomes, confusion, read_score
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class Recall(Check):
    """Share of the rows of a class that were predicted to be: TP / (TP + FN). From 0 to 1; exact.

    Binary models: of the positive class. Multiclass models: of one class (`classes:`), else the average over all
    classes, in which a class without a value counts 0, as in scikit-learn's `recall_score`. Source: van Rijsbergen,
    Information Retrieval (1979).
    """

    kind = "recall"
    title = "Recall"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    per_class = True
    range = (0.0, 1.0)
    bad = "below"

    average: str = param(
        "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its labelled rows, "
        "`micro` pools all rows.",
        default="macro",
        choices=AVERAGES,
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_score(on, window, recall_of, self.average)

    examples = (
        Example(
            says="two of four positives were found",
            rows={"y": [1, 1, 1, 1, 0, 0], "p": [1, 1, 0, 0, 1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=0.5,
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
            says="no positive",
            rows={"y": [0, 0], "p": [1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )


def recall_of(of: Outcomes) -> float | str:
    """TP / (TP + FN)."""
    if of.actual == 0:
        return "no labelled row is positive"
    return of.hits / of.actual
