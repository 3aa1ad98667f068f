"""Which arithmetic over aggregates is a quotient of sums over rows, so that its change is that of its segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.checks.business._arithmetic import Constant, Missing, Node, Operation, Reference
from driftline.checks.quotient import Quotient

Sums = Mapping[str, Quotient | None]  # aggregate as written -> it as a sum or a mean; None: it is neither


def as_quotient(node: Node, sums: Sums) -> Quotient | None:
    """The quotient that an expression is; None where it is none, and for a number without rows."""
    found = _part(node, sums)
    return found if isinstance(found, Quotient) else None


def _part(node: Node, sums: Sums) -> Quotient | float | None:
    """A quotient, a plain number, or None."""
    if isinstance(node, Constant):
        return None if isinstance(node.number, Missing) else node.number
    if isinstance(node, Reference):
        return sums[node.name]
    if not isinstance(node, Operation):
        return None
    parts = [_part(part, sums) for part in node.parts]
    if any(part is None for part in parts):
        return None
    if node.function == "same":
        return parts[0]
    if node.function == "negate":
        return _times(parts[0], -1.0)
    if len(parts) != 2 or node.function not in _PAIRS:
        return None
    return _PAIRS[node.function](*parts)


def _times(one: Quotient | float | None, other: Quotient | float | None) -> Quotient | float | None:
    if isinstance(one, Quotient) and isinstance(other, float):
        return replace(one, numerator=one.numerator * other)
    if isinstance(one, float) and isinstance(other, Quotient):
        return _times(other, one)
    return one * other if isinstance(one, float) and isinstance(other, float) else None


def _over(one: Quotient | float | None, other: Quotient | float | None) -> Quotient | float | None:
    """An amount over an amount is a quotient; over a number it stays what it is."""
    if isinstance(other, float):
        return _times(one, 1.0 / other) if other else None
    if isinstance(one, Quotient) and isinstance(other, Quotient) and one.denominator is other.denominator is None:
        return Quotient(one.numerator, other.numerator)
    return None


def _plus(one: Quotient | float | None, other: Quotient | float | None) -> Quotient | float | None:
    """Amounts add up; a number is added to every part of a mean."""
    if isinstance(one, float) and isinstance(other, float):
        return one + other
    if isinstance(one, float):
        return _plus(other, one)
    if isinstance(one, Quotient) and isinstance(other, float):
        return None if one.denominator is None else replace(one, numerator=one.numerator + other * one.denominator)
    if isinstance(one, Quotient) and isinstance(other, Quotient) and one.denominator is other.denominator is None:
        return Quotient(one.numerator + other.numerator, None)
    return None


_PAIRS = {
    "add": _plus,
    "subtract": lambda one, other: _plus(one, _times(other, -1.0)),
    "multiply": _times,
    "divide": _over,
}
