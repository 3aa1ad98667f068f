"""Mean absolute percentage error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._losses import LossSums
from driftline.checks.performance._regression import REGRESSION, error_losses, loss_value, mean_loss
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.error_losses import RELATIVE


@dataclass(frozen=True)
class MeanAbsolutePercentageError(Check):
    """Mean of |prediction - target| / |target| over the labelled rows whose target is not 0; a share, not percent.

    Rows with target 0 have no relative error: they are left out, and the note counts them. Elsewhere as scikit-learn's
    `mean_absolute_percentage_error`. Source: Makridakis, Accuracy Measures (1993).

    The interval is that of a mean by the normal law of its logarithm. Rows count by their weight where the model has
    one.
    """

    kind = "mape"
    title = "Mean absolute percentage error"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return error_losses(on, RELATIVE)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = mean_loss(on, window, "all targets are 0, so there is no relative error")
        if not isinstance(found, tuple):
            return found
        relative, losses = found
        note = f"without {losses.outside} rows whose target is 0" if losses.outside else None
        return loss_value(relative.value, losses, relative.interval, note)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return LossSums.of(window["losses"], "").quotient()

    examples = (
        Example(
            says="off by 1/2 and 1/4; the target 0 is left out",
            rows={"y": [2.0, 4.0, 0.0], "p": [1.0, 5.0, 1.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=0.375,
        ),
        Example(
            says="only zeros",
            rows={"y": [0.0, 0.0], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
