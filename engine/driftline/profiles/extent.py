"""`extent`: first and last event time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, RowSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ExtentProfile(Profile):
    """Number of rows, first and last event time (aware UTC; None when there is none)."""

    total: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        firsts = [each.first for each in profiles if each.first is not None]
        lasts = [each.last for each in profiles if each.last is not None]
        return cls(sum(each.total for each in profiles), min(firsts, default=None), max(lasts, default=None))

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        instant = pl.Datetime("us", "UTC")
        schema = {"total": pl.Int64(), "first": instant, "last": instant}
        return pl.DataFrame({"total": [self.total], "first": [self.first], "last": [self.last]}, schema=schema)


@dataclass(frozen=True)
class Extent(RowSpec):
    """First and last value of the source's timestamp."""

    kind: ClassVar[str] = "extent"
    column: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        time = pl.col(self.column)
        return [pl.len().cast(pl.Int64).alias("total"), time.min().alias("first"), time.max().alias("last")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ExtentProfile:
        return ExtentProfile.merged([self.of_row(row) for row in frame.iter_rows(named=True)] or [ExtentProfile()])

    def of_row(self, row: Mapping[str, Any]) -> ExtentProfile:
        return ExtentProfile(row["total"], row["first"], row["last"])
