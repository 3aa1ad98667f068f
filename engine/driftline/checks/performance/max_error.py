"""Largest error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, residuals, value
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class MaxError(Check):
    """Largest |prediction - target| of the labelled rows, in the target's unit; not negative, 0 is perfect; exact.

    As scikit-learn's `max_error`. More rows have a larger one, so that it has no interval, and a baseline should be as
    long as the window. Rows whose target or prediction is missing or infinite are left out; the others count alike,
    whatever they weigh.
    """

    kind = "max_error"
    title = "Largest error"
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
        return value(max(abs(errors.errors.minimum), abs(errors.errors.maximum)), errors, None)

    examples = (
        Example(
            says="errors of 1, 0 and -2",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=2.0,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
