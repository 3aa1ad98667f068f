"""Symmetric mean absolute percentage error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._losses import LossSums
from driftline.checks.performance._regression import REGRESSION, error_losses, loss_value, mean_loss
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.error_losses import SYMMETRIC


@dataclass(frozen=True)
class SymmetricMape(Check):
    """Mean of 2 |prediction - target| / (|prediction| + |target|) over the labelled rows; from 0 to 2; exact.

    A share, not percent. Defined for a target of 0 too, where `mape` is not: such a row counts 2, or 0 where the
    prediction is 0 as well. Rows whose target or prediction is missing or infinite are left out. Source: Makridakis,
    Accuracy Measures (1993).

    The interval is that of a mean by the normal law of its logarithm. Rows count by their weight where the model has
    one.
    """

    kind = "smape"
    title = "Symmetric mean absolute percentage error"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, 2.0)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return error_losses(on, SYMMETRIC)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = mean_loss(on, window, "no row has an error")
        if not isinstance(found, tuple):
            return found
        mean, losses = found
        interval = mean.interval
        return loss_value(mean.value, losses, None if interval is None else (interval[0], min(interval[1], 2.0)))

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return LossSums.of(window["losses"], "").quotient()

    examples = (
        Example(
            says="2/3 for 2 instead of 1, 0 for 0, 2 for 1 instead of 0",
            rows={"y": [1.0, 0.0, 0.0, None], "p": [2.0, 0.0, 1.0, 1.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=8 / 9,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
