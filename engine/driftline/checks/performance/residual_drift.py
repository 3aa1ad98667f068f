"""Residual drift: are the errors of a regression distributed as they were?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import cast

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._groups import Groups
from driftline.checks.drift.ks import KolmogorovSmirnov
from driftline.checks.drift.wasserstein import Wasserstein
from driftline.checks.performance._regression import REGRESSION
from driftline.checks.reading import finite
from driftline.config.document import Bounds, Threshold
from driftline.model import Failed, NoData, Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.errors import Errors
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.residuals import Residuals, ResidualsProfile


@dataclass(frozen=True)
class ResidualDrift(Check):
    """The distance between the errors (prediction − target) of the window and of the baseline, as distributions.

    A mean error may stay while errors move: low values are now overestimated, large errors are rarer and small ones are
    not. `distance: ks` is the largest distance of the two cumulative distributions, from 0 to 1, with the p-value of
    `ks`; `wasserstein` the mean distance that an error moved, in standard deviations of the baseline's errors, with the
    p-value of `wasserstein`. Rows whose target or prediction is missing or infinite are left out. The direction is that
    of the mean error. Read from a histogram of the errors with relative bins of 2^-10; the bound follows from it.
    """

    kind = "residual_drift"
    title = "Residual drift"
    unit = "number"
    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    needs_baseline = True
    significance = True
    range = (0.0, None)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    distance: str = param("How far apart the two are.", default="ks", choices=("ks", "wasserstein"))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        target, prediction = on.role("target"), on.role("prediction")
        return {"errors": Errors(target, prediction), "residuals": Residuals(target, prediction)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        if baseline is None:
            return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
        now, then = cast(HistogramProfile, window["errors"]), cast(HistogramProfile, baseline["errors"])
        for side, errors in (("window", now), ("baseline", then)):
            if errors.finite == 0:
                reason = f"none of {errors.rows} rows of the {side} has both a target and a prediction"
                return NoData(reason if errors.rows else f"the {side} has no rows", rows=now.rows)
        before, after = (cast(ResidualsProfile, side["residuals"]) for side in (baseline, window))
        return self._distance(at, (now, then), before, after)

    def _distance(
        self,
        at: Moment,
        errors: tuple[HistogramProfile, HistogramProfile],
        before: ResidualsProfile,
        after: ResidualsProfile,
    ) -> Reading:
        now, then = errors
        if self.distance == "ks":
            value, bound = KolmogorovSmirnov().measured(now, then)
            null = KolmogorovSmirnov().null(now, then, value, at.draws)
        else:
            value, bound = Wasserstein().measured(now, then)
            spread = _spread(before)
            if not spread > 0.0:
                return NoData("the errors of the baseline are all the same, so there is no spread to measure by")
            value, bound = value / spread, bound / spread
            null = Wasserstein().null(Groups.by_distance(now, then), at.draws)
            null = replace(null, noise=null.noise / spread)
        mean_before, mean = (one.errors.mean for one in (before, after))
        return finite(
            value,
            p_value=null.p_value,
            noise=null.noise,
            bound=bound,
            rows=now.rows,
            labelled_rows=now.finite,
            labelled_baseline_rows=then.finite,
            direction=None if mean == mean_before else ("up" if mean > mean_before else "down"),
            note=f"mean error {mean_before:.4g} -> {mean:.4g}",
        )

    examples = (
        Example(
            says="errors of 0 and 1, of which half are 2 and 3 now",
            rows={"y": [0.0, 0.0, 0.0, 0.0], "p": [0.0, 1.0, 2.0, 3.0]},
            baseline={"y": [0.0, 0.0, 5.0, 5.0], "p": [0.0, 1.0, 5.0, 6.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=0.5,
        ),
        Example(
            says="every error moved by 2, where they deviate by 1",
            rows={"y": [0.0, 0.0, None], "p": [1.0, 3.0, 9.0]},
            baseline={"y": [0.0, 0.0], "p": [-1.0, 1.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            parameters={"distance": "wasserstein"},
            value=2.0,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1.0, 2.0]},
            baseline={"y": [0.0], "p": [1.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="NoData",
        ),
    )


def _spread(sums: ResidualsProfile) -> float:
    """The standard deviation of the errors."""
    return math.sqrt(sums.errors.m2 / sums.count)
