"""Mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, mean, of_errors, residuals, value
from driftline.checks.quotient import Quotient
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class MeanAbsoluteError(Check):
    """Mean of |prediction - target| over the labelled rows, in the target's unit; not negative, 0 is perfect; exact.

    Rows whose target or prediction is missing or infinite are left out. As scikit-learn's `mean_absolute_error`.

    The interval is that of a mean by the normal law of its logarithm. Rows count by their weight where the model has
    one.
    """

    kind = "mae"
    title = "Mean absolute error"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return residuals(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        errors = labelled(on, window)
        if isinstance(errors, NoData):
            return errors
        found = mean(errors, {"a": 1.0})
        return value(found.value, errors, found.interval)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_errors(window, {"a": 1.0})

    examples = (
        Example(
            says="errors of 1, 0 and -2",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=1.0,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
