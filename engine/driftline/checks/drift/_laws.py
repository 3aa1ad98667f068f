"""Laws of distances when nothing changed: the p-value of a distance, and the distance that is noise.

| law | of | right where |
| --- | --- | --- |
| `ChiSquareLaw` | distances that are Pearson's statistic in the limit (PSI, Jensen-Shannon, …) | every bin is expected `LAW_FROM` times on both sides |
| `KolmogorovLaw` | the largest distance of two CDFs | no value holds more than `TIES` of the rows |
| `NormalLaw` | a difference that is a sum over many rows | said by the check |
| `StudentLaw` | a difference of means, its error estimated | said by the check |

Elsewhere the pooled profile is resampled (`_resampling`).
"""  # noqa: E501

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from driftline.checks.drift._chi_square import chi_square_quantile, chi_square_tail
from driftline.checks.drift._kolmogorov import kolmogorov_quantile, kolmogorov_tail
from driftline.checks.drift._student import student_quantile, student_tail

NOISE = 0.05  # the share of comparisons without drift that exceeds the noise floor
LAW_FROM = 100.0  # expected rows in every bin, on both sides, from which the chi-square law holds far into its tail
TIES = 0.001  # share of the rows that one value may hold before Kolmogorov's law is too careful


@dataclass(frozen=True)
class Null:
    """What nothing but chance does to a distance.

    `p_value` is the probability of one at least as large as the distance that was found; `noise` is the one that chance
    exceeds in one comparison of 20.
    """

    p_value: float
    noise: float


class Law(Protocol):
    """The law of a distance, of its size where it has a sign."""

    def tail(self, distance: float) -> float:
        """Probability of a distance at least as large."""

    def quantile(self, tail: float) -> float:
        """The distance that is exceeded with probability `tail`."""


def by_law(law: Law, distance: float) -> Null:
    """The p-value and the noise floor by a known law."""
    return Null(min(max(law.tail(distance), 0.0), 1.0), law.quantile(NOISE))


@dataclass(frozen=True)
class ChiSquareLaw:
    """`factor` times the distance (`squared`: times its square) is chi-square with `freedom` degrees of freedom."""

    freedom: int
    factor: float
    squared: bool = False

    def tail(self, distance: float) -> float:
        return chi_square_tail(self.factor * (distance * distance if self.squared else distance), self.freedom)

    def quantile(self, tail: float) -> float:
        found = chi_square_quantile(tail, self.freedom) / self.factor
        return math.sqrt(found) if self.squared else found


@dataclass(frozen=True)
class KolmogorovLaw:
    """Kolmogorov's law for samples of `n` and `m` values, with Stephens' correction for finite samples.

    Source: Smirnov (1939); Stephens, JRSS B 32 (1970).
    """

    n: int
    m: int

    @property
    def _scale(self) -> float:
        root = math.sqrt(self.n * self.m / (self.n + self.m))
        return root + 0.12 + 0.11 / root

    def tail(self, distance: float) -> float:
        return kolmogorov_tail(self._scale * distance)

    def quantile(self, tail: float) -> float:
        return min(kolmogorov_quantile(tail) / self._scale, 1.0)


@dataclass(frozen=True)
class NormalLaw:
    """A difference that is normal around 0 with this standard deviation; `continuity` is half a step of its lattice."""

    deviation: float
    continuity: float = 0.0

    def tail(self, distance: float) -> float:
        if self.deviation == 0.0:
            return 1.0
        return math.erfc(max(abs(distance) - self.continuity, 0.0) / self.deviation / math.sqrt(2.0))

    def quantile(self, tail: float) -> float:
        from statistics import NormalDist

        return NormalDist().inv_cdf(1.0 - tail / 2.0) * self.deviation + self.continuity


@dataclass(frozen=True)
class StudentLaw:
    """A difference whose ratio to its estimated `deviation` follows Student's law with `freedom` degrees of freedom."""

    deviation: float
    freedom: float

    def tail(self, distance: float) -> float:
        return student_tail(abs(distance) / self.deviation, self.freedom) if self.deviation else 1.0

    def quantile(self, tail: float) -> float:
        return student_quantile(tail, self.freedom) * self.deviation
