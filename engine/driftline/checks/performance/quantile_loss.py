"""Quantile loss."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, mean, of_errors, residuals, value
from driftline.checks.quotient import Quotient
from driftline.model import NoData, Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class QuantileLoss(Check):
    """Mean of q x (target - prediction) where positive, else (1 - q) x (prediction - target); 0 is perfect; exact.

    The loss of a model that predicts the q-quantile: with `q: 0.9` a prediction that is too low costs nine times as
    much as one that is too high; with 0.5 it is half of `mae`. As scikit-learn's `mean_pinball_loss`. Rows whose target
    or prediction is missing or infinite are left out. Source: Koenker and Bassett, Regression Quantiles (1978).

    The interval is that of a mean by the normal law of its logarithm. Rows count by their weight where the model has
    one.
    """

    kind = "quantile_loss"
    title = "Quantile loss"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    q: float = param(
        "The quantile that the model predicts.",
        default=0.5,
        slot="ratio",
        exclusive_minimum=0.0,
        exclusive_maximum=1.0,
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return residuals(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        errors = labelled(on, window)
        if isinstance(errors, NoData):
            return errors
        found = mean(errors, {"a": 0.5, "e": 0.5 - self.q})
        return value(max(found.value, 0.0), errors, found.interval)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_errors(window, {"a": 0.5, "e": 0.5 - self.q})

    examples = (
        Example(
            says="the 0.9-quantile: 0.1 for 1 too much, 1.8 for 2 too little",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            parameters={"q": 0.9},
            value=1.9 / 3,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
