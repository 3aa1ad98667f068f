"""Row-wise expressions of the rows' weights, for profiles that keep weighted sums beside their counts of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.profiles.columns import number

if TYPE_CHECKING:
    import polars as pl

    from driftline.profiles.base import ScanContext


def weight(name: str, context: ScanContext) -> pl.Expr:
    """The weight of each row, null where it is none: missing, NaN, infinite or negative."""
    import polars as pl

    given = number(name, context)
    return pl.when(given.is_finite() & (given >= 0)).then(given)


def weighed(column: pl.Expr, name: str | None, context: ScanContext) -> pl.Expr:
    """The column, null in rows without a weight: they count as rows without a label."""
    import polars as pl

    return column if name is None else pl.when(weight(name, context).is_not_null()).then(column)


def weight_sums(name: str | None, context: ScanContext) -> list[pl.Expr]:
    """The sums of the weights and of their squares; nothing where no column holds a weight."""
    if name is None:
        return []
    each = weight(name, context)
    return [each.sum().alias("weights"), (each * each).sum().alias("squares")]
