"""`error_losses`: sums of what an error of a regression costs beside the size of the numbers, where that is defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from driftline.profiles.base import RowSpec, ScanContext
from driftline.profiles.columns import number
from driftline.profiles.losses import LossesProfile
from driftline.profiles.weights import weighed, weight

if TYPE_CHECKING:
    import polars as pl

RELATIVE, SYMMETRIC, SQUARED_LOG = "relative", "symmetric", "squared_log"


@dataclass(frozen=True)
class ErrorLosses(RowSpec):
    """A loss of each row that has a finite target y and prediction p; `outside` are those of them without a loss.

    `relative` is |p - y| / |y|, none where y is 0. `symmetric` is 2 |p - y| / (|p| + |y|), 0 where both are 0.
    `squared_log` is (ln(1 + p) - ln(1 + y))², none where y or p is -1 or less.
    """

    kind: ClassVar[str] = "error_losses"
    target: str
    prediction: str
    loss: str
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction} | ({self.weight} if self.weight else set()))

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        y = weighed(number(self.target, context), self.weight, context)
        p = number(self.prediction, context)
        known = (y.is_finite() & p.is_finite()).fill_null(value=False)
        inside, loss = known & self._is_defined(y, p), self._loss(y, p)
        each = pl.when(inside).then(pl.lit(1.0) if self.weight is None else weight(self.weight, context))
        sums = {"loss": each * loss, "squared": (each * loss) * (each * loss), "crossed": each * each * loss}
        sums |= {"weights": each, "squares": each * each}
        return [
            pl.len().cast(pl.Int64).alias("total"),
            inside.sum().cast(pl.Int64).alias("count"),
            *(expression.sum().alias(name) for name, expression in sums.items()),
            (known & ~inside).sum().cast(pl.Int64).alias("outside"),
        ]

    def _is_defined(self, y: pl.Expr, p: pl.Expr) -> pl.Expr:
        import polars as pl

        if self.loss == RELATIVE:
            return y != 0
        return (y > -1) & (p > -1) if self.loss == SQUARED_LOG else pl.lit(value=True)

    def _loss(self, y: pl.Expr, p: pl.Expr) -> pl.Expr:
        import polars as pl

        if self.loss == RELATIVE:
            return ((p - y) / y).abs()
        if self.loss == SYMMETRIC:
            return pl.when((y == 0) & (p == 0)).then(0.0).otherwise(2.0 * (p - y).abs() / (p.abs() + y.abs()))
        gap = p.log1p() - y.log1p()
        return gap * gap

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> LossesProfile:
        rows = [self.of_row(row) for row in frame.iter_rows(named=True)]
        return LossesProfile.merged(rows or [LossesProfile()])

    def of_row(self, row: Mapping[str, Any]) -> LossesProfile:
        return LossesProfile.of_row(row)
