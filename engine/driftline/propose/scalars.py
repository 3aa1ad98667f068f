"""Values as YAML text and as words: quoting, numbers, durations, shares."""

from __future__ import annotations

import math
import re

from driftline.config.reader import FORBIDDEN

_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./ +*-]*(?<! )")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", ".", "..", "none"}
_NUMBER = re.compile(r"[.]?[0-9]|[.](inf|nan)", re.IGNORECASE)

_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_DURATIONS = (
    (60, "1m"), (300, "5m"), (900, "15m"), (1800, "30m"), (3600, "1h"), (7200, "2h"), (10800, "3h"), (21600, "6h"),
    (43200, "12h"), (86400, "1d"), (129600, "36h"), (172800, "2d"), (259200, "3d"), (432000, "5d"), (604800, "7d"),
    (864000, "10d"), (1209600, "14d"), (1814400, "21d"), (2592000, "30d"), (3888000, "45d"), (5184000, "60d"),
    (7776000, "90d"), (10368000, "120d"), (15552000, "180d"), (31536000, "365d"),
)  # fmt: skip


def quoted(text: str) -> str:
    """A text as a YAML scalar that any slot reads as it is, also inside of braces; `${` is kept from substitution."""
    return as_key(text.replace("${", "$${"))


def as_key(text: str) -> str:
    """A text as a key of a map."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED and not _NUMBER.match(text):
        return text
    if '"' in text and text.isprintable():
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    import yaml

    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=1 << 30)
    return written.removesuffix("\n")


def as_glob(name: str) -> str:
    """A column's name where globs are read: its own signs stand for themselves, and `?` for what no file may hold."""
    return FORBIDDEN.sub("?", re.sub(r"([*?\[])", r"[\1]", name))


def in_comment(text: str) -> str:
    """A name inside of a comment: on one line, and not without end."""
    shown = "".join(sign if sign.isprintable() else "·" for sign in text)
    return shown if len(shown) <= 40 else shown[:39] + "…"


def sql_name(name: str) -> str:
    """A column or table in SQL."""
    return name if _IDENTIFIER.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def number(value: float) -> str:
    """A number as a person writes it."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"


def shown(value: float) -> str:
    """A measured number in a comment: three or four digits."""
    if abs(value) >= 1e9:
        return f"{value:.3g}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def share(value: float) -> str:
    """A share in a comment; not 0 % or 100 % where it is only near it."""
    if value in (0.0, 1.0):
        return f"{value:.0%}".replace("%", " %")
    percent = value * 100
    if percent < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if percent > 99.9 else f"{percent:.1f} %"


def rounded(value: float, up: bool) -> float:
    """The next number that people would choose as a limit, away from zero or towards it as `up` asks."""
    if value == 0:
        return 0.0
    if value < 0:
        return -rounded(-value, not up)
    scale = 10.0 ** math.floor(math.log10(value))
    steps = [step * scale for step in _STEPS]
    tolerance = value * 1e-9
    chosen = (
        next((s for s in steps if s >= value - tolerance), steps[-1])
        if up
        else max((s for s in steps if s <= value + tolerance), default=steps[0])
    )
    return float(f"{chosen:.6g}")


def duration(seconds: float) -> str:
    """The next duration that people would choose, not shorter than `seconds`."""
    for limit, text in _DURATIONS:
        if seconds <= limit:
            return text
    return f"{math.ceil(seconds / 86400)}d"


def length(seconds: float) -> str:
    """A measured time in words."""
    for unit, name in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * unit or (name != "days" and seconds >= unit):
            return f"{seconds / unit:.1f} {name}".replace(".0 ", " ")
    return f"{seconds:.0f} s"
