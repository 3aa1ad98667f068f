"""Lift."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._ranking import Found, Ranked, captured
from driftline.checks.performance._scores import MEANS, OVER_SCORES, Asked, read_scores, scores
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class Lift(Check):
    """How many times as frequent positives are among the rows that score highest as among all. Not negative.

    With `share: 10%`, precision in the highest tenth of the scores over the share of positives; 1 is chance, 1 / share
    the most. Of rows with equal scores at the cut, the part that is needed counts. Multiclass models: each class
    against the rest, for one class (`classes:`) or averaged. Read from score histograms; the bound is that of the rows
    in the bin at the cut. Source: Piatetsky-Shapiro and Masand, Estimating Campaign Benefits and Modeling Lift (1999).

    The interval has the variance of the influence function, in which the cut moves with the rows, and the shape of
    Wilson's (1927). Rows count by their weight where the model has one.
    """

    kind = "lift"
    title = "Lift"
    unit = "number"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    per_class = True
    range = (0.0, None)
    bad = "below"

    share: float = param(
        "Share of the rows, those that score highest.", slot="ratio", exclusive_minimum=0.0, maximum=1.0, default=0.1
    )
    average: str = param(OVER_SCORES, default="macro", choices=MEANS)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return scores(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        def measure(ranked: Ranked) -> Found:
            found = captured(ranked, self.share)
            return found if isinstance(found, str) else found.scaled(1 / self.share)

        return read_scores(on, window, Asked(measure, (0.0, 1 / self.share), self.average))

    examples = (
        Example(
            says="one of two positives is in the upper quarter",
            rows={"y": [1, 1, 0, 0, 0, 0, 0, 0], "s": [0.9, 0.4, 0.8, 0.1, 0.2, 0.3, 0.5, 0.6]},
            parameters={"share": 0.25},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=2.0,
        ),
        Example(
            says="equal scores find what chance finds",
            rows={"y": [1, 0, 0, 0], "s": [0.5, 0.5, 0.5, 0.5]},
            parameters={"share": 0.25},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=1.0,
        ),
        Example(
            says="no positive",
            rows={"y": [0, 0], "s": [0.2, 0.6]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )
