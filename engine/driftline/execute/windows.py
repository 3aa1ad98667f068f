"""Cells to windows: the profile of any run of cells, in any state of knowledge, with few merges.

Cells are merged over a tree of aligned blocks (1, 2, 4, … cells), each made once. A window of 28 days that moves by a
day then costs a handful of merges and not 28. Windows that hold the same versions of the same cells are one object, so
that "nothing has changed" is seen without a look inside.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from driftline.compile.request import Segment
from driftline.profiles.base import Profile, merged

Part = tuple[Segment, int, int, int]  # segment, cell, first state of knowledge, and the one behind the last
Parts = Mapping[Part, Profile]
Versions = list[tuple[int, int, Profile]]
_Key = tuple[int, int, int]  # a block's level and first cell, and how many changes of its cells lie behind


@dataclass
class Timeline:
    """The cells of one segment, each with the versions of its rows."""

    cells: dict[int, Versions] = field(default_factory=dict)
    _changes: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # the states in which a block changes
    _blocks: dict[_Key, Profile | None] = field(default_factory=dict)
    _windows: dict[tuple[_Key, ...], Profile] = field(default_factory=dict)

    def add(self, cell: int, since: int, until: int, profile: Profile) -> None:
        """One more version of a cell."""
        self.cells.setdefault(cell, []).append((since, until, profile))

    def at(self, first: int, behind: int, state: int) -> Profile | None:
        """The profile of the cells from `first` on, before `behind`, in a state of knowledge; None without rows."""
        found: dict[_Key, Profile] = {}
        for level, start in _aligned(first, behind):
            key, profile = self._block(level, start, state)
            if profile is not None:
                found[key] = profile
        if len(found) <= 1:
            return next(iter(found.values()), None)
        keys = tuple(found)
        if keys not in self._windows:
            self._windows[keys] = merged(list(found.values()))
        return self._windows[keys]

    def _block(self, level: int, start: int, state: int) -> tuple[_Key, Profile | None]:
        """A block of 2^level cells, and what tells it from the same block in states behind another change."""
        key = (level, start, bisect_right(self._changing(level, start), state))
        if key not in self._blocks:
            self._blocks[key] = self._made(level, start, state)
        return key, self._blocks[key]

    def _made(self, level: int, start: int, state: int) -> Profile | None:
        if level == 0:
            held = [p for since, until, p in self.cells.get(start, []) if since <= state < until]
        else:
            half = 1 << (level - 1)
            halves = (self._block(level - 1, start + offset, state)[1] for offset in (0, half))
            held = [profile for profile in halves if profile is not None]
        return merged(held) if held else None

    def _changing(self, level: int, start: int) -> list[int]:
        """The states in which some cell of a block changes, in order."""
        if (level, start) not in self._changes:
            if level == 0:
                edges = {edge for since, until, _ in self.cells.get(start, ()) for edge in (since, until)}
            else:
                half = 1 << (level - 1)
                edges = {*self._changing(level - 1, start), *self._changing(level - 1, start + half)}
            self._changes[level, start] = sorted(edges)
        return self._changes[level, start]


def timelines(parts: Iterable[tuple[Part, Profile]]) -> dict[Segment, Timeline]:
    """The parts of a spec, by segment; of one cell and version there may be several."""
    found: dict[Segment, Timeline] = {}
    for (segment, cell, since, until), profile in parts:
        found.setdefault(segment, Timeline()).add(cell, since, until, profile)
    return found


def _aligned(first: int, behind: int) -> Iterator[tuple[int, int]]:
    """The blocks, as (level, start), that a run of cells is made of: as large as fit, at multiples of their size."""
    while first < behind:
        level = (
            (first & -first).bit_length() - 1 if first > 0 else 0 if first < 0 else (behind - first).bit_length() - 1
        )
        while first + (1 << level) > behind:
            level -= 1
        yield level, first
        first += 1 << level
