"""Which parts of the rows changed otherwise than the rows beside them, corrected for all that were looked at. Pure.

A part of one column is held against all other rows. One of two columns is held against the rest of either of its
parents, and has to differ from both: an intersection-union test, whose p-value is the larger of the two (Berger,
Multiparameter Hypothesis Testing and Acceptance Sampling, 1982). All p-values are corrected by Bonferroni, with half of
alpha for either depth: if nothing changed anywhere, the chance that anything is named is at most alpha, however the
parts overlap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from driftline.discovery.change import Change
from driftline.discovery.tables import Key, Tables, columns_of
from driftline.evaluate.significance import change_p_value


@dataclass(frozen=True)
class Hit:
    """A cell that changed otherwise than the rows beside it; `p_adjusted` is for all cells that were looked at."""

    key: Key
    change: Change
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class Searched:
    """What a search came to: the cells found, those explained by one of them, and how many were looked at by depth."""

    hits: Sequence[Hit]
    explained: Mapping[Key, Key]
    looked_at: Mapping[int, int]


@dataclass(frozen=True, eq=False)
class Search:
    """`bad` is the direction in which the metric is worse: below | above | either."""

    tables: Tables
    bad: str
    alpha: float

    def run(self) -> Searched:
        """Every cell looked at, those that pass corrected, and of these those that no other explains."""
        singles, crossed = list(self._singles()), list(self._crossed())
        looked_at = {1: len(singles)} | ({2: len(crossed)} if self.tables.depth > 1 else {})
        depths = sum(count > 0 for count in looked_at.values())
        hits = [
            *self._passing(singles, len(singles) * depths),
            *self._passing(crossed, len(crossed) * depths),
        ]
        # The strongest first: what is weaker may be its shadow, and never the other way round.
        hits.sort(key=lambda hit: (hit.p_value, -len(hit.key), hit.key))
        kept: list[Hit] = []
        explained: dict[Key, Key] = {}
        for hit in hits:
            tests = looked_at[len(hit.key)] * depths
            by = next((one.key for one in kept if self._explains(one.key, hit.key, tests)), None)
            if by is None:
                kept.append(hit)
            else:
                explained[hit.key] = by
        return Searched(kept, explained, looked_at)

    # What is looked at ---------------------------------------------------------------------------------------------

    def _singles(self) -> Iterator[Key]:
        """The parts of one column that have enough rows, as have the others."""
        for column in self.tables.parts:
            for key in self.tables.cells((column,)):
                if self._is_readable(key) and self._leaves_enough(key, ()):
                    yield key

    def _crossed(self) -> Iterator[Key]:
        """The parts of two columns that have enough rows, as has the rest of either parent."""
        for columns in self.tables.pairs():
            for key in self.tables.cells(columns):
                if self._is_readable(key) and all(self._leaves_enough(key, (one,)) for one in key):
                    yield key

    def _is_readable(self, key: Key) -> bool:
        return self.tables.is_named(key) and self.tables.change(key) is not None

    def _leaves_enough(self, key: Key, parent: Key) -> bool:
        """Whether a parent has enough rows besides those of its cell, on either side."""
        cell, outer, least = self.tables.change(key), self.tables.change(parent), self.tables.reader.min_rows
        if cell is None or outer is None:
            return False
        before = (outer.baseline_rows or 0) - (cell.baseline_rows or 0)
        return outer.rows - cell.rows >= least and (outer.baseline_rows is None or before >= least)

    # What passes ---------------------------------------------------------------------------------------------------

    def _passing(self, keys: Sequence[Key], tests: int) -> Iterator[Hit]:
        for key in keys:
            change = self.tables.change(key)
            if change is None or not self._may_pass(key, change, tests):
                continue
            p_value = max((self._p_value(change, beside) for beside in self._beside(key)), default=1.0)
            adjusted = min(p_value * tests, 1.0)
            if adjusted <= self.alpha:
                yield Hit(key, change, p_value, adjusted)

    def _beside(self, key: Key) -> Iterator[Change | None]:
        """What a cell is held against."""
        if len(key) == 1:
            yield self.tables.elsewhere(key)
        else:
            for one in key:
                yield self.tables.beside(key, (one,))

    def _p_value(self, change: Change, beside: Change | None) -> float:
        """1 where a cell is not the worse one."""
        if beside is None or not self._is_worse(change, beside):
            return 1.0
        return change.p_value(beside)

    def _is_worse(self, change: Change, beside: Change) -> bool:
        """Whether the metric went the bad way, and further than beside; where nothing is compared, lies there."""
        if self.bad == "either":
            return True
        sign = -1.0 if self.bad == "below" else 1.0
        went = change.before is None or sign * change.size > 0
        return went and sign * (change.size - beside.size) > 0

    def _may_pass(self, key: Key, change: Change, tests: int) -> bool:
        """Whether a cell can pass at all: it differs from its parents, by its own error, more than chance allows.

        This only saves the reading of what is beside thousands of cells. A parent is a mean of the cell and the rest,
        so that the rest lies 1 / (1 - share) times as far off; another half is left to what is no mean.
        """
        for outer in [()] if len(key) == 1 else [(one,) for one in key]:
            parent = self.tables.change(outer)
            if parent is None or not self._is_worse(change, parent):
                return False
            shares = [change.rows / parent.rows, (change.baseline_rows or 0) / (parent.baseline_rows or 1)]
            reach = 1.5 * (change.size - parent.size) / max(1.0 - max(shares), 1e-9)
            if change_p_value(reach, change.error) * tests > self.alpha:
                return False
        return True

    # What explains what --------------------------------------------------------------------------------------------

    def _explains(self, found: Key, weaker: Key, tests: int) -> bool:
        """Whether a cell of one column stands out no more once the rows of a found one are set aside."""
        if len(weaker) != 1:
            return False  # it differs from the rest of its parents, and what is in no table with it cannot be set aside
        (one,) = weaker
        left: Change | None
        if len(found) == 2 and one in found:
            left, beside = self.tables.beside(found, weaker), self.tables.elsewhere(weaker)
        elif len(found) == 1 and columns_of(found) == columns_of(weaker):
            left = self.tables.change(weaker)
            beside = self.tables.among(columns_of(weaker), lambda key: key not in (found, weaker))
        elif len(found) == 1 and self.tables.depth > 1:
            columns, aside = self._pair(found, weaker), found[0]
            left = self.tables.among(columns, lambda key: aside not in key and one in key)
            beside = self.tables.among(columns, lambda key: aside not in key and one not in key)
        else:
            return False
        if left is None or beside is None:
            return True
        p_value = self._p_value(left, beside)
        return not math.isfinite(p_value) or min(p_value * tests, 1.0) > self.alpha

    def _pair(self, one: Key, other: Key) -> tuple[str, ...]:
        """The columns of two cells, in the order of their table."""
        both = {*columns_of(one), *columns_of(other)}
        return tuple(column for column in self.tables.parts if column in both)
