"""What the fairness checks share: the share of positive rows in each group, and how far apart two shares may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from driftline.checks.base import Subject
from driftline.checks.performance._intervals import Z, wilson
from driftline.model import Contribution, Failed, InsufficientData, NoData
from driftline.profiles.cells import CellsProfile
from driftline.profiles.columns import ALIKE

MOST_GROUPS = 200
LEAST = "Rows without which a group is left out: the share of a few rows says little."


@dataclass(frozen=True)
class Group:
    """The rows of one group that are asked about, and how many of them are positive."""

    name: str
    rows: int
    positive: int

    @property
    def share(self) -> float:
        return self.positive / self.rows

    def interval(self, widened: float) -> tuple[float, float]:
        """Wilson's interval of the share, as that of so many fewer rows as its length is widened."""
        return wilson(self.share, self.rows / widened**2)


@dataclass(frozen=True)
class Extremes:
    """The groups with the smallest and the largest share, and the factor that choosing these two of all takes."""

    low: Group
    high: Group
    widened: float
    groups: tuple[Group, ...]
    left_out: int

    def note(self, private: bool) -> str | None:
        said = f"{self.low.name} {self.low.share:.1%}, {self.high.name} {self.high.share:.1%}" if not private else None
        groups = "group" if self.left_out == 1 else "groups"
        few = f"{self.left_out} smaller {groups} left out" if self.left_out else None
        return ", ".join(one for one in (said, few) if one) or None

    def contributions(self, private: bool) -> tuple[Contribution, ...]:
        """How far the share of each group is from that of all, the furthest first; none of a private column."""
        if private:
            return ()
        overall = sum(one.positive for one in self.groups) / sum(one.rows for one in self.groups)
        apart = (Contribution(one.name, one.share - overall) for one in self.groups)
        return tuple(sorted(apart, key=lambda one: (-abs(one.value), one.name)))

    def difference(self) -> tuple[float, float]:
        """The interval of the largest share minus the smallest one.

        Put together from the intervals of both (Newcombe, 1998), which are widened for the choice of the two among all
        by the law of the studentized range (Tukey, 1953).
        """
        low, high = self.low.interval(self.widened), self.high.interval(self.widened)
        value = self.high.share - self.low.share
        below = math.hypot(self.high.share - high[0], low[1] - self.low.share)
        above = math.hypot(high[1] - self.high.share, self.low.share - low[0])
        return max(value - below, 0.0), min(value + above, 1.0)

    def ratio(self) -> tuple[float, float]:
        """The interval of the smallest share over the largest one, which is above 0."""
        low, high = self.low.interval(self.widened), self.high.interval(self.widened)
        value = self.low.share / self.high.share
        if self.low.share == 0:
            return 0.0, min(low[1] / high[0], 1.0)
        down = math.hypot(math.log(self.low.share / low[0]), math.log(high[1] / self.high.share))
        up = math.hypot(math.log(low[1] / self.low.share), math.log(self.high.share / high[0]))
        return value * math.exp(-down), min(value * math.exp(up), 1.0)


def labelled(cells: CellsProfile) -> int:
    """The rows with a target and a prediction, of cells of (group, target, prediction)."""
    return sum(count for cell, count in cells.counts.items() if cell[1] is not None and cell[2] is not None)


def groups_of(cells: CellsProfile, positive: str, target: bool) -> tuple[Group, ...]:
    """The groups by name, from cells of (group, prediction), or of (group, target, prediction) if `target`.

    With the target only rows count whose target is positive. Rows without a group or a prediction are in none.
    """
    rows: dict[str, int] = {}
    hits: dict[str, int] = {}
    for cell, count in cells.counts.items():
        name, prediction = cell[0], cell[-1]
        if name is None or prediction is None or (target and not is_positive(cell[1], positive)):
            continue
        rows[name] = rows.get(name, 0) + count
        hits[name] = hits.get(name, 0) + (count if is_positive(prediction, positive) else 0)
    return tuple(Group(name, rows[name], hits[name]) for name in sorted(rows))


@lru_cache(maxsize=256)
def is_positive(value: str | None, positive: str) -> bool:
    """Whether a class is the positive one; a flag may be logged as 1 or as true."""
    if value is None:
        return False
    alike: Mapping[str, tuple[str, ...]] = {word: words for words in ALIKE for word in words}
    return value.lower() in alike.get(positive.lower(), (positive.lower(),))


def extremes(
    on: Subject, cells: CellsProfile, least: int, target: bool
) -> Extremes | NoData | InsufficientData | Failed:
    """The groups that are furthest apart, or why there is no comparison."""
    if cells.rows == 0:
        return NoData("the window has no rows", rows=0)
    groups = groups_of(cells, on.positive, target)
    if not groups:
        what = "a positive target and a prediction" if target else "a prediction"
        return NoData(f"no row has {on.the_column().name} and {what}", rows=cells.rows)
    if len(groups) > MOST_GROUPS:
        return Failed(
            f"{on.the_column().name} has {len(groups)} groups, more than {MOST_GROUPS}; group its values first"
        )
    large = [one for one in groups if one.rows >= least]
    if len(large) < 2:
        return InsufficientData(f"{len(large)} of {len(groups)} groups have {least} rows or more", rows=cells.rows)
    ranked = sorted(large, key=lambda one: (one.share, one.name))
    return Extremes(ranked[0], ranked[-1], choosing(len(large)), tuple(large), len(groups) - len(large))


@cache
def choosing(groups: int) -> float:
    """By how much an interval of a difference is to be longer when its two are the extremes of so many: 1 for two.

    The 95 % quantile of the range of independent standard normal variables over that of two, by
    halving and by secants, of P(range <= r) = k ∫ φ(z) [Φ(z) - Φ(z - r)]^(k - 1) dz.
    """
    import numpy as np

    z = np.linspace(-8.0, 8.0, 1601)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-each / math.sqrt(2)) for each in z.tolist()])

    def excess(width: float) -> float:
        before = np.array([0.5 * math.erfc(-(each - width) / math.sqrt(2)) for each in z.tolist()])
        return float(groups * np.sum(density * (below - before) ** (groups - 1)) * (z[1] - z[0])) - 0.95

    low, high = 0.0, 16.0
    while high - low > 0.02:
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    last, width = low, high
    missed, missing = excess(last), excess(width)
    while abs(width - last) > 1e-12 and missing != missed:
        last, width = width, width - missing * (width - last) / (missing - missed)
        missed, missing = missing, excess(width)
    return width / (Z * math.sqrt(2.0))
