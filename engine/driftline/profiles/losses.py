"""`losses`: sums of a loss of a multiclass model over the rows with a label, and what its error needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, RowSpec, ScanContext
from driftline.profiles.columns import category, number
from driftline.profiles.scores import SMALLEST_PROBABILITY
from driftline.profiles.weights import weighed, weight

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LossesProfile(Profile):
    """Sums over the `count` labelled rows: of weight x loss, of its square, of weight² x loss, of weight and weight².

    `outside` are labelled rows whose scores do not lie within 0 and 1; they are in no sum. Rows weigh 1 by default.
    """

    total: int = 0
    count: int = 0
    loss: float = 0.0
    squared: float = 0.0
    crossed: float = 0.0
    weights: float = 0.0
    squares: float = 0.0
    outside: int = 0

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(*map(sum, zip(*map(_sums, profiles), strict=True)))

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """From a row of these sums."""
        return cls(*(row[name] for name in _SUMS))

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame({name: [getattr(self, name)] for name in _SUMS})


_SUMS = ("total", "count", "loss", "squared", "crossed", "weights", "squares", "outside")
_sums = attrgetter(*_SUMS)


@dataclass(frozen=True)
class Losses(RowSpec):
    """A loss of a multiclass model: `scores` are (class, score column) pairs; `loss` is log_loss or brier.

    The Brier score of a row is the sum over all classes of (score - outcome)², and needs all of their scores.
    """

    kind: ClassVar[str] = "losses"
    target: str
    scores: tuple[tuple[str, str], ...]
    loss: str = "log_loss"
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        own = {self.target, *(column for _, column in self.scores)}
        return frozenset(own | ({self.weight} if self.weight else set()))

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target = weighed(category(self.target, context), self.weight, context)
        given = pl.coalesce(*(pl.when(target == name).then(number(column, context)) for name, column in self.scores))
        read = [number(column, context) for _, column in self.scores] if self.loss == "brier" else [given]
        known = given.is_not_null() & pl.all_horizontal(score.is_not_null() & score.is_not_nan() for score in read)
        inside = known & pl.all_horizontal(score.is_between(0.0, 1.0) for score in read)
        if self.loss == "brier":
            loss = pl.sum_horizontal(score * score for score in read) - 2.0 * given + 1.0
        else:
            loss = -given.clip(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY).log()
        each = pl.when(inside).then(pl.lit(1.0) if self.weight is None else weight(self.weight, context))
        sums = {"loss": each * loss, "squared": (each * loss) ** 2, "crossed": each * each * loss}
        sums |= {"weights": each, "squares": each * each}
        return [
            pl.len().cast(pl.Int64).alias("total"),
            inside.sum().cast(pl.Int64).alias("count"),
            *(expression.sum().alias(name) for name, expression in sums.items()),
            (known & ~inside).sum().cast(pl.Int64).alias("outside"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> LossesProfile:
        rows = [self.of_row(row) for row in frame.iter_rows(named=True)]
        return LossesProfile.merged(rows or [LossesProfile()])

    def of_row(self, row: Mapping[str, Any]) -> LossesProfile:
        return LossesProfile.of_row(row)
