"""A number against a threshold: which level it breaches, and by which bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from driftline.config.document import Bounds, Threshold
from driftline.evaluate.wording import compared_unit, say
from driftline.model import Severity


@dataclass(frozen=True)
class Level:
    """The outcome: a severity (None: no breach), the bound that decided or lies nearest, and whether it recovered."""

    severity: Severity | None
    limit: str | None
    recovered: bool
    margin: float | None = None  # distance to the nearest bound, relative to it; 0 beyond it


def level(value: float, threshold: Threshold, unit: str) -> Level:
    """The worst level that a number breaches; bounds are strict."""
    unit = compared_unit(threshold.compare, unit)
    for severity, bounds in ((Severity.CRITICAL, threshold.critical), (Severity.WARNING, threshold.warning)):
        broken = _broken(value, bounds)
        if broken is not None:
            return Level(severity, _limit(*broken, unit), recovered=False, margin=0.0)
    nearest = _nearest(value, threshold)
    recovered = _recovered(value, threshold.recovery)
    if nearest is None:
        return Level(None, None, recovered)
    sign, bound = nearest
    margin = abs(bound - value) / (abs(bound) or 1.0) if math.isfinite(value) else None
    return Level(None, _limit(sign, bound, unit), recovered, margin)


def beyond(value: float, threshold: Threshold) -> float | None:
    """How far a number is beyond the mildest of the bounds that it breaches, negative within them; None without any."""
    bounds = [each for each in (threshold.warning, threshold.critical) if each is not None]
    above = [each.above for each in bounds if each.above is not None]
    below = [each.below for each in bounds if each.below is not None]
    found = ([value - min(above)] if above else []) + ([max(below) - value] if below else [])
    return max(found, default=None)


@cache
def _limit(sign: str, bound: float, unit: str) -> str:
    """A bound in words: there are few of them, for many numbers."""
    return f"{sign} {say(bound, unit)}"


def _broken(value: float, bounds: Bounds | None) -> tuple[str, float] | None:
    if bounds is None:
        return None
    if bounds.above is not None and value > bounds.above:
        return ">", bounds.above
    if bounds.below is not None and value < bounds.below:
        return "<", bounds.below
    return None


def _nearest(value: float, threshold: Threshold) -> tuple[str, float] | None:
    """The bound that would be breached first, and on which side it lies."""
    signs = [
        (sign, bound)
        for bounds in (threshold.warning, threshold.critical)
        if bounds is not None
        for sign, bound in ((">", bounds.above), ("<", bounds.below))
        if bound is not None
    ]
    if not signs:
        return None
    return min(signs, key=lambda pair: abs(pair[1] - value))


def _recovered(value: float, recovery: Bounds | None) -> bool:
    """Whether every recovery bound holds; without one, that no level is breached is enough."""
    if recovery is None:
        return True
    below = recovery.below is None or value < recovery.below
    above = recovery.above is None or value > recovery.above
    return below and above
