"""Calibration slope."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._calibration import slope
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._scores import MEANS, OVER_SCORES, UNBOUNDED, Asked, read_scores, scores
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class CalibrationSlope(Check):
    """Slope of the logistic regression of the outcome on the log-odds of the score; 1 is right.

    Below 1 the scores are too extreme (overfitted, or the world has become less predictable), above 1 too moderate, and
    0 or less when they tell nothing. The regression has an intercept, so that a wrong level of all scores does not
    matter here: see `expected_calibration_error`. Probabilities are kept the machine epsilon away from 0 and 1.
    Multiclass models: each class against the rest, for one class (`classes:`) or averaged. Read from score histograms,
    with the bound to first order. Scores outside 0 to 1 fail. Source: Cox, Two Further Applications of a Model for
    Binary Regression (1958).

    The interval is the normal one of the sandwich variance. Rows count by their weight where the model has one.
    """

    kind = "calibration_slope"
    title = "Calibration slope"
    unit = "number"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    per_class = True
    range = (None, None)
    bad = "either"

    average: str = param(OVER_SCORES, default="macro", choices=MEANS)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return scores(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_scores(on, window, Asked(slope, UNBOUNDED, self.average, probabilities=True))

    examples = (
        Example(
            says="one in three of 0.2 and two in three of 0.8: log-odds of ±ln 2 where the scores say ±ln 4",
            rows={"y": [1, 0, 0, 1, 1, 0], "s": [0.2, 0.2, 0.2, 0.8, 0.8, 0.8]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.5,
        ),
        Example(
            says="every positive scores higher than every negative",
            rows={"y": [1, 0], "s": [0.7, 0.3]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
        Example(
            says="log-odds instead of probabilities",
            rows={"y": [1, 0], "s": [3.2, -1.0]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="Failed",
        ),
    )
