"""How the source text of a scalar is read: its slot decides, not YAML's own rules."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from driftline.model import Duration

LONGEST_NUMBER = 40  # characters; more digits than any float holds
FIRST_YEAR, LAST_YEAR = 1900, 2999  # of an instant: in every time zone, and with room to count from it
MAXIMUM_SECONDS = 1000 * 365.25 * 86400
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DURATION = re.compile(r"([+-]?)([0-9]+)(ms|s|mo|m|h|d|w)")
_LOOSE_DURATION = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_UNITS = {
    "ms": "ms", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "m", "min": "m", "mins": "m",
    "minute": "m", "minutes": "m", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "d", "day": "d",
    "days": "d", "w": "w", "week": "w", "weeks": "w", "mo": "mo", "mon": "mo", "month": "mo", "months": "mo",
}  # fmt: skip
_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

EXPECTED: Mapping[str, str] = {
    "text": "a text",
    "secret": "a text",
    "integer": "a whole number",
    "number": "a number",
    "ratio": "a number or a percentage such as `20%`",
    "boolean": "`true` or `false`",
    "duration": "a duration such as `15m`, `6h`, `1d`, `1w` or `1mo`",
    "instant": "an instant such as `2026-07-01` or `2026-07-01T06:00:00Z`",
}

SlotValue = str | int | float | bool | Duration | datetime


@dataclass(frozen=True)
class Unfit:
    """A text that its slot cannot read; `hint` is what may have been meant."""

    hint: str | None = None


def read_text(text: str) -> str | Unfit:
    """Text is kept as it is written."""
    return text


def read_integer(text: str) -> int | Unfit:
    """Digits, with an optional sign."""
    if len(text) <= LONGEST_NUMBER and _INTEGER.fullmatch(text):
        return int(text)
    number = read_number(text)
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return Unfit(f"write `{int(number)}`")
    bare = text.replace(",", "").replace("_", "").strip()
    return Unfit(f"write `{bare}`" if bare != text and _INTEGER.fullmatch(bare) else None)


def read_number(text: str) -> float | Unfit:
    """`12`, `0.5`, `1e-3`; finite."""
    if len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    bare = text.strip().lstrip("<>= ").replace(",", "").replace("_", "")
    if bare.endswith("%") and _NUMBER.fullmatch(bare[:-1]):
        return Unfit(f"write `{float(bare[:-1]) / 100:g}`")
    if text[:1] in (">", "<") and _NUMBER.fullmatch(bare):
        return Unfit(f"write `{'above' if text[0] == '>' else 'below'}: {bare}`")
    return Unfit(f"write `{bare}`" if bare != text and _NUMBER.fullmatch(bare) else None)


def read_ratio(text: str) -> float | Unfit:
    """A number, or a percentage: `20%` is 0.2."""
    if text.endswith("%") and len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text[:-1].rstrip()):
        # The decimal is shifted in the text: 0.07, and not 7 * 0.01 = 0.07000000000000001.
        mantissa, _, exponent = text[:-1].rstrip().lower().partition("e")
        number = float(f"{mantissa}e{int(exponent or 0) - 2}") if len(exponent) < 6 else math.inf
        return number if math.isfinite(number) else Unfit()
    return read_number(text)


def read_boolean(text: str) -> bool | Unfit:
    """`true` or `false`."""
    if text in ("true", "false"):
        return text == "true"
    meant = _BOOLEANS.get(text.lower(), text.lower())
    return Unfit(f"write `{meant}`" if meant in ("true", "false") else None)


def read_duration(text: str) -> Duration | Unfit:
    """A whole number and a unit: ms s m h d w mo. A sign is kept; whether it may be negative is the slot's bound."""
    match = _DURATION.fullmatch(text)
    if match is None or len(text) > LONGEST_NUMBER:
        return Unfit(_duration_hint(text))
    count = int(match.group(2)) * (-1 if match.group(1) == "-" else 1)
    duration = Duration(count, match.group(3))
    return duration if abs(duration.seconds) <= MAXIMUM_SECONDS else Unfit("a duration is at most 1,000 years")


def _duration_hint(text: str) -> str | None:
    match = _LOOSE_DURATION.fullmatch(text.strip()) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        return None
    sign, number, unit = match.groups()
    known = _UNITS.get(unit.lower())
    if not unit:
        return f"add a unit: `{sign}{number}s`, `{sign}{number}m`, `{sign}{number}h` or `{sign}{number}d`"
    if known is None:
        return "the units are ms, s, m, h, d, w and mo"
    if "." not in number:
        return f"write `{sign}{number}{known}`"
    for smaller, factor in {"s": ("ms", 1000), "m": ("s", 60), "h": ("m", 60), "d": ("h", 24), "w": ("d", 7)}.items():
        if smaller == known and (count := float(number) * factor[1]).is_integer():
            return f"write `{sign}{int(count)}{factor[0]}`"
    return "durations are whole numbers; take a smaller unit"


def read_instant(text: str) -> str | Unfit:
    """A date, or RFC 3339; kept as text, since midnight of a date depends on the time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return Unfit()
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return Unfit(f"the year is one from {FIRST_YEAR} to {LAST_YEAR}")
    return text


READERS: Mapping[str, Callable[[str], SlotValue | Unfit]] = {
    "text": read_text,
    "secret": read_text,
    "integer": read_integer,
    "number": read_number,
    "ratio": read_ratio,
    "boolean": read_boolean,
    "duration": read_duration,
    "instant": read_instant,
}

# What stands in for a value that the environment would give, where it is allowed to be missing.
STAND_INS: Mapping[str, SlotValue] = {
    "text": "",
    "secret": "",
    "integer": 1,
    "number": 1.0,
    "ratio": 0.5,
    "boolean": False,
    "duration": Duration(1, "d"),
    "instant": "2000-01-01",
}
