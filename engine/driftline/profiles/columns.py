"""Row-wise expressions that several profiles share: a number from a column of any numeric type, a category as text,
its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from driftline.profiles.base import ScanContext

TRUE, FALSE = ("1", "true"), ("0", "false")
_BLOCK = 65_536
ALIKE = (TRUE, FALSE)  # spellings of one class: a flag may be logged either way


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


def value(name: str, context: ScanContext) -> pl.Expr:
    """The column as Float64 with NaN as null: rules and comparisons do not apply to what holds no value."""
    return number(name, context).fill_nan(None) if is_float(name, context) else number(name, context)


def category(name: str, context: ScanContext) -> pl.Expr:
    """The column as the text of a category: whole floats as integers (`1.0` is `1`), booleans as `true` and `false`.

    NaN is no category: it becomes null.
    """
    import polars as pl

    dtype = context.schema[name]
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if isinstance(dtype, pl.Duration):
        return column.dt.to_string("iso")
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2.0**53)
        integer = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(integer).otherwise(column.fill_nan(None).cast(pl.String))
    return column.cast(pl.String)


def stable_hash(text: pl.Expr) -> pl.Expr:
    """The hash of a text expression that is the same wherever and whenever it is made.

    The plug-in's namespace hangs on its own column class.
    """
    import polars_hash

    made: pl.Expr = polars_hash.HExpr._from_pyexpr(text._pyexpr).nchash.xxhash64()  # type: ignore[attr-defined]
    return made


def mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hash of each integer, of no two the same: SplitMix64. Source: Steele, Lea and Flood, OOPSLA (2014)."""
    import numpy as np

    found = np.empty_like(bits)
    for start in range(0, len(bits), _BLOCK):  # a block stays in the cache
        block = bits[start : start + _BLOCK] + np.uint64(0x9E3779B97F4A7C15)
        block ^= block >> np.uint64(30)
        block *= np.uint64(0xBF58476D1CE4E5B9)
        block ^= block >> np.uint64(27)
        block *= np.uint64(0x94D049BB133111EB)
        block ^= block >> np.uint64(31)
        found[start : start + _BLOCK] = block
    return found


def is_positive(name: str, positive: str, context: ScanContext) -> pl.Expr:
    """Whether the category is the positive class (null and NaN stay null); `1` also means `true`, `0` also `false`."""
    import polars as pl

    dtype = context.schema[name]
    column = pl.col(name)
    alike = next((words for words in ALIKE if positive.lower() in words), (positive,))
    if dtype == pl.Boolean:
        if alike == TRUE:
            return column
        return ~column if alike == FALSE else column & False
    if dtype.is_numeric():
        wanted = [float(word) for word in alike if is_number(word)]
        known = column.fill_nan(None) if dtype.is_float() else column
        return known == wanted[0] if wanted else known != known
    text = column.cast(pl.String)
    return text.str.to_lowercase().is_in(alike) if alike in ALIKE else text == positive


def is_number(text: str) -> bool:
    """Whether a text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
