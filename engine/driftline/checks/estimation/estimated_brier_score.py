"""Brier score before labels arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import ColumnType, Example, Subject
from driftline.checks.estimation._estimate import Estimate, Weights, ratio
from driftline.checks.estimation._estimated import Estimated, Scored
from driftline.checks.performance.brier_score import BrierScore


@dataclass(frozen=True)
class EstimatedBrierScore(Estimated):
    """Brier score as it should come out, without labels: (score - outcome)², each outcome as likely as it is.

    The probability is that of the baseline's rows with such a score, as in `estimated_accuracy`, which says what an
    estimate sees and what it does not; the loss is that of the score itself. Multiclass models: the sum over
    the classes. From 0 to 2, 0 is perfect. Scores outside 0 to 1 fail, as in `brier_score`. What the baseline realized
    is what `compare: change` compares with.
    """

    kind = "estimated_brier_score"
    title = "Estimated Brier score"
    needs_roles = frozenset({"target", "score"})
    range = (0.0, 2.0)
    bad = "above"
    probabilities_only = True
    realizes = BrierScore

    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        each = 1.0 / len(classes)  # a row counts once, though it has a score for each class
        losses = ((rows.all, ((1.0 - rows.all.scores) ** 2, rows.all.scores**2)) for rows in classes.values())
        return ratio([(cells, Weights(loss, (each, each))) for cells, loss in losses])

    examples = (
        Example(
            says="the baseline is told apart without a fault, so that scores are taken as probabilities",
            rows={"p": [1, 1, 0, 0], "s": [0.9, 0.8, 0.3, 0.1]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=(2 * 0.9 * 0.1 + 0.8 * 0.2 + 0.7 * 0.3) / 4,
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
            value=(3 * (0.6 * 0.2**2 + 0.4 * 0.8**2) + 0.1 * 0.8**2 + 0.9 * 0.2**2) / 4,
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
            value=sum(p * (1 - p) for p in (0.6, 0.3, 0.1, 0.2, 0.7, 0.1, 0.1, 0.1, 0.8)) / 3,
        ),
    )
