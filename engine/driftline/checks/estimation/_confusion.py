"""Metrics of predicted classes from the rows that are expected in each cell of the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import driftline.checks.estimation._estimate as estimates
from driftline.checks.base import Check, Subject
from driftline.checks.estimation._estimate import Cells, Estimate, Weights
from driftline.checks.estimation._estimated import Estimated, Scored
from driftline.parameters import param

Four = tuple[float, float, float, float]  # of a true positive, a false positive, a false negative, a true negative
AVERAGES = ("macro", "weighted")


def of_class(rows: Scored, over: Four, under: Four) -> Estimate | None:
    """A ratio of sums over the cells of the confusion matrix of one class against the rest."""
    return estimates.ratio(
        [
            (rows.positive, Weights((over[0], over[1]), (under[0], under[1]))),
            (rows.negative, Weights((over[2], over[3]), (under[2], under[3]))),
        ]
    )


def expected(cells: Cells) -> float:
    """The number of rows that are expected to be of the class."""
    return float(cells.counts @ cells.probabilities)


@dataclass(frozen=True)
class EstimatedOfClass(Estimated):
    """An estimate of a ratio of cells: of a binary model's positive class, of one class, or averaged over classes."""

    per_class = True

    over: ClassVar[Four]
    under: ClassVar[Four]

    average: str = param(
        "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its expected rows.",
        default="macro",
        choices=AVERAGES,
    )

    def metric(self) -> Check:
        return self.realizes(average=self.average)  # type: ignore[call-arg]

    def estimate(self, on: Subject, classes: Mapping[str, Scored]) -> Estimate | None:
        parts = [of_class(rows, self.over, self.under) for rows in classes.values()]
        if len(parts) == 1:
            return parts[0]
        return estimates.averaged(parts, [self._weight(rows) for rows in classes.values()])

    def _weight(self, rows: Scored) -> float:
        return expected(rows.positive) + expected(rows.negative) if self.average == "weighted" else 1.0
