"""Row-wise expressions that several profiles share: a number from a column of any numeric type, a category as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from driftline.profiles.base import ScanContext


def number(name: str, context: ScanContext) -> pl.Expr:
    """The column as Float64; instants become seconds since 1970-01-01 UTC, booleans 0 and 1."""
    import polars as pl

    dtype = context.schema[name]
    column = pl.col(name)
    if dtype == pl.Float64:
        return column
    if isinstance(dtype, pl.Datetime):
        return column.dt.epoch("us").cast(pl.Float64) / 1e6
    if dtype == pl.Date:
        return column.dt.epoch("d").cast(pl.Float64) * 86400.0
    if isinstance(dtype, pl.Duration):
        return column.dt.total_microseconds().cast(pl.Float64) / 1e6
    return column.cast(pl.Float64)


def is_float(name: str, context: ScanContext) -> bool:
    """Whether the column can hold NaN and infinities."""
    return context.schema[name].is_float()


def category(name: str, context: ScanContext) -> pl.Expr:
    """The column as the text of a category: whole floats as integers (`1.0` is `1`), booleans as `true` and `false`."""
    import polars as pl

    dtype = context.schema[name]
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2.0**53)
        return pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
    return column.cast(pl.String)


def is_positive(name: str, positive: str, context: ScanContext) -> pl.Expr:
    """Whether the category is the positive class (null stays null); `1` also means `true`."""
    import polars as pl

    dtype = context.schema[name]
    column = pl.col(name)
    if dtype == pl.Boolean:
        return column if positive.lower() in ("1", "true") else ~column
    if dtype.is_numeric():
        return column == float(positive) if _is_number(positive) else pl.when(column.is_not_null()).then(False)
    return column.cast(pl.String) == positive


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
