"""Bounds as they are written: in percent, as a length of time or as a plain number, and rounded in that. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

from driftline.compile.graph import MonitorPlan
from driftline.config.document import Document, Threshold
from driftline.errors import Place
from driftline.evaluate.wording import compared_unit
from driftline.model import Duration
from driftline.schema.slots import Unfit, read_duration, read_ratio

DIGITS = 2
_WRITTEN = re.compile(r"[^\s,}\]#]+")
_SUFFIX = re.compile(r"[0-9.]\s*(%|ms|s|mo|m|h|d|w)$")
_LENGTHS = ("d", "h", "m", "s")


@dataclass(frozen=True)
class Spelling:
    """In what a bound is written: `%`, a unit of time, or nothing; `text` is the bound as it stands in the file."""

    unit: str = ""
    text: str | None = None

    def rounded(self, value: float, *, up: bool) -> str:
        """Two significant digits, not below (`up`) or not above the value; lengths of time in whole units."""
        if self.unit in ("", "%"):
            exact = Decimal(repr(value)) * (100 if self.unit == "%" else 1)
            return f"{_digits(exact, up=up)}{self.unit}"
        unit = self.unit if abs(value) >= Duration(1, self.unit).seconds else _fitting(value)
        exact = Decimal(repr(value)) / Decimal(repr(Duration(1, unit).seconds))
        whole = exact.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
        return f"{_digits(whole, up=up)}{unit}"

    def exact(self, value: float) -> str:
        """A bound that nobody moved: as it stands in the file, else with all its digits."""
        if self.text is not None:
            return self.text
        if self.unit in ("", "%"):
            plain = f"{Decimal(repr(value)) * (100 if self.unit == '%' else 1):f}"
            return f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain}{self.unit}"
        unit = self.unit if value % Duration(1, self.unit).seconds == 0 else "ms"
        return f"{round(value / Duration(1, unit).seconds)}{unit}"


def number(text: str) -> float:
    """What a bound means that `Spelling` wrote."""
    found = read_duration(text) if text[-1].isalpha() else read_ratio(text)
    if isinstance(found, Unfit):
        raise ValueError(f"{text} is no bound")
    return found.seconds if isinstance(found, Duration) else found


def _digits(value: Decimal, *, up: bool) -> str:
    if value == 0:
        return "0"
    step = Decimal(1).scaleb(value.adjusted() - DIGITS + 1)
    text = f"{value.quantize(step, ROUND_CEILING if up else ROUND_FLOOR):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fitting(value: float) -> str:
    """The largest unit of which there are two at least."""
    return next((unit for unit in _LENGTHS if abs(value) >= 2 * Duration(1, unit).seconds), "s")


Spellings = Callable[[str, str], Spelling]  # of a level ("warning", "critical", "recovery") and a side


def spellings(document: Document, plan: MonitorPlan) -> Spellings:
    """How the bounds of a plan's threshold are written; where they are not, as is usual for what is compared."""
    path, usual = _path(plan), _usual(plan.threshold, plan)

    def of(level: str, side: str) -> Spelling:
        place = document.places.get((*path, level, side)) if path is not None else None
        text = _text_at(place) if place is not None else None
        if text is None:
            return Spelling(usual)
        found = _SUFFIX.search(text)
        return Spelling(found[1] if found is not None else "", text)

    return of


def _usual(threshold: Threshold, plan: MonitorPlan) -> str:
    unit = compared_unit(threshold.compare, plan.unit)
    if unit in ("ratio", "change"):
        return "%"
    if unit != "seconds":
        return ""
    bounds = [b for each in (threshold.warning, threshold.critical) if each for b in (each.above, each.below) if b]
    return _fitting(min(map(abs, bounds), default=1.0))


def _path(plan: MonitorPlan) -> tuple[str | int, ...] | None:
    """Where the threshold stands that holds for a plan; None where it is a default of the check or of a preset."""
    if plan.derivation is None:
        return None
    for override in reversed(plan.derivation.overrides):
        if "threshold" in override.settings:
            return _named(override.settings["threshold"], ("overrides", override.index, "set", "threshold"))
    written = plan.derivation.written
    return _named(written.threshold, ("monitors", written.name, "threshold"))


def _named(given: object, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if given is None:
        return None
    return ("thresholds", given) if isinstance(given, str) else path


def _text_at(place: Place) -> str | None:
    """The scalar that starts at a place; None where the file cannot be read again, or does not hold a bound there."""
    try:
        line = Path(place.file).read_text("utf-8-sig").splitlines()[place.line - 1]
    except (OSError, ValueError, IndexError):
        return None
    found = _WRITTEN.match(line, place.column - 1)
    text = found[0].strip("\"'") if found is not None else ""
    try:
        return text if text and math.isfinite(number(text)) else None
    except ValueError:
        return None
