"""How far an estimate was off, once labels arrive."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.estimation._calibration import AUTO, CHOICES
from driftline.checks.estimation._estimate import Estimate
from driftline.checks.estimation._estimated import (
    BY_OUTCOME,
    BY_PREDICTION,
    CONFIDENCE,
    RESOLUTIONS,
    STANDARD,
    Estimated,
    Own,
    least_error,
    named,
)
from driftline.checks.estimation.estimated_accuracy import EstimatedAccuracy
from driftline.checks.estimation.estimated_brier_score import EstimatedBrierScore
from driftline.checks.estimation.estimated_f1 import EstimatedF1
from driftline.checks.estimation.estimated_log_loss import EstimatedLogLoss
from driftline.checks.estimation.estimated_precision import EstimatedPrecision
from driftline.checks.estimation.estimated_recall import EstimatedRecall
from driftline.checks.estimation.estimated_roc_auc import EstimatedRocAuc
from driftline.checks.estimation.estimated_specificity import EstimatedSpecificity
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import HistogramProfile

ESTIMATES: Mapping[str, type[Estimated]] = {
    "accuracy": EstimatedAccuracy,
    "precision": EstimatedPrecision,
    "recall": EstimatedRecall,
    "f1": EstimatedF1,
    "specificity": EstimatedSpecificity,
    "roc_auc": EstimatedRocAuc,
    "log_loss": EstimatedLogLoss,
    "brier_score": EstimatedBrierScore,
}


@dataclass(frozen=True)
class EstimationGap(Check):
    """Estimated minus realized metric, both of the window's rows that have a label; 0 where the estimate was right.

    An estimate (`estimated_accuracy`, …) knows what scores meant on the baseline. A gap that chance does not explain
    says that they mean something else now: concept drift, which no estimate sees. The p-value is that of a gap so far
    (to either side) from the one that the estimate has on the baseline itself, where scores mean what they meant: by
    the normal law, from how outcomes vary given the probabilities, and from the limited number of outcomes that these
    were learnt from. Switch `significance` on to alert of gaps only that chance does not explain.
    """

    kind = "estimation_gap"
    title = "Estimation gap"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score", "prediction"})
    needs_baseline = True
    bad = "either"

    of: str = param("The metric that is estimated and realized.", default="accuracy", choices=tuple(ESTIMATES))
    calibration: str = param("As in the estimate: `auto`, `always` or `never`.", default=AUTO, choices=CHOICES)
    resolution: str = param("As in the estimate: `standard` or `exact`.", default=STANDARD, choices=RESOLUTIONS)

    @property
    def estimated(self) -> Estimated:
        """The estimate that is held against what happened."""
        return ESTIMATES[self.of](calibration=self.calibration, resolution=self.resolution)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        target, estimated = on.role("target"), self.estimated
        scores = estimated.scores(on, BY_PREDICTION, on.role("prediction"), known=target)
        return {**estimated.baseline_needs(on), **scores}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        now, before = self._gap(on, at, window, baseline or {}), self._gap(on, at, baseline or {}, baseline or {})
        if not isinstance(now, Own):
            return now
        if not isinstance(before, Own):
            return NoData(f"baseline: {before.reason}")
        found, realized = now.estimate, now.realized
        taught = _is_calibrated(found)
        # What was learnt flatters the rows that it was learnt from and others alike, though not by quite as much.
        variance = found.outcome + (found.calibration + before.off**2 if taught else before.estimate.outcome)
        error = math.sqrt(variance) or least_error(realized.labelled_rows or 1)
        off = now.off - before.off
        return Value(
            now.off,
            p_value=math.erfc(abs(off) / error / math.sqrt(2.0)),
            bound=found.bound + (realized.bound or 0.0),
            rows=realized.rows,
            labelled_rows=realized.labelled_rows,
            baseline_rows=before.realized.labelled_rows,
            labelled_baseline_rows=before.realized.labelled_rows,
            interval=(now.off - CONFIDENCE * error, now.off + CONFIDENCE * error),
            standard_error=error,
            note=f"estimated {found.value:.4g}, realized {realized.value:.4g}",
        )

    def _gap(self, on: Subject, at: Moment, rows: Profiles, baseline: Profiles) -> Own | NoData | Failed:
        estimated = self.estimated
        realized = estimated.realized(on, at, rows)
        if not isinstance(realized, Value):
            return realized if isinstance(realized, NoData | Failed) else NoData(realized.reason)
        outcomes = named(baseline, BY_OUTCOME)
        if not any(each.labelled for each in outcomes.values()):
            return NoData("no row of the baseline has both a target and a score to learn from")
        # Rows without a label are in no metric that was realized.
        scores = {
            name: replace(each, unlabelled=HistogramProfile()) for name, each in named(rows, BY_PREDICTION).items()
        }
        found = estimated.estimated(on, scores, outcomes)
        return Own(found, realized) if isinstance(found, Estimate) else found

    examples = (
        Example(
            says="three of four were expected to be right and two are: 0.825 estimated, 0.5 realized",
            rows={"y": [1, 0, 1, 0, None], "p": [1, 1, 0, 0, 1], "s": [0.9, 0.8, 0.3, 0.1, 0.6]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=0.325,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1, 0], "s": [0.8, 0.2]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )


def _is_calibrated(found: Estimate) -> bool:
    """Whether probabilities were learnt, in part at least: what is learnt has an error."""
    return found.calibration > 0.0
