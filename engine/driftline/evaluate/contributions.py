"""What carries the change of a metric: segments, by how their share changed and by how their own value did. Pure.

A metric that is a quotient of sums over rows is the mean of its segments' values, each by its share of the denominator:
of accuracy by its share of the labelled rows, of precision by its share of the alarms. Its change is the sum over
segments of a mix effect (share' - share) x (mean of both values - mean of both metrics) and a rate effect
(value' - value) x (mean of both shares). Source: Kitagawa, Components of a Difference Between Two Rates (1955), with
the overall metric taken off in the mix effect: shares add up to 1, so the sum is the same, and a segment that grows
lowers the metric only if it is worse than the rest (as in the shift-share and Oaxaca-Blinder decompositions).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from driftline.checks.quotient import Quotient

Name = str
Sides = tuple[Quotient, Quotient]  # of the baseline, of the window


@dataclass(frozen=True)
class Effect:
    """One segment's part of a change: what its growing or shrinking did (`mix`), and what its own change (`rate`).

    Shares are those of the denominator; of an amount, where shares say nothing, they are None and all of it is `rate`.
    Values are None of a side that the segment is not on; then what it brings is all mix.
    """

    name: Name
    share_before: float | None
    share_now: float | None
    before: float | None
    now: float | None
    mix: float
    rate: float

    @property
    def total(self) -> float:
        return self.mix + self.rate


@dataclass(frozen=True)
class Decomposition:
    """A change from `before` to `now` as the sum of its segments' effects, the largest first."""

    before: float
    now: float
    effects: tuple[Effect, ...]

    @property
    def change(self) -> float:
        return self.now - self.before


def decompose(whole: Sides, parts: Mapping[Name, Sides], rest: Name) -> Decomposition | str:
    """The change of a quotient as the sum of the effects of disjoint segments; else why it cannot be divided.

    `rest` names the rows that are in none of the segments; it has an effect only where there are such rows.
    """
    before, now = (side.value for side in whole)
    if before is None or now is None:
        return f"the {'baseline' if before is None else 'window'} has no rows that it could be read of"
    if whole[0].root and (before < 0 or now < 0):
        return "a mean of squares below 0 has no root"
    left = _left(whole, parts.values())
    segments = {**parts, rest: left} if left is not None else parts
    make = _amount if whole[0].denominator is None else _share
    effects = [make(name, sides, whole) for name, sides in segments.items()]
    if whole[0].root:
        before, now, effects = _of_roots(sqrt(before), sqrt(now), effects)
    return Decomposition(before, now, tuple(sorted(effects, key=lambda one: (-abs(one.total), one.name))))


ROUNDING = 1e-9  # share of a sum that is taken for what subtracting floats leaves


def _left(whole: Sides, parts: Iterable[Sides]) -> Sides | None:
    """What is in no segment; None where nothing is."""
    left = list(whole)
    for part in parts:
        left = [rest.minus(side) for rest, side in zip(left, part, strict=True)]
    kept = [_without_rounding(rest, side) for rest, side in zip(left, whole, strict=True)]
    nothing = all(not side.numerator and not side.denominator for side in kept)
    return None if nothing else (kept[0], kept[1])


def _without_rounding(rest: Quotient, whole: Quotient) -> Quotient:
    small = (_is_small(rest.numerator, whole.numerator), _is_small(rest.denominator, whole.denominator))
    if rest.denominator is None:
        return Quotient(0.0, None, rest.root) if small[0] else rest
    return Quotient(0.0, 0.0, rest.root) if small[1] else rest


def _is_small(rest: float | None, whole: float | None) -> bool:
    return rest is None or abs(rest) <= ROUNDING * abs(whole or 0.0)


def _amount(name: Name, sides: Sides, _: Sides) -> Effect:
    before, now = sides[0].numerator, sides[1].numerator
    return Effect(name, None, None, before, now, 0.0, now - before)


def _share(name: Name, sides: Sides, whole: Sides) -> Effect:
    """Kitagawa's two effects of one segment."""
    share = [(side.denominator or 0.0) / (all_.denominator or 1.0) for side, all_ in zip(sides, whole, strict=True)]
    value = [side.value for side in sides]
    known = [one for one in value if one is not None]
    if not known:
        return Effect(name, share[0], share[1], None, None, 0.0, 0.0)
    # Where it is on one side only, nothing is known of how it would have done on the other: it is taken to be alike.
    before, now = (known[0] if one is None else one for one in value)
    middle = sum(side.value or 0.0 for side in whole) / 2
    mix = (share[1] - share[0]) * ((before + now) / 2 - middle)
    return Effect(name, share[0], share[1], value[0], value[1], mix, (now - before) * (share[0] + share[1]) / 2)


def _of_roots(before: float, now: float, effects: Sequence[Effect]) -> tuple[float, float, list[Effect]]:
    """Effects on a mean of squares as effects on its root, in proportion: a - b = (a² - b²) / (a + b)."""
    factor = 1 / (before + now) if before + now else 0.0

    def root(value: float | None) -> float | None:
        return None if value is None else sqrt(max(value, 0.0))

    made = [
        Effect(one.name, one.share_before, one.share_now, root(one.before), root(one.now), mix, rate)
        for one in effects
        for mix, rate in [(one.mix * factor, one.rate * factor)]
    ]
    return before, now, made
