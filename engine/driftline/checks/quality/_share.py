"""A share of rows with its uncertainty."""

from __future__ import annotations

from driftline.checks.performance._intervals import error_of, wilson
from driftline.model import Value


def share_of(part: float, rows: int, *, shown: float = 1.0, bound: float = 0.0, note: str | None = None) -> Value:
    """The share of `part` among `rows` independent rows, with Wilson's interval and the standard error of that.

    Where only a share of what counts is `shown`, the share is divided by it, and is 1 at most.
    """
    ends = wilson(part / rows, rows)
    value, low, high = (min(each / shown, 1.0) for each in (part / rows, *ends))
    interval = min(low, value), max(high, value)
    return Value(value, bound=bound, rows=rows, interval=interval, standard_error=error_of(interval), note=note)
