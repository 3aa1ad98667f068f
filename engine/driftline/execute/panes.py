"""Panes: what of a source may be kept from run to run, where, and when it still holds.

The spans of a cut are unions of panes. Those that are kept are read from the store (`lookup`); only rows of the others
are scanned, and what they yield is kept in turn (`making`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from driftline.compile.calendar import EPOCH, floor, shift
from driftline.compile.reference import WHOLE
from driftline.compile.request import Grouping, LabelRelation, ScanRequest
from driftline.execute.grid import Grid
from driftline.execute.knowledge import Knowledge
from driftline.execute.packs import Pack, PackEntry, fingerprint
from driftline.execute.queries import Cut
from driftline.model import ZERO, Duration, Interval

DAY = Duration(1, "d")


@dataclass(frozen=True)
class Keeping:
    """What of a source may be kept from run to run.

    `grid` are the panes of its time; those that end before `since` nobody will ask for, and those that end by
    `complete` get no more rows. `token` is the identity of its files, for what reads it whole (None: it cannot be
    told).
    """

    grid: Grid | None = None
    since: datetime | None = None
    complete: datetime | None = None
    token: str | None = None


class Kept(Protocol):
    """Where packs are kept."""

    def entries(self, cuts: Iterable[str], span: Interval) -> Iterable[PackEntry]:
        """What there is of some cuts in a span (unbounded: all of it), as far as it holds."""

    def packs(self, entries: Iterable[PackEntry]) -> Iterable[Pack]:
        """The profiles of some entries; one that has gone meanwhile is left out."""

    def stale(self, cuts: Iterable[str], span: Interval) -> Iterable[Interval]:
        """The panes of some cuts that are there and hold no more, since their files have changed."""


@dataclass(frozen=True, eq=False)
class Shelf:
    """Where packs of one kind are kept: those of a source's own columns, or those of one way of joining labels."""

    key: str
    kept: Kept


@dataclass(frozen=True)
class Panes:
    """What is kept of one source, and how.

    `own` is for what its rows say themselves, `labelled` (by how labels are joined) for what labels touch: panes of it
    are kept once their labels are settled, days being those of `timezone`.
    """

    keeping: Keeping
    own: Shelf
    labelled: Mapping[LabelRelation, Shelf] = field(default_factory=dict)
    timezone: str = "UTC"


@dataclass(frozen=True)
class Rules:
    """What may be kept of one scan, and what of that which is kept may be used."""

    panes: Panes
    request: ScanRequest
    knowledge: Knowledge

    @property
    def grid(self) -> Grid | None:
        return self.panes.keeping.grid

    def shelf(self, cut: Cut) -> Shelf | None:
        """Where the panes of a cut are kept; None for one of which nothing is."""
        if cut.changing:
            relations = self.request.relations
            limited = self.request.arrival is None and len(relations) == 1 and self.grid is not None
            return self.panes.labelled.get(replace(relations[0], columns=())) if limited else None
        return self.panes.own if self.grid is not None or self.is_whole(cut) else None

    def is_whole(self, cut: Cut) -> bool:
        """Whether a cut is of a data set that is read whole, whose files can be told."""
        return not cut.changing and cut.bundle.spans == (WHOLE,) and self.panes.keeping.token is not None

    def fits(self, one: PackEntry, cut: Cut) -> bool:
        """Whether a pane is a part of every span that it touches, and nothing less was known of any of them."""
        if one.pane == WHOLE:
            return self.is_whole(cut) and one.token == self.panes.keeping.token
        settled, inside = self.settled(one.pane, cut), False
        for snapshot in cut.bundle.snapshots:
            span = snapshot.span
            if span.start is None or span.end is None or one.pane.start is None or one.pane.end is None:
                return False
            if span.start < one.pane.end and one.pane.start < span.end:
                known = snapshot.known or self.knowledge.instants[-1]
                if span.start > one.pane.start or one.pane.end > span.end or known < settled:
                    return False
                inside = True
        return inside

    def settled(self, pane: Interval, cut: Cut) -> datetime:
        """From when on nothing that comes later changes a pane."""
        if not cut.changing or pane.end is None:
            return EPOCH
        zone, limit = ZoneInfo(self.panes.timezone), self.request.relations[0].limit
        day = floor(pane.end - timedelta(microseconds=1), DAY, zone)
        return shift(shift(day, DAY, 1, zone), limit or ZERO, 1, zone)

    def within(self, gap: Interval, cut: Cut) -> Iterator[Interval]:
        """The panes in a gap of which nothing more will come, as far as a later run may ask for them."""
        keeping = self.panes.keeping
        if keeping.grid is None or keeping.complete is None:
            return
        for pane in keeping.grid.panes(gap):
            if pane.end is None or pane.end > keeping.complete:
                return
            is_asked = keeping.since is None or pane.end > keeping.since
            if is_asked and self.settled(pane, cut) <= self.knowledge.instants[-1]:
                yield pane


def cut_name(key: str, grouping: Grouping) -> str:
    """The name under which the packs of a slicing are kept; `key` is that of their shelf."""
    return fingerprint(key, grouping)


def name_of(shelf: Shelf, cut: Cut) -> str:
    """The name under which the packs of a cut are kept."""
    return cut_name(shelf.key, cut.bundle.grouping)
