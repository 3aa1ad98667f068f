"""Accuracy before labels arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import ColumnType, Example, Subject
from driftline.checks.estimation._confusion import of_class
from driftline.checks.estimation._estimate import Estimate, Weights, ratio
from driftline.checks.estimation._estimated import Estimated, Scored
from driftline.checks.performance.accuracy import Accuracy


@dataclass(frozen=True)
class EstimatedAccuracy(Estimated):
    """Accuracy as it should come out, without labels: the mean probability that the predicted class is right. 0 to 1.

    Confidence-based performance estimation (CBPE) of NannyML: isotonic regression on the labelled baseline turns each
    score into a probability c (if that lowers the calibration error, see `calibration`), a row predicted positive is
    right with c, another one with 1 - c. Multiclass models: c of the predicted class, each class against the rest; rows
    are not renormalised, which one-column profiles cannot.

    It sees what the scores show: rows moved to where the model is less sure. It does not see that the same score means
    something else now (concept drift): see `estimation_gap`. What the baseline realized is what `compare: change`
    compares with. The interval holds the accuracy to expect of such rows: it rests on the window's rows and on the
    outcomes that were learnt from. The bound is that of the bins of scores, to the first order. Rows count alike, also
    where the model has weights.
    """

    kind = "estimated_accuracy"
    title = "Estimated accuracy"
    unit = "ratio"
    realizes = Accuracy

    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        if on.task != "multiclass":
            return of_class(next(iter(classes.values())), (1, 0, 0, 1), (1, 1, 1, 1))
        return ratio([(rows.positive, Weights((1.0, 0.0), (1.0, 1.0))) for rows in classes.values()])

    examples = (
        Example(
            says="the baseline is told apart without a fault, so that scores are taken as probabilities",
            rows={"p": [1, 1, 0, 0], "s": [0.9, 0.8, 0.3, 0.1]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=(0.9 + 0.8 + 0.7 + 0.9) / 4,
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
            value=(3 * 0.6 + 0.9) / 4,
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
            value=(0.6 + 0.7 + 0.8) / 3,
        ),
    )
