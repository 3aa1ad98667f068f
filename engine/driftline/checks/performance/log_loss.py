"""Log loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION
from driftline.checks.performance._intervals import of_positive
from driftline.checks.performance._losses import Loss, LossSums, losses, mean_loss
from driftline.checks.performance._regression import LEAST, reading
from driftline.checks.quotient import Quotient
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class LogLoss(Check):
    """Mean of -ln(probability that the model gave to the class that happened); not negative, 0 is perfect.

    Probabilities are kept at least the machine epsilon (2.2e-16) away from 0 and 1, as in scikit-learn's `log_loss`.
    Scores outside 0 to 1 are no probabilities and fail. Source: Good, Rational Decisions (1952).

    The interval is that of a mean by the normal law of its logarithm. Rows count by their weight where the model has
    one.
    """

    kind = "log_loss"
    title = "Log loss"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return losses(on, "log_loss")

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = mean_loss(on, window, "log_loss")
        if not isinstance(found, Loss):
            return found
        of_one = found.mean.rows < LEAST  # of which nothing is known of the spread
        interval = None if of_one else of_positive(found.mean.value, found.mean.variance.total)
        return reading(found.mean.value, interval, bound=0.0, rows=found.rows, labelled_rows=found.labelled)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return LossSums.of(window["losses"], "log_loss").quotient()

    examples = (
        Example(
            says="0.8 and 0.5 given to what happened",
            rows={"y": [1, 0], "s": [0.8, 0.5]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=-(math.log(0.8) + math.log(0.5)) / 2,
        ),
        Example(
            says="three classes",
            rows={"y": ["a", "c"], "p_a": [0.5, 0.1], "p_b": [0.3, 0.1], "p_c": [0.2, 0.8]},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=-(math.log(0.5) + math.log(0.8)) / 2,
        ),
        Example(
            says="log-odds instead of probabilities",
            rows={"y": [1, 0], "s": [3.2, -1.0]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="Failed",
        ),
    )
