"""Mean squared error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, mean, of_errors, residuals, value
from driftline.checks.quotient import Quotient
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class MeanSquaredError(Check):
    """Mean of (prediction - target)² over the labelled rows, in the square of the target's unit; not negative; exact.

    Rows whose target or prediction is missing or infinite are left out. As scikit-learn's `mean_squared_error`.

    The interval is that of a mean by the normal law of its logarithm, from the fourth powers of the errors; a few large
    errors make it wide. Rows count by their weight where the model has one.
    """

    kind = "mse"
    title = "Mean squared error"
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
        found = mean(errors, {"ee": 1.0})
        return value(found.value, errors, found.interval)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return of_errors(window, {"ee": 1.0})

    examples = (
        Example(
            says="errors of 1, 0 and -2",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=5 / 3,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
