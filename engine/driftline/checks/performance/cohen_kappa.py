"""Cohen's kappa."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._agreement import kappa
from driftline.checks.performance._classification import CLASSIFICATION, confusion, read_matrix
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class CohenKappa(Check):
    """Agreement of targets and predictions beyond chance: (observed - expected) / (1 - expected); exact.

    Expected is the share of rows that would agree if predictions were drawn at random with their own frequencies. 1 is
    perfect, 0 as good as chance, below 0 worse. As `cohen_kappa_score` of scikit-learn; any number of classes. Source:
    Cohen, A Coefficient of Agreement for Nominal Scales (1960).

    The interval has the variance of the delta method over the confusion matrix (Fleiss, Cohen and Everitt, 1969), and
    the shape of Wilson's (1927), so that it stays within the range; where one class only is predicted, it has that of
    independent predictions. Rows count by their weight where the model has one.
    """

    kind = "cohen_kappa"
    title = "Cohen's kappa"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "prediction"})
    range = (-1.0, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return confusion(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_matrix(on, window, kappa)

    examples = (
        Example(
            says="six of eight agree, 17/32 would by chance",
            rows={"y": [1, 1, 1, 0, 0, 0, 0, 0], "p": [1, 1, 0, 1, 0, 0, 0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=(6 / 8 - 17 / 32) / (1 - 17 / 32),
        ),
        Example(
            says="three classes",
            rows={"y": ["a", "a", "b", "c"], "p": ["a", "c", "b", "b"]},
            roles={"target": "y", "prediction": "p"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=(2 / 4 - 5 / 16) / (1 - 5 / 16),
        ),
        Example(
            says="targets and predictions are all of one class",
            rows={"y": [0, 0], "p": [0, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )
