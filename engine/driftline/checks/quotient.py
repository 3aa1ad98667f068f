"""Values that are a quotient of two sums over rows: a change of one is divided among segments of the rows exactly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quotient:
    """`numerator` / `denominator`, both sums over rows; without a denominator an amount, the numerator alone.

    The value of the check goes with it in proportion (an amount per second), or is its `root`.
    """

    numerator: float
    denominator: float | None
    root: bool = False

    @property
    def value(self) -> float | None:
        """The quotient itself; None where the denominator is 0."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None

    def minus(self, other: Quotient) -> Quotient:
        """That of the rows which `other` is not of."""
        whole, part = self.denominator, other.denominator
        rest = None if whole is None or part is None else whole - part
        return Quotient(self.numerator - other.numerator, rest, self.root)
