"""Panes: what of a scan is kept already, what is still missing, and what can be kept of it.

A cut's spans are unions of panes. Those that are kept are read from the store; only rows of the others are scanned.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from driftline.compile.reference import WHOLE
from driftline.compile.request import Segment
from driftline.execute.cells import Cells, hull, without
from driftline.execute.gathered import Gathered
from driftline.execute.grid import Grid
from driftline.execute.knowledge import Knowledge
from driftline.execute.packs import Held, Pack, PackDamaged, contents, fingerprint, pack, spec_fingerprint, unpack
from driftline.execute.queries import Cut
from driftline.execute.windows import Part, Timeline, timelines
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext

Spans = tuple[Interval, ...]


@dataclass(frozen=True)
class Keeping:
    """What of a source may be kept from run to run.

    `source` is the fingerprint of what the source is; `grid` the panes of its time, of which those that end by
    `complete` get no more rows; `token` the identity of its files, for what reads it whole (None: it cannot be told).
    """

    source: str
    grid: Grid | None = None
    complete: datetime | None = None
    token: str | None = None


class Kept(Protocol):
    """Where packs are kept."""

    def packs(self, cuts: Iterable[str], span: Interval) -> Iterable[Pack]:
        """Those of some cuts that lie in a span (unbounded: all of them)."""


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
    used: int = 0  # how many panes were read from where they are kept


@dataclass(frozen=True)
class Panes:
    """What is kept of one source, and how."""

    keeping: Keeping
    kept: Kept

    def find(self, wanted: Sequence[tuple[Cut, Sequence[ProfileSpec]]], context: ScanContext) -> Found:
        """What is kept of the wanted specs of some cuts."""
        found = Found()
        names = {id(cut): self._name(cut) for cut, _ in wanted}
        everything = hull(span for cut, _ in wanted for span in cut.bundle.spans)
        by_cut: dict[str, list[Pack]] = {}
        for each in self.kept.packs({names[id(cut)] for cut, _ in wanted if self._keeps(cut)}, everything):
            by_cut.setdefault(each.cut, []).append(each)
        for cut, specs in wanted:
            self._of_cut(cut, specs, by_cut.get(names[id(cut)], []) if self._keeps(cut) else [], context, found)
        return found

    def _of_cut(
        self, cut: Cut, specs: Sequence[ProfileSpec], packs: Iterable[Pack], context: ScanContext, found: Found
    ) -> None:
        spans = cut.bundle.spans
        held = _Opened({spec_fingerprint(spec, context): spec for spec in specs})
        for each in sorted(packs, key=_longest_first):
            if self._fits(each, spans):
                held.take(each)
        missing: dict[Spans, list[ProfileSpec]] = {}
        for spec in specs:
            missing.setdefault(without(spans, held.covered(spec)), []).append(spec)
        edges = {pane for gaps in missing for gap in gaps for pane in self._panes(gap)} if self._keeps(cut) else set()
        own = replace(cut, cells=Cells.of((*spans, *edges)))
        found.cuts.append(own)
        found.parts += [(own, spec, pane, one) for spec, pane, one in held.parts]
        found.asks += [Ask(own, tuple(those), gaps) for gaps, those in missing.items() if gaps]
        found.used += held.used

    def _keeps(self, cut: Cut) -> bool:
        """Whether anything of a cut is kept: not while labels or late rows may change it."""
        return not cut.changing and (self.keeping.grid is not None or self._is_whole(cut))

    def _is_whole(self, cut: Cut) -> bool:
        return cut.bundle.spans == (WHOLE,) and self.keeping.token is not None

    def _name(self, cut: Cut) -> str:
        return fingerprint(self.keeping.source, cut.bundle.grouping)

    def _fits(self, one: Pack, spans: Spans) -> bool:
        """Whether a pane is a part of every span that it touches."""
        if one.pane == WHOLE:
            return spans == (WHOLE,) and one.token == self.keeping.token
        inside = False
        for span in spans:
            if span.start is None or span.end is None or one.pane.start is None or one.pane.end is None:
                return False
            if span.start <= one.pane.start and one.pane.end <= span.end:
                inside = True
            elif span.start < one.pane.end and one.pane.start < span.end:
                return False
        return inside

    def _panes(self, gap: Interval) -> Iterator[Interval]:
        """The panes in a gap that get no more rows."""
        grid, complete = self.keeping.grid, self.keeping.complete
        if grid is not None and complete is not None:
            yield from (pane for pane in grid.panes(gap) if pane.end is not None and pane.end <= complete)

    def make(self, asks: Iterable[Ask], gathered: Gathered) -> Iterator[Pack]:
        """The packs of what was asked and may be kept; what failed is asked again by the next run."""
        for ask in asks:
            if not self._keeps(ask.cut):
                continue
            lines = {
                spec: timelines(gathered.parts.get((ask.cut, spec), {}).items())
                for spec in ask.specs
                if (ask.cut, spec) not in gathered.failed
            }
            whole = [WHOLE] if self._is_whole(ask.cut) else []
            for pane in (*whole, *(pane for gap in ask.spans for pane in self._panes(gap))):
                yield from self._pack(ask.cut, pane, lines, gathered)

    def _pack(
        self, cut: Cut, pane: Interval, lines: Mapping[ProfileSpec, Mapping[Segment, Timeline]], gathered: Gathered
    ) -> Iterator[Pack]:
        """One pane of some specs of a cut; one without rows is kept too, so that nobody looks for them again."""
        cells = cut.cells.of_window(pane) if cut.cells.edges else range(1)
        last = gathered.knowledge.states - 1
        held: dict[str, tuple[ProfileSpec, list[Held]]] = {}
        for spec, segments in lines.items():
            found = ((segment, line.at(cells.start, cells.stop, last)) for segment, line in segments.items())
            parts = [Held(segment, None, None, profile) for segment, profile in found if profile is not None]
            held[spec_fingerprint(spec, gathered.context)] = spec, parts
        if held:
            token = self.keeping.token if pane == WHOLE else None
            rows = max((sum(part.profile.rows for part in parts) for _, parts in held.values()), default=0)
            yield Pack(self._name(cut), fingerprint(*sorted(held)), pane, token, rows, pack(held))


@dataclass
class _Opened:
    """The packs of a cut that are used, spec by spec."""

    wanted: Mapping[str, ProfileSpec]
    parts: list[tuple[ProfileSpec, Interval, Held]] = field(default_factory=list)
    used: int = 0
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
        self.used += bool(found)

    def _lacks(self, spec: ProfileSpec, pane: Interval) -> bool:
        return not any(_overlap(pane, other) for other in self._covered.get(spec, ()))

    def covered(self, spec: ProfileSpec) -> Sequence[Interval]:
        return self._covered.get(spec, ())


def _overlap(one: Interval, other: Interval) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return True
    return one.start < other.end and other.start < one.end


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
