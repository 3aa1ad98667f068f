"""Average precision."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._ranking import average_precision
from driftline.checks.performance._scores import MEANS, OVER_SCORES, Asked, read_scores, scores
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class AveragePrecision(Check):
    """Mean over the positives of the precision among the rows that score at least as high. From 0 to 1.

    It is the area under the precision-recall curve as steps, without interpolation, as `average_precision_score` of
    scikit-learn; the share of positives is chance. Where positives are rare it tells more than ROC AUC. Multiclass
    models: each class against the rest, for one class (`classes:`) or averaged over the classes that occur. Read from
    score histograms; the bound is what another order of the rows within their bins could make of it. Source: Zhu,
    Recall, Precision and Average Precision (2004).

    The interval has the variance of the influence function, and the shape of Wilson's (1927). Of an average over
    classes it is rather too long: what a row contributes as a negative of several classes is taken to go together
    entirely. Rows count by their
    weight where the model has one.
    """

    kind = "average_precision"
    title = "Average precision"
    unit = "number"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    per_class = True
    range = (0.0, 1.0)
    bad = "below"

    average: str = param(OVER_SCORES, default="macro", choices=MEANS)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return scores(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_scores(on, window, Asked(average_precision, average=self.average))

    examples = (
        Example(
            says="precision 1 at the first positive, 2/3 at the second",
            rows={"y": [1, 1, 0, 0], "s": [0.9, 0.4, 0.6, 0.1]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=(1 + 2 / 3) / 2,
        ),
        Example(
            says="equal scores tell no more than the share of positives",
            rows={"y": [1, 0, 0, 0], "s": [0.5, 0.5, 0.5, 0.5]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.25,
        ),
        Example(
            says="the average of 1, 1/2 and 1, each class against the rest",
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
            value=2.5 / 3,
        ),
        Example(
            says="no positive",
            rows={"y": [0, 0], "s": [0.2, 0.6]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )
