"""From a number to a reading: what cannot be shown as a number fails with its reason instead of becoming a gap."""

from __future__ import annotations

import math
from typing import Any

from driftline.model import Failed, NoData, Value


def finite(value: float, **parts: Any) -> Value | Failed:
    """A `Value` (with `bound`, `rows`, … as given), or Failed where the arithmetic left the range of a double."""
    if not math.isfinite(value):
        return Failed("the result is beyond the range of a double; the values are too large to sum")
    return Value(float(value), **parts)


def no_rows(what: str = "the window") -> NoData:
    """Nothing to measure: not a single row."""
    return NoData(f"{what} has no rows", rows=0)


def all_missing(column: str, rows: int) -> NoData:
    """Nothing to measure: rows, but not one value."""
    return NoData(f"{column} holds no value in {rows} rows", rows=rows)


def no_numbers(column: str, rows: int) -> NoData:
    """Nothing to measure: no finite number, among so many rows."""
    return NoData(f"{column} holds no finite number in {rows} rows", rows=rows) if rows else no_rows()
