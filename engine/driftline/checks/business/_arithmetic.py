"""Arithmetic over aggregates: the tree that a metric's SQL becomes, and its value in SQL's three-valued logic.

A part without a value (NULL, x/0) carries its reason up, so that the reading can say why there is no number. Truth is
1 and 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Missing:
    """SQL's NULL, with the reason."""

    reason: str


Number = float | Missing
Given = Mapping[str, Number]  # aggregate as written -> its value


Growth = float | None  # the power of the length of time: 1 of a sum, 0 of a share; None: another law
Growths = Mapping[str, Growth]  # aggregate as written -> its growth


class Node(Protocol):
    """A part of the expression."""

    def value(self, given: Given) -> Number:
        """Its value, given those of the aggregates."""

    def growth(self, given: Growths) -> Growth:
        """How it grows with the length of time that is read, given how the aggregates do."""


def _common(parts: tuple[Node, ...], given: Growths) -> Growth:
    """The growth that all parts share; a part that is always 0 fits any."""
    found = {part.growth(given) for part in parts if not (isinstance(part, Constant) and part.number == 0.0)}
    return found.pop() if len(found) == 1 else (0.0 if not found else None)


@dataclass(frozen=True)
class Constant:
    """A number, or NULL."""

    number: Number

    def value(self, given: Given) -> Number:
        return self.number

    def growth(self, given: Growths) -> Growth:
        return 0.0


@dataclass(frozen=True)
class Reference:
    """An aggregate."""

    name: str

    def value(self, given: Given) -> Number:
        return given[self.name]

    def growth(self, given: Growths) -> Growth:
        return given[self.name]


@dataclass(frozen=True)
class Operation:
    """`function` (a key of `FUNCTIONS`) of parts that must all have a value."""

    function: str
    parts: tuple[Node, ...]
    text: str  # as written

    def value(self, given: Given) -> Number:
        numbers: list[float] = []
        for part in self.parts:
            number = part.value(given)
            if isinstance(number, Missing):
                return number
            numbers.append(number)
        try:
            return FUNCTIONS[self.function](*numbers)
        except ZeroDivisionError:
            return Missing(f"the denominator of {self.text} is 0")
        except ValueError:
            return Missing(f"{self.text} is not defined for {', '.join(f'{n:g}' for n in numbers)}")
        except OverflowError:
            return math.inf

    def growth(self, given: Growths) -> Growth:
        if self.function in ("add", "subtract", "negate", "abs", "same", "greatest", "least"):
            return _common(self.parts, given)
        found = [part.growth(given) for part in self.parts]
        powers = [power for power in found if power is not None]
        if len(powers) < len(found):
            return None
        if self.function == "multiply":
            return sum(powers)
        if self.function == "divide":
            return powers[0] - powers[1]
        return 0.0 if not any(powers) else None


@dataclass(frozen=True)
class Coalesce:
    """The first part that has a value."""

    parts: tuple[Node, ...]

    def value(self, given: Given) -> Number:
        found: Number = Missing("COALESCE has no part with a value")
        for part in self.parts:
            found = part.value(given)
            if not isinstance(found, Missing):
                return found
        return found

    def growth(self, given: Growths) -> Growth:
        return _common(self.parts, given)


@dataclass(frozen=True)
class NullIf:
    """The first part, without a value where it equals the second."""

    part: Node
    other: Node
    text: str

    def value(self, given: Given) -> Number:
        number = self.part.value(given)
        return Missing(f"{self.text} is NULL") if number == self.other.value(given) else number

    def growth(self, given: Growths) -> Growth:
        return self.part.growth(given)


@dataclass(frozen=True)
class IsNull:
    """Whether the part has no value."""

    part: Node

    def value(self, given: Given) -> Number:
        return float(isinstance(self.part.value(given), Missing))

    def growth(self, given: Growths) -> Growth:
        return 0.0


@dataclass(frozen=True)
class Logic:
    """AND (`decides` 0) or OR (`decides` 1): one part with that truth decides, whatever the others are."""

    decides: float
    parts: tuple[Node, ...]

    def value(self, given: Given) -> Number:
        values = [part.value(given) for part in self.parts]
        if any(not isinstance(v, Missing) and bool(v) == bool(self.decides) for v in values):
            return self.decides
        return next((v for v in values if isinstance(v, Missing)), 1.0 - self.decides)

    def growth(self, given: Growths) -> Growth:
        return 0.0


@dataclass(frozen=True)
class Case:
    """The part behind the first condition that is true."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node

    def value(self, given: Given) -> Number:
        for condition, part in self.branches:
            truth = condition.value(given)
            if not isinstance(truth, Missing) and truth:
                return part.value(given)
        return self.otherwise.value(given)

    def growth(self, given: Growths) -> Growth:
        return _common((*(part for _, part in self.branches), self.otherwise), given)


def _divide(left: float, right: float) -> float:
    return left / right


def _round(number: float, digits: float = 0.0) -> float:
    """Half away from zero, as SQL does, not half to even."""
    scale = 10.0 ** int(digits)
    scaled = abs(number) * scale
    return math.copysign(math.floor(scaled + 0.5) / scale, number) if math.isfinite(scaled) else number


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "remainder": math.fmod,
    "negate": lambda a: -a,
    "abs": abs,
    "round": _round,
    "ln": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "greatest": max,
    "least": min,
    "same": lambda a: a,
    "not": lambda a: float(not a),
    "equal": lambda a, b: float(a == b),
    "unequal": lambda a, b: float(a != b),
    "less": lambda a, b: float(a < b),
    "at most": lambda a, b: float(a <= b),
    "more": lambda a, b: float(a > b),
    "at least": lambda a, b: float(a >= b),
}
