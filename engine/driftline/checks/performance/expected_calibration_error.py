"""Expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._binned_errors import change_p_value
from driftline.checks.performance._calibration import expected_error
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._ranking import Found, Ranked
from driftline.checks.performance._scores import (
    MEANS,
    OVER_SCORES,
    Asked,
    is_outside,
    labelled_scores,
    read_scores,
    scores,
)
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class ExpectedCalibrationError(Check):
    """Mean distance of the share of positives from the mean score, over bins of scores of equal width. From 0 to 1.

    Each bin counts by its rows: Σ (rows of the bin / rows) |share of positives - mean score|. Multiclass models: each
    class against the rest, for one class (`classes:`) or averaged (class-wise). Read from score histograms; the bound
    is what they leave open. Scores outside 0 to 1 are no probabilities and fail. Source: Naeini, Cooper and Hauskrecht,
    Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015); class-wise: Kull and others (2019).

    Even scores that are right read above 0, the more so the fewer rows a bin has: the noise floor is what one window in
    20 would exceed if they were. The lower end of the interval leaves that excess out of account, so that the interval
    is not symmetric; a bin with one outcome only is as unsure as Agresti and Coull (1998) have it. Rows count by their
    weight where the model has one. For the same reason 200 rows read more than 20,000 of the same kind: the p-value of
    a change is that of pooled rows dealt out anew to sides of these sizes.
    """

    kind = "expected_calibration_error"
    title = "Expected calibration error"
    unit = "number"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    per_class = True
    range = (0.0, 1.0)
    bad = "above"

    bins: int = param("Number of bins of equal width between 0 and 1.", minimum=1, maximum=1000, default=10)
    average: str = param(OVER_SCORES, default="macro", choices=MEANS)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return scores(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        def measure(ranked: Ranked) -> Found:
            return expected_error(ranked, self.bins)

        return read_scores(on, window, Asked(measure, average=self.average, probabilities=True))

    def change_p_value(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles) -> float | None:
        now, then = _ranked(on, window), _ranked(on, baseline)
        return change_p_value(now, then, self.bins, at.draws) if now and then and at.draws else None

    examples = (
        Example(
            says="0.2 off in the lower bin, 0.25 in the upper one",
            rows={"y": [0, 1, 1, 1], "s": [0.2, 0.4, 0.7, 0.8]},
            parameters={"bins": 2},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=(0.2 + 0.25) / 2,
        ),
        Example(
            says="the average over three classes",
            rows={
                "y": ["a", "b", "c"],
                "p_a": [0.8, 0.3, 0.1],
                "p_b": [0.1, 0.3, 0.4],
                "p_c": [0.1, 0.4, 0.5],
            },
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            parameters={"bins": 1},
            value=(abs(0.4 - 1 / 3) + abs(0.8 / 3 - 1 / 3) + abs(1 / 3 - 1 / 3)) / 3,
        ),
        Example(
            says="log-odds instead of probabilities",
            rows={"y": [1, 0], "s": [3.2, -1.0]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="Failed",
        ),
    )


def _ranked(on: Subject, side: Profiles) -> dict[str, Ranked] | None:
    """The ranked probabilities of each class; None where there is no reading."""
    found = labelled_scores(on, side)
    if not isinstance(found, dict) or any(is_outside(profile) for profile in found.values()):
        return None
    return {name: Ranked.of(profile) for name, profile in found.items()}
