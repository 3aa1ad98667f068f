"""Brier score."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._losses import Loss, LossSums, losses, mean_loss
from driftline.checks.performance._scores import read_measured
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class BrierScore(Check):
    """Mean of (score - outcome)² over the labelled rows, the outcome being 1 or 0; 0 is perfect; exact.

    Binary models: of the positive class, from 0 to 1; always saying 50 % reads 0.25. Multiclass models: summed over all
    classes, from 0 to 2. As `brier_score_loss` of scikit-learn. Scores outside 0 to 1 are no probabilities and fail.
    Source: Brier, Verification of Forecasts Expressed in Terms of Probability (1950).

    The interval has the variance of the mean of the rows, and the shape of Wilson's (1927). Rows count by their weight
    where the model has one.
    """

    kind = "brier_score"
    title = "Brier score"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    range = (0.0, 2.0)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return losses(on, "brier")

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = mean_loss(on, window, "brier")
        if not isinstance(found, Loss):
            return found
        return read_measured(found.mean, (0.0, 2.0 if on.task == "multiclass" else 1.0), found.rows, found.labelled)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return LossSums.of(window["losses"], "brier").quotient()

    examples = (
        Example(
            says="0.2 and 0.5 off",
            rows={"y": [1, 0], "s": [0.8, 0.5]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=(0.2**2 + 0.5**2) / 2,
        ),
        Example(
            says="three classes",
            rows={"y": ["a", "c"], "p_a": [0.5, 0.1], "p_b": [0.3, 0.1], "p_c": [0.2, 0.8]},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=(0.5**2 + 0.3**2 + 0.2**2 + 0.1**2 + 0.1**2 + 0.2**2) / 2,
        ),
        Example(
            says="log-odds instead of probabilities",
            rows={"y": [1, 0], "s": [3.2, -1.0]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="Failed",
        ),
    )
