"""Area under the ROC curve before labels arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Subject
from driftline.checks.estimation._confusion import AVERAGES, expected
from driftline.checks.estimation._estimate import Estimate, averaged, roc_auc
from driftline.checks.estimation._estimated import Estimated, Scored
from driftline.checks.performance.roc_auc import RocAuc
from driftline.parameters import param


@dataclass(frozen=True)
class EstimatedRocAuc(Estimated):
    """ROC AUC as it should come out, without labels: each row is positive with the probability of its score. 0 to 1.

    Confidence-based performance estimation (CBPE) of NannyML, as in `estimated_accuracy`, which says what it sees and
    what it does not. Rows are ordered by their scores; isotonic regression draws the convex hull of the baseline's
    curve, so that few labelled rows give an estimate that is too high. Multiclass models: each class against the rest,
    for one class (`classes:`) or averaged. What the baseline realized is what `compare: change` compares with.
    """

    kind = "estimated_roc_auc"
    title = "Estimated ROC AUC"
    needs_roles = frozenset({"target", "score"})
    per_class = True
    realizes = RocAuc

    average: str = param(
        "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its expected rows.",
        default="macro",
        choices=AVERAGES,
    )

    def metric(self) -> Check:
        return RocAuc(average=self.average)

    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        defined = [(found, rows) for rows in classes.values() if (found := roc_auc(rows.all)) is not None]
        if not defined:
            return None
        weights = [expected(rows.all) if self.average == "weighted" else 1.0 for _, rows in defined]
        return averaged([found for found, _ in defined], weights)

    examples = (
        Example(
            says="the baseline is told apart without a fault, so that scores are taken as probabilities",
            rows={"p": [1, 1, 0, 0], "s": [0.9, 0.8, 0.3, 0.1]},
            baseline={"y": [1, 1, 0, 0], "p": [1, 1, 0, 0], "s": [0.9, 0.7, 0.4, 0.2]},
            roles={"target": "y", "prediction": "p", "score": "s"},
            task="binary",
            value=3.445 / (2.1 * 1.9),
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
            value=2.745 / (1.9 * 2.1),
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
            value=(1.445 / (0.9 * 2.1) + 1.645 / (1.1 * 1.9) + 1.7 / (1.0 * 2.0)) / 3,
        ),
    )
