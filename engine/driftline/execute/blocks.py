"""Blocks: panes that lie side by side, kept as one as well, so that a long span is read in few pieces.

A trailing month that moves by a day is then five or six blocks of 1, 2, 4, … days and not 28 panes; profiles of many
rows are hardly larger than those of few, so all blocks of a pane together cost about as much again as the pane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from driftline.compile.request import Segment
from driftline.execute.grid import Grid
from driftline.execute.packs import Held, PackEntry
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, merged

LEVELS = 6  # the longest block has 64 panes

Content = Mapping[ProfileSpec, tuple[Held, ...]]


@dataclass
class Blocks:
    """The pieces of one cut that are at hand, and the blocks that can be made of them."""

    grid: Grid
    specs: tuple[ProfileSpec, ...]
    pieces: dict[Interval, Content] = field(default_factory=dict)
    _made: dict[Interval, Content | None] = field(default_factory=dict)

    def ending_with(self, pane: Interval) -> Iterator[tuple[Interval, Content]]:
        """The blocks whose last pane this is, as far as all of them is at hand."""
        if pane.start is None:
            return
        number = self.grid.number(pane.start)
        for level in range(1, LEVELS + 1):
            if (number + 1) % (1 << level):
                return
            at = number >> level
            content = self._block(level, at)
            if content is None:
                return
            yield self.grid.block(level, at), content

    def _block(self, level: int, number: int) -> Content | None:
        span = self.grid.block(level, number)
        if span in self.pieces or level == 0:
            return self.pieces.get(span)
        if span not in self._made:
            halves = self._block(level - 1, 2 * number), self._block(level - 1, 2 * number + 1)
            self._made[span] = _together(self.specs, *halves)
        return self._made[span]


def _together(specs: Iterable[ProfileSpec], one: Content | None, other: Content | None) -> Content | None:
    """Two pieces as one; None where one of them is not at hand for all specs."""
    if one is None or other is None or any(spec not in one or spec not in other for spec in specs):
        return None
    found: dict[ProfileSpec, tuple[Held, ...]] = {}
    for spec in specs:
        parts: dict[Segment, list[Profile]] = {}
        for held in (*one[spec], *other[spec]):
            parts.setdefault(held.segment, []).append(held.profile)
        found[spec] = tuple(Held(segment, merged(profiles)) for segment, profiles in parts.items())
    return found


def fewest(entries: Iterable[PackEntry], fits: Callable[[PackEntry], bool]) -> list[PackEntry]:
    """Of what is kept of a cut, the fewest pieces that hold all of its time, for each of its contents."""
    by_contents: dict[str, dict[Interval, PackEntry]] = {}
    for each in entries:
        if fits(each):
            by_contents.setdefault(each.contents, {})[each.pane] = each
    return [those[pane] for those in by_contents.values() for pane in tiles(those)]


def tiles(panes: Iterable[Interval]) -> Iterator[Interval]:
    """Of panes and blocks that overlap, from the left always the longest; what overlaps it is left out."""
    behind = None
    for one in sorted(panes, key=_from_the_left):
        if behind is None or one.start is None or one.start >= behind:
            yield one
            behind = one.end


def _from_the_left(pane: Interval) -> tuple[float, float]:
    if pane.start is None or pane.end is None:
        return (0.0, 0.0)
    return (pane.start.timestamp(), -pane.end.timestamp())
