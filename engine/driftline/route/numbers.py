"""Numbers and times as people read them in a notice."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def number(value: float, unit: str | None = None) -> str:
    """A value with four significant digits: a ratio as a percentage, seconds as hours, thousands set apart."""
    if math.isnan(value) or math.isinf(value):
        return str(value)
    if unit == "ratio":
        return f"{_digits(value * 100)} %"
    if unit in ("seconds", "s"):
        return duration(value)
    text = _digits(value)
    return text if unit in (None, "", "value", "count", "rows") else f"{text} {unit}"


def duration(seconds: float) -> str:
    """A length of time in the largest unit that it fills twice, so that freshness reads in hours: `30.2 h`, `3 d`."""
    size = abs(seconds)
    for length, name in _UNITS:
        if size >= 2 * length:
            return f"{_digits(seconds / length, 3)} {name}"
    return f"{_digits(seconds, 3)} s"


def instant(moment: datetime) -> str:
    """`2013-07-15 04:00 UTC`, with seconds only where there are some."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S UTC" if utc.second else "%Y-%m-%d %H:%M UTC")


def _digits(value: float, significant: int = 4) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10**significant:
        return f"{value:,.0f}"
    if abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:.{significant}g}"
