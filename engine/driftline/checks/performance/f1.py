"""F1 score."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import AVERAGES, CLASSIFICATION, Outcomes, confusion, read_score
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class F1(Check):
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). From 0 to 1; exact.

    Binary models: of the positive class. Multiclass models: of one class (`classes:`), else the average over all
    classes, in which a class without a value counts 0, as in scikit-learn's `f1_score`. Source: van Rijsbergen,
    Information Retrieval (1979).
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

    average: str = param(
        "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its labelled rows, "
        "`micro` pools all rows.",
        default="macro",
        choices=AVERAGES,
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_score(on, window, f1_of, self.average)

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


def f1_of(of: Outcomes) -> float | str:
    """2 TP / (2 TP + FP + FN)."""
    if of.predicted + of.actual == 0:
        return "no labelled row is positive or was predicted positive"
    return 2 * of.hits / (of.predicted + of.actual)
