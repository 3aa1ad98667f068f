"""Coefficient of determination."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, residuals
from driftline.checks.performance._unexplained import read_explained
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class RSquared(Check):
    """1 - sum of (prediction - target)² / sum of (target - mean target)² over the labelled rows; at most 1; exact.

    0 is as good as always predicting the window's mean target, below 0 worse. Not defined for a constant target. As
    scikit-learn's `r2_score`. Source: Draper and Smith, Applied Regression Analysis (1998).

    The interval is that of the share which is left unexplained, by the delta method and the normal law of its
    logarithm, so that it ends at 1; there is none where targets lie so far from 0 that rounding is all of it. Rows
    count by their weight where the model has one.
    """

    kind = "r2"
    title = "R²"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (None, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return residuals(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        errors = labelled(on, window)
        if isinstance(errors, NoData):
            return errors
        return read_explained(errors, around_mean=False)

    examples = (
        Example(
            says="5 of 14 squared units are left unexplained",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=1 - 5 / 14,
        ),
        Example(
            says="a constant target",
            rows={"y": [2.0, 2.0], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
