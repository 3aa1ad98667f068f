"""Root mean squared logarithmic error."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._losses import LossSums
from driftline.checks.performance._regression import REGRESSION, error_losses, loss_value, mean_loss
from driftline.checks.quotient import Quotient
from driftline.model import Failed, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.error_losses import SQUARED_LOG

BELOW = "every row has a target or a prediction of -1 or less, whose logarithm does not exist"
INSTEAD = "their logarithm does not exist: choose rmse or mae, or keep predictions at 0 or more"


@dataclass(frozen=True)
class RootMeanSquaredLogError(Check):
    """√(mean of (ln(1 + prediction) - ln(1 + target))²) over the labelled rows; not negative, 0 is perfect; exact.

    For targets of any size that are not negative: being off by a factor counts, not by an amount. As scikit-learn's
    `root_mean_squared_log_error`. Rows whose target or prediction is missing or infinite are left out; it fails where
    one is -1 or less, whose logarithm does not exist.

    The interval is the root of that of a mean by the normal law of its logarithm. Rows count by their weight where the
    model has one.
    """

    kind = "rmsle"
    title = "Root mean squared logarithmic error"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return error_losses(on, SQUARED_LOG)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = mean_loss(on, window, BELOW)
        if not isinstance(found, tuple):
            return found
        mean, losses = found
        if losses.outside:
            return Failed(f"rows with a target or a prediction of -1 or less: {losses.outside}; {INSTEAD}")
        ends = mean.interval
        interval = None if ends is None else (math.sqrt(ends[0]), math.sqrt(ends[1]))
        return loss_value(math.sqrt(mean.value), losses, interval)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return LossSums.of(window["losses"], "").quotient(root=True)

    examples = (
        Example(
            says="off by the factors 2 and 1/4 of 1 + target",
            rows={"y": [0.0, 3.0, None], "p": [1.0, 0.0, 1.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=math.log(2) * math.sqrt(5 / 2),
        ),
        Example(
            says="a prediction of -2",
            rows={"y": [1.0, 2.0], "p": [-2.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="Failed",
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
