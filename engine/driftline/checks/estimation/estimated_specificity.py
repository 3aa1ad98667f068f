"""Specificity before labels arrive."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import ColumnType, Example
from driftline.checks.estimation._confusion import EstimatedOfClass
from driftline.checks.performance.specificity import Specificity


@dataclass(frozen=True)
class EstimatedSpecificity(EstimatedOfClass):
    """Specificity as it should come out, without labels: expected TN / expected negatives. From 0 to 1.

    Confidence-based performance estimation (CBPE) of NannyML, as in `estimated_accuracy`, which says what it sees and
    what it does not: each row counts as positive with the probability that its score had on the baseline. Multiclass
    models: of one class (`classes:`), else the average over all classes.
    What the baseline realized is what `compare: change` compares with.
    """

    kind = "estimated_specificity"
    title = "Estimated specificity"
    unit = "ratio"
    realizes = Specificity
    over = (0, 0, 0, 1)
    under = (0, 1, 0, 1)

    examples = (
        Example(
            says="the baseline is told apart without a fault, so that scores are taken as probabilities",
            rows={"p": [1, 1, 0, 0], "s": [0.9, 0.8, 0.3, 0.1]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=1.6 / 1.9,
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
            value=0.9 / 2.1,
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
            value=(1.7 / 2.1 + 1.6 / 1.9 + 1.8 / 2.0) / 3,
        ),
    )
