"""Panes: what of a scan is kept already, what is still missing, and what can be kept of it.

A cut's spans are unions of panes. Those that are kept are read from the store; only rows of the others are scanned.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from driftline.compile.calendar import EPOCH, floor, shift
from driftline.compile.reference import WHOLE
from driftline.compile.request import Grouping, LabelRelation, ScanRequest, Segment
from driftline.execute.blocks import Blocks, Content, fewest
from driftline.execute.cells import Cells, hull, overlap, without
from driftline.execute.gathered import Gathered
from driftline.execute.grid import Grid
from driftline.execute.knowledge import Knowledge
from driftline.execute.packs import (
    Held,
    Pack,
    PackDamaged,
    PackEntry,
    contents,
    fingerprint,
    pack,
    spec_fingerprint,
    unpack,
)
from driftline.execute.queries import Cut
from driftline.execute.windows import Part, Timeline, timelines
from driftline.model import ZERO, Duration, Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext

Spans = tuple[Interval, ...]
DAY = Duration(1, "d")


@dataclass(frozen=True)
class Keeping:
    """What of a source may be kept from run to run.

    `grid` are the panes of its time; those that end before `since` nobody will ask for, and those that end by
    `complete` get no more rows. `token` is the identity of
    its files, for what reads it whole (None: it cannot be told).
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


@dataclass(frozen=True)
class Ask:
    """Specs of a cut that are missing on the same spans."""

    cut: Cut
    specs: tuple[ProfileSpec, ...]
    spans: Spans


@dataclass
class Found:
    """What is kept of a scan, and what is left to ask."""

    cuts: list[Cut] = field(default_factory=list)
    parts: list[tuple[Cut, ProfileSpec, Interval, Held]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    used: list[tuple[Cut, ProfileSpec, Interval]] = field(default_factory=list)  # the panes that are kept


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

    def find(
        self,
        request: ScanRequest,
        wanted: Sequence[tuple[Cut, Sequence[ProfileSpec]]],
        context: ScanContext,
        knowledge: Knowledge,
    ) -> Found:
        """What is kept of the wanted specs of some cuts."""
        found = Found()
        packs = self._packs(request, [cut for cut, _ in wanted], knowledge)
        for cut, specs in wanted:
            shelf = self._shelf(cut, request)
            self._of_cut(cut, specs, packs.get(id(cut), []), shelf, request, context, knowledge, found)
        return found

    def _packs(self, request: ScanRequest, cuts: Iterable[Cut], knowledge: Knowledge) -> dict[int, list[Pack]]:
        """What is used of what is kept, by the identity of the cut."""
        shelves: dict[Shelf, list[Cut]] = {}
        for cut in cuts:
            shelf = self._shelf(cut, request)
            if shelf is not None:
                shelves.setdefault(shelf, []).append(cut)
        found: dict[int, list[Pack]] = {}
        for shelf, those in shelves.items():
            span = hull(span for cut in those for span in cut.bundle.spans)
            by_cut: dict[str, list[PackEntry]] = {}
            for each in shelf.kept.entries({_name(shelf, cut) for cut in those}, span):
                by_cut.setdefault(each.cut, []).append(each)
            used: dict[PackEntry, list[Cut]] = {}
            for cut in those:
                fits = partial(self._fits, cut=cut, request=request, knowledge=knowledge)
                for each in fewest(by_cut.get(_name(shelf, cut), ()), fits):
                    used.setdefault(each, []).append(cut)
            for one in shelf.kept.packs(used):
                for cut in used[one.entry]:
                    found.setdefault(id(cut), []).append(one)
        return found

    def stale(self, request: ScanRequest, cuts: Iterable[Cut]) -> tuple[Interval, ...]:
        """The panes of some cuts that hold no more."""
        shelves = [(cut, shelf) for cut in cuts if (shelf := self._shelf(cut, request)) is not None]
        found = (shelf.kept.stale([_name(shelf, cut)], hull(cut.bundle.spans)) for cut, shelf in shelves)
        return tuple(dict.fromkeys(pane for panes in found for pane in panes))

    def _of_cut(
        self,
        cut: Cut,
        specs: Sequence[ProfileSpec],
        packs: Iterable[Pack],
        shelf: Shelf | None,
        request: ScanRequest,
        context: ScanContext,
        knowledge: Knowledge,
        found: Found,
    ) -> None:
        spans = cut.bundle.spans
        held = _Opened({spec_fingerprint(spec, context): spec for spec in specs})
        for each in sorted(packs, key=_longest_first):
            held.take(each)
        missing: dict[Spans, list[ProfileSpec]] = {}
        for spec in specs:
            missing.setdefault(without(spans, held.covered(spec)), []).append(spec)
        gaps = {gap for those in missing for gap in those} if shelf is not None else set()
        edges = [pane for gap in gaps for pane in self._panes(gap, cut, request, knowledge)]
        own = replace(cut, cells=Cells.of((*spans, *edges)))
        found.cuts.append(own)
        found.parts += [(own, spec, pane, one) for spec, pane, one in held.parts]
        found.asks += [Ask(own, tuple(those), each) for each, those in missing.items() if each]
        found.used += [(own, spec, pane) for spec in specs for pane in held.covered(spec)]

    def _shelf(self, cut: Cut, request: ScanRequest) -> Shelf | None:
        """Where the panes of a cut are kept; None for one of which nothing is."""
        if cut.changing:
            limited = request.arrival is None and len(request.relations) == 1 and self.keeping.grid is not None
            return self.labelled.get(replace(request.relations[0], columns=())) if limited else None
        return self.own if self.keeping.grid is not None or self._is_whole(cut) else None

    def _is_whole(self, cut: Cut) -> bool:
        return not cut.changing and cut.bundle.spans == (WHOLE,) and self.keeping.token is not None

    def _fits(self, one: PackEntry, cut: Cut, request: ScanRequest, knowledge: Knowledge) -> bool:
        """Whether a pane is a part of every span that it touches, and nothing less was known of any of them."""
        if one.pane == WHOLE:
            return self._is_whole(cut) and one.token == self.keeping.token
        settled = self._settled(one.pane, cut, request)
        inside = False
        for snapshot in cut.bundle.snapshots:
            span = snapshot.span
            if span.start is None or span.end is None or one.pane.start is None or one.pane.end is None:
                return False
            if span.start < one.pane.end and one.pane.start < span.end:
                known = snapshot.known or knowledge.instants[-1]
                if span.start > one.pane.start or one.pane.end > span.end or known < settled:
                    return False
                inside = True
        return inside

    def _settled(self, pane: Interval, cut: Cut, request: ScanRequest) -> datetime:
        """From when on nothing that comes later changes a pane."""
        if not cut.changing or pane.end is None:
            return EPOCH
        zone, limit = ZoneInfo(self.timezone), request.relations[0].limit
        day = floor(pane.end - timedelta(microseconds=1), DAY, zone)
        return shift(shift(day, DAY, 1, zone), limit or ZERO, 1, zone)

    def _panes(self, gap: Interval, cut: Cut, request: ScanRequest, knowledge: Knowledge) -> Iterator[Interval]:
        """The panes in a gap of which nothing more will come."""
        grid, complete = self.keeping.grid, self.keeping.complete
        if grid is None or complete is None:
            return
        for pane in grid.panes(gap):
            if pane.end is None or pane.end > complete:
                return
            is_asked = self.keeping.since is None or pane.end > self.keeping.since
            if is_asked and self._settled(pane, cut, request) <= knowledge.instants[-1]:
                yield pane

    def make(self, request: ScanRequest, found: Found, gathered: Gathered) -> Iterator[Pack]:
        """The packs of what was asked and may be kept; what failed is asked again by the next run.

        Time without rows is kept too, so that nobody looks for them again, up to the newest pane that has some: behind
        it the source may be late, or the clock wrong.
        """
        made: list[Pack] = []
        for ask in found.asks:
            shelf = self._shelf(ask.cut, request)
            specs = tuple(spec for spec in ask.specs if (ask.cut, spec) not in gathered.failed)
            if shelf is None or not specs:
                continue
            lines = {spec: timelines(gathered.parts.get((ask.cut, spec), {}).items()) for spec in specs}
            if self._is_whole(ask.cut):
                made.append(self._pack(shelf, ask.cut, WHOLE, _content(ask.cut, WHOLE, lines, gathered), gathered))
            blocks = self._blocks(ask.cut, specs, found)
            panes = (pane for gap in ask.spans for pane in self._panes(gap, ask.cut, request, gathered.knowledge))
            for pane in panes:
                content = _content(ask.cut, pane, lines, gathered)
                made.append(self._pack(shelf, ask.cut, pane, content, gathered))
                if blocks is not None:
                    blocks.pieces[pane] = content
                    for span, together in blocks.ending_with(pane):
                        made.append(self._pack(shelf, ask.cut, span, together, gathered))
        newest = max((one.pane.end for one in made if one.rows and one.pane.end is not None), default=None)
        for one in made:
            if one.pane.end is None or (newest is not None and one.pane.end <= newest):
                yield one

    def _blocks(self, cut: Cut, specs: tuple[ProfileSpec, ...], found: Found) -> Blocks | None:
        """What is at hand of a cut to make longer pieces of."""
        if self.keeping.grid is None:
            return None
        pieces: dict[Interval, dict[ProfileSpec, tuple[Held, ...]]] = {}
        for of, spec, pane in found.used:
            if of is cut:
                pieces.setdefault(pane, {}).setdefault(spec, ())
        for of, spec, pane, held in found.parts:
            if of is cut:
                pieces[pane][spec] = (*pieces[pane][spec], held)
        return Blocks(self.keeping.grid, specs, dict(pieces))

    def _pack(self, shelf: Shelf, cut: Cut, pane: Interval, content: Content, gathered: Gathered) -> Pack:
        """One pane of some specs of a cut."""
        held = {spec_fingerprint(spec, gathered.context): (spec, parts) for spec, parts in content.items()}
        rows = max((sum(part.profile.rows for part in parts) for parts in content.values()), default=0)
        token = self.keeping.token if pane == WHOLE else None
        return Pack(shelf.key, _name(shelf, cut), fingerprint(*sorted(held)), pane, token, rows, pack(held))


def _content(
    cut: Cut, pane: Interval, lines: Mapping[ProfileSpec, Mapping[Segment, Timeline]], gathered: Gathered
) -> Content:
    """The profiles of a pane that was scanned, as they are known by now."""
    cells = cut.cells.of_window(pane) if cut.cells.edges else range(1)
    last = gathered.knowledge.states - 1
    found: dict[ProfileSpec, tuple[Held, ...]] = {}
    for spec, segments in lines.items():
        profiles = ((segment, line.at(cells.start, cells.stop, last)) for segment, line in segments.items())
        found[spec] = tuple(Held(segment, None, None, one) for segment, one in profiles if one is not None)
    return found


def _name(shelf: Shelf, cut: Cut) -> str:
    return cut_name(shelf.key, cut.bundle.grouping)


def cut_name(key: str, grouping: Grouping) -> str:
    """The name under which the packs of a slicing are kept; `key` is that of their shelf."""
    return fingerprint(key, grouping)


@dataclass
class _Opened:
    """The packs of a cut that are used, spec by spec."""

    wanted: Mapping[str, ProfileSpec]
    parts: list[tuple[ProfileSpec, Interval, Held]] = field(default_factory=list)
    _covered: dict[ProfileSpec, list[Interval]] = field(default_factory=dict)

    def take(self, one: Pack) -> None:
        """Use a pack for the specs that have nothing of its time yet; a damaged one is as good as none."""
        try:
            there = [each for each in contents(one.data) if each in self.wanted]
            fresh = {each: self.wanted[each] for each in there if self._lacks(self.wanted[each], one.pane)}
            found = unpack(one.data, fresh) if fresh else {}
        except PackDamaged:
            return
        for each, held in found.items():
            self._covered.setdefault(fresh[each], []).append(one.pane)
            self.parts += [(fresh[each], one.pane, part) for part in held]

    def _lacks(self, spec: ProfileSpec, pane: Interval) -> bool:
        return not any(overlap(pane, other) for other in self._covered.get(spec, ()))

    def covered(self, spec: ProfileSpec) -> Sequence[Interval]:
        return self._covered.get(spec, ())


def _longest_first(one: Pack) -> tuple[float, float]:
    start, end = one.pane.start, one.pane.end
    if start is None or end is None:
        return (0.0, 0.0)
    return (-(end - start).total_seconds(), start.timestamp())


def placed(cut: Cut, pane: Interval, held: Held, knowledge: Knowledge) -> tuple[Part, Profile]:
    """Where a kept profile belongs among the parts of a cut."""
    edges = cut.cells.edges
    cell = bisect_right(edges, pane.start) - 1 if edges and pane.start is not None else 0
    since = 0 if held.since is None else bisect_left(knowledge.instants, held.since)
    until = knowledge.states if held.until is None else bisect_left(knowledge.instants, held.until)
    return (held.segment, cell, since, until), held.profile
