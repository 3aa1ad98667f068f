"""Log loss before labels arrive."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import ColumnType, Example, Subject
from driftline.checks.estimation._estimate import Estimate, Weights, log_losses, ratio
from driftline.checks.estimation._estimated import Estimated, Scored
from driftline.checks.performance.log_loss import LogLoss


def _entropy(p: float) -> float:
    return -(p * math.log(p) + (1 - p) * math.log(1 - p))


@dataclass(frozen=True)
class EstimatedLogLoss(Estimated):
    """Log loss as it should come out, without labels: -ln(score given to a class), each as likely as the class is.

    The probability is that of the baseline's rows with such a score, as in `estimated_accuracy`, which says what an
    estimate sees and what it does not; the loss is that of the score itself. Not negative, 0 is perfect. Scores outside
    0 to 1 fail, as in `log_loss`. What the baseline realized is what `compare: change` compares with.
    """

    kind = "estimated_log_loss"
    title = "Estimated log loss"
    needs_roles = frozenset({"target", "score"})
    range = (0.0, None)
    bad = "above"
    probabilities_only = True
    realizes = LogLoss

    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        losses = {name: log_losses(rows.all.scores) for name, rows in classes.items()}
        if on.task != "multiclass":
            return ratio([(rows.all, Weights(losses[name], (1.0, 1.0))) for name, rows in classes.items()])
        # The probabilities of all classes add up to the rows, but for what rows that are not renormalised leave over.
        return ratio([(rows.all, Weights((losses[name][0], 0.0), (1.0, 0.0))) for name, rows in classes.items()])

    examples = (
        Example(
            says="the baseline is told apart without a fault, so that scores are taken as probabilities",
            rows={"p": [1, 1, 0, 0], "s": [0.9, 0.8, 0.3, 0.1]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=(2 * _entropy(0.9) + _entropy(0.8) + _entropy(0.7)) / 4,
        ),
        Example(
            says="of rows with 0.8 the baseline had 6 of 10 positive, of rows with 0.2 one of 10",
            rows={"p": [1, 1, 1, 0], "s": [0.8, 0.8, 0.8, 0.2]},
            baseline={
                "y": [1] * 6 + [0] * 4 + [1] + [0] * 9,
                "p": [1] * 10 + [0] * 10,
                "s": [0.8] * 10 + [0.2] * 10,
            },
            parameters={"calibration": "always"},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=-(3 * (0.6 * math.log(0.8) + 0.4 * math.log(0.2)) + 0.1 * math.log(0.2) + 0.9 * math.log(0.8)) / 4,
        ),
        Example(
            says="a baseline without labels teaches nothing",
            rows={"p": [1, 0], "s": [0.8, 0.2]},
            baseline={"y": [None, None], "p": [1, 0], "s": [0.8, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value="NoData",
        ),
        Example(
            says="three classes, whose scores are taken as probabilities",
            rows={"p": ["a", "b", "c"], "p_a": [0.6, 0.2, 0.1], "p_b": [0.3, 0.7, 0.1], "p_c": [0.1, 0.1, 0.8]},
            baseline={
                "y": ["a", "b", "c"],
                "p": ["a", "b", "c"],
                "p_a": [0.9, 0.1, 0.0],
                "p_b": [0.1, 0.8, 0.2],
                "p_c": [0.0, 0.1, 0.8],
            },
            roles={"target": "y", "prediction": "p"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL, "p": ColumnType.CATEGORICAL},
            task="multiclass",
            value=-sum(p * math.log(p) for p in (0.6, 0.3, 0.1, 0.2, 0.7, 0.1, 0.1, 0.1, 0.8)) / 3,
        ),
    )
