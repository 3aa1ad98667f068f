"""Median absolute error."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import none_labelled
from driftline.checks.performance._intervals import Interval, Z
from driftline.checks.performance._regression import REGRESSION, reading
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.errors import Errors
from driftline.profiles.histogram import HistogramProfile

LEAST = 6  # rows: of fewer, the median lies outside of all of them more than once in 20 times


@dataclass(frozen=True)
class MedianAbsoluteError(Check):
    """Median of |prediction - target| over the labelled rows, in the target's unit; not negative, 0 is perfect.

    Half of the rows are off by no more: a few large errors, which move `mae` and more so `rmse`, do not move it. As
    scikit-learn's `median_absolute_error`. Rows whose target or prediction is missing or infinite are left out; the
    others count alike, whatever they weigh.

    Read from a histogram of the errors with relative bins of 2^-10; the bound is the width of the bin that holds the
    median. The interval lies between order statistics, whatever the errors' distribution; there is none of fewer than
    six rows. Source: Conover, Practical Nonparametric Statistics (1999), 3.2.
    """

    kind = "median_absolute_error"
    title = "Median absolute error"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"errors": Errors(on.role("target"), on.role("prediction"))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        errors = window["errors"]
        assert isinstance(errors, HistogramProfile)
        if errors.finite == 0:
            return none_labelled(errors.rows, "a prediction", weighted=False)
        sizes = _sizes(errors)
        parts = {"rows": errors.rows, "labelled_rows": errors.finite}
        return reading(sizes.quantile(0.5), _between(sizes), bound=sizes.quantile_bound(0.5), **parts)

    examples = (
        Example(
            says="errors of 1, 0 and -2",
            rows={"y": [1.0, 2.0, 6.0, None], "p": [2.0, 2.0, 4.0, 9.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=1.0,
        ),
        Example(
            says="the middle of 1 and 2",
            rows={"y": [0.0, 0.0, 0.0, 0.0], "p": [1.0, -2.0, 0.0, 5.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=1.5,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )


def _sizes(errors: HistogramProfile) -> HistogramProfile:
    """The errors without their sign: bins of both sides of 0 are alike."""
    import numpy as np

    ends = np.abs(errors.low), np.abs(errors.high)
    low = np.where((errors.low < 0) & (errors.high > 0), 0.0, np.minimum(*ends))
    return HistogramProfile.of(errors.resolution, np.abs(errors.bins), errors.counts, low, np.maximum(*ends))


def _between(sizes: HistogramProfile) -> Interval | None:
    """The order statistics between which the median is 95 times in 100, and what the bins leave open of them."""
    rows = sizes.finite
    if rows < LEAST:
        return None
    half = Z * math.sqrt(rows) / 2
    ranks = max(math.floor(rows / 2 - half), 1), min(math.ceil(rows / 2 + half) + 1, rows)
    low, high = ((rank - 1) / (rows - 1) for rank in ranks)
    return (
        max(sizes.quantile(low) - sizes.quantile_bound(low), 0.0),
        sizes.quantile(high) + sizes.quantile_bound(high),
    )
