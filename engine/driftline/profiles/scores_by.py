"""`scores_by`: score histograms as in `scores`, of rows with a label only, or in bins of a single score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from driftline.profiles.base import ScanContext
from driftline.profiles.bits import FINEST
from driftline.profiles.columns import category, is_positive
from driftline.profiles.scores import Scores

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ScoresBy(Scores):
    """Scores by whether `target`, which may be a prediction, equals `positive`.

    `known` is a column without whose value a row counts as one without a target. `exact`: no two scores share a bin, as
    long as there are at most 131,072 of them.
    """

    kind: ClassVar[str] = "scores_by"
    known: str | None = None
    exact: bool = False

    def columns(self) -> frozenset[str]:
        return super().columns() | ({self.known} if self.known is not None else set())

    def resolution(self, context: ScanContext) -> int:
        return FINEST if self.exact else super().resolution(context)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        if self.known is None:
            return super().keys(context)
        bits, _ = super().keys(context)
        has_label = category(self.known, context).is_not_null()
        outcome = pl.when(has_label).then(is_positive(self.target, self.positive, context))
        return [bits, outcome.alias("outcome")]
