"""`residuals`: sums for the moments of the error (prediction minus target) of a regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, RowSpec, ScanContext
from driftline.profiles.columns import number
from driftline.profiles.moments import MomentsProfile

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ResidualsProfile(Profile):
    """Sums over the `count` rows that have a finite target and prediction, among `total` rows."""

    total: int = 0
    count: int = 0
    absolute: float = 0.0  # sum of |error|
    squared: float = 0.0  # sum of error²
    signed: float = 0.0  # sum of the error
    relative: float = 0.0  # sum of |error / target| where the target is not 0
    nonzero: int = 0  # rows whose target is not 0
    target: MomentsProfile = field(default_factory=MomentsProfile)  # of the targets of those rows

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        sums = dict(zip(_SUMS, map(sum, zip(*map(_summed, profiles), strict=True)), strict=True))
        return cls(**sums, target=MomentsProfile.merged([each.target for each in profiles]))

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        own = {name: [getattr(self, name)] for name in _SUMS}
        moments = {"mean": [self.target.mean], "m2": [self.target.m2]}
        return pl.DataFrame(own | moments | {"low": [self.target.minimum], "high": [self.target.maximum]})


_SUMS = ("total", "count", "absolute", "squared", "signed", "relative", "nonzero")
_summed = attrgetter(*_SUMS)


@dataclass(frozen=True)
class Residuals(RowSpec):
    """Error sums of a prediction against its target."""

    kind: ClassVar[str] = "residuals"
    target: str
    prediction: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target, prediction = number(self.target, context), number(self.prediction, context)
        both = target.is_finite() & prediction.is_finite()
        y = pl.when(both).then(target)
        error = pl.when(both).then(prediction - target)
        nonzero = both & (target != 0)
        ratio = pl.when(nonzero).then((prediction - target) / target)
        return [
            pl.len().cast(pl.Int64).alias("total"),
            error.count().cast(pl.Int64).alias("count"),
            error.abs().sum().alias("absolute"),
            (error * error).sum().alias("squared"),
            error.sum().alias("signed"),
            ratio.abs().sum().alias("relative"),
            ratio.count().cast(pl.Int64).alias("nonzero"),
            y.mean().alias("mean"),
            y.var(ddof=0).alias("variance"),
            y.min().alias("low"),
            y.max().alias("high"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ResidualsProfile:
        rows = [self.of_row(row) for row in frame.iter_rows(named=True)]
        return ResidualsProfile.merged(rows or [ResidualsProfile()])

    def of_row(self, row: Mapping[str, Any]) -> ResidualsProfile:
        count, total = int(row["count"]), int(row["total"])
        if count == 0:
            return ResidualsProfile(total=total)
        m2 = row["m2"] if "m2" in row else row["variance"] * count
        target = MomentsProfile(count, count, row["mean"], m2, row["low"], row["high"])
        sums = (row["absolute"], row["squared"], row["signed"], row["relative"])
        return ResidualsProfile(total, count, *sums, int(row["nonzero"]), target)
