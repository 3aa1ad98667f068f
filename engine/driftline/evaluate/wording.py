"""Numbers for people."""

from __future__ import annotations

import math

from driftline.model import Result

PLAIN = ("number", "column", "value")  # units that are not said
LEAST = 1e-300  # of p-values: a float can hardly tell smaller ones from 0


def say(value: float, unit: str) -> str:
    """A number with the digits that matter: ratios and changes in percent, seconds as a length of time.

    Any other unit, such as that of a metric, stands behind the number.
    """
    if unit == "change":
        return f"{value:+.1%}"
    if unit == "ratio":
        return f"{value:.2%}" if abs(value) < 0.1 else f"{value:.1%}"
    if unit == "seconds":
        return length(value)
    if unit == "rows":
        return f"{value:,.0f}"
    return plain(value) if unit in PLAIN else f"{plain(value)} {unit}"


def part(value: float, unit: str | None) -> str:
    """A part of a change, with its sign: of a ratio in points of a percent."""
    if unit == "ratio":
        return f"{100 * value:+.3g} pp"
    sign = "" if value < 0 else "+"
    return sign + say(value, unit if unit in ("rows", "seconds") else "number")


def share_of(part: int, whole: int) -> str:
    """A share of rows in whole percents, rounded down: 100% are all of them, and what is not enough never looks so."""
    percents = 100 * part // whole
    return f"{percents}%" if percents or not part else f"{math.floor(10_000 * part / whole) / 100:.2g}%"


def chance_text(one: Result) -> str:
    """What chance does: `noise floor 0.012` of a distance, `95% interval 69.1% … 70.2%` of a metric."""
    unit = one.unit or "number"
    said = [f"noise floor {say(one.noise, unit)}"] if one.noise is not None else []
    said += (
        [f"95% interval {say(one.interval[0], unit)} … {say(one.interval[1], unit)}"]
        if one.interval is not None
        else []
    )
    return ", ".join(said)


def labels_text(one: Result) -> str:
    """`labels 87%` of a verdict on rows of which some have no label; nothing where that is its value, or all have one.

    What stopped for want of labels says so itself.
    """
    if one.compared is None or not one.rows or one.labelled_rows is None or one.labelled_rows >= one.rows:
        return ""
    said = share_of(one.labelled_rows, one.rows)
    return "" if one.value == one.labelled_rows / one.rows else f"labels {said}"


def compared_unit(compare: str, unit: str) -> str:
    """The unit of what a threshold sees: of a comparison by `change` or `deviations` not that of the reading."""
    return compare if compare in ("change", "deviations") else unit


def plain(value: float) -> str:
    """Four significant digits, thousands apart, no exponent where it can be avoided."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1e7 or abs(value) < 1e-4:
        return f"{value:.3g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def probability(value: float) -> str:
    """A p-value; none is 0, but some are too small to be told from it."""
    return f"< {LEAST:.0e}" if value < LEAST else plain(value)


def counted(number: int, noun: str) -> str:
    """`1 window`, `3 windows`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def length(seconds: float) -> str:
    """A length of time in its two largest units: `2 d 5 h`, `3 h 20 m`, `45 s`."""
    if seconds < 0:
        return "-" + length(-seconds)
    if seconds < 60:
        return f"{seconds:.3g} s"
    days, rest = divmod(round(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    parts = [(days, "d"), (hours, "h"), (minutes, "m")]
    first = next(at for at, (count, _) in enumerate(parts) if count or at == 2)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 m"
