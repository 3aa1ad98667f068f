"""`moments`: n, mean and M2 of the finite values, with their extremes.

Merged by the updating formula of Chan, Golub and LeVeque (1979), which does not cancel as a sum of squares does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, RowSpec, ScanContext
from driftline.profiles.columns import is_float, number

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class MomentsProfile(Profile):
    """Moments of `count` finite values among `total` rows; `m2` is the sum of squared deviations from the mean."""

    total: int = 0
    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        total = sum(each.total for each in profiles)
        some = [each for each in profiles if each.count]
        if len(some) <= 1:
            only = some[0] if some else profiles[0]
            return cls(total, only.count, only.mean, only.m2, only.minimum, only.maximum)
        count, origin = sum(each.count for each in some), some[0].mean
        mean = origin + sum((each.mean - origin) * each.count / count for each in some)
        m2 = sum(each.m2 + (each.mean - mean) * (each.mean - mean) * each.count for each in some)
        return cls(total, count, mean, m2, min(each.minimum for each in some), max(each.maximum for each in some))

    @property
    def rows(self) -> int:
        return self.total

    @property
    def sum(self) -> float:
        return self.mean * self.count

    def variance(self, ddof: int = 1) -> float:
        """Variance with `ddof` degrees of freedom taken off; NaN with too few values."""
        return self.m2 / (self.count - ddof) if self.count > ddof else math.nan

    def frame(self) -> pl.DataFrame:
        return self.frames([self])[0]

    @classmethod
    def frames(cls, profiles: Sequence[Self]) -> tuple[pl.DataFrame, list[int]]:
        import polars as pl

        names = ("total", "count", "mean", "m2", "minimum", "maximum")
        return pl.DataFrame({name: [getattr(each, name) for each in profiles] for name in names}), [1] * len(profiles)


@dataclass(frozen=True)
class Moments(RowSpec):
    """Moments of a numeric column, or of a SQL expression over columns (`sql`, with the optional filter `where`)."""

    kind: ClassVar[str] = "moments"
    column: str | None = None
    sql: str | None = None
    where: str | None = None

    def columns(self) -> frozenset[str]:
        import polars as pl

        names = {self.column} if self.column else set()
        for text in (self.sql, self.where):
            names |= set(pl.sql_expr(text).meta.root_names()) if text else set()
        return frozenset(name for name in names if name)

    def _value(self, context: ScanContext) -> pl.Expr:
        """The finite values: NaN, infinities and filtered rows become null."""
        import polars as pl

        if self.column is not None:
            value = number(self.column, context)
            finite = value.is_finite() if is_float(self.column, context) else None
        else:
            value = pl.sql_expr(self.sql or "NULL").cast(pl.Float64)
            finite = value.is_finite()
        if self.where is not None:
            keep = pl.sql_expr(self.where)
            finite = keep if finite is None else finite & keep
        return value if finite is None else pl.when(finite).then(value)

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        value = self._value(context)
        return [
            pl.len().cast(pl.Int64).alias("total"),
            value.count().cast(pl.Int64).alias("count"),
            value.mean().alias("mean"),
            value.var(ddof=0).alias("variance"),
            value.min().alias("minimum"),
            value.max().alias("maximum"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> MomentsProfile:
        return MomentsProfile.merged([self.of_row(row) for row in frame.iter_rows(named=True)] or [MomentsProfile()])

    def of_row(self, row: Mapping[str, Any]) -> MomentsProfile:
        count = int(row["count"])
        if count == 0:
            return MomentsProfile(total=int(row["total"]))
        m2 = row["m2"] if "m2" in row else row["variance"] * count
        return MomentsProfile(int(row["total"]), count, row["mean"], m2, row["minimum"], row["maximum"])

    def describe(self) -> str:
        return f"moments({self.column or self.sql})"
