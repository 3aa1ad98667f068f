"""Explained variance."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._regression import REGRESSION, labelled, residuals
from driftline.checks.performance._unexplained import read_explained
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class ExplainedVariance(Check):
    """1 - variance of (prediction - target) / variance of the target, over the labelled rows; at most 1.

    As `r2`, but blind to a bias: a model that is off by the same amount everywhere explains all variance. Not defined
    for a constant target. As scikit-learn's `explained_variance_score`. Rows whose target or prediction is missing or
    infinite are left out.

    The interval is that of the share which is left unexplained, by the delta method and the normal law of its
    logarithm; there is none where targets lie so far from 0 that rounding is all of it. Rows count by their weight
    where the model has one; the bound is then that of rounding.
    """

    kind = "explained_variance"
    title = "Explained variance"
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
        return read_explained(errors, around_mean=True)

    examples = (
        Example(
            says="errors of 1, 0 and -2 vary by 42/9, targets by 14",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=1 - (42 / 9) / 14,
        ),
        Example(
            says="a constant target",
            rows={"y": [2.0, 2.0], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )
