"""What of a scan is kept already, and what is left to ask of the rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from driftline.execute.blocks import fewest
from driftline.execute.cells import Cells, hull, overlap, without
from driftline.execute.knowledge import Knowledge
from driftline.execute.packs import Held, Pack, PackDamaged, PackEntry, contents, spec_fingerprint, unpack
from driftline.execute.panes import Rules, Shelf, name_of
from driftline.execute.queries import Cut
from driftline.execute.windows import Part
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext

Spans = tuple[Interval, ...]


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


def find(rules: Rules, wanted: Sequence[tuple[Cut, Sequence[ProfileSpec]]], context: ScanContext) -> Found:
    """What is kept of the wanted specs of some cuts."""
    found = Found()
    packs = _packs(rules, [cut for cut, _ in wanted])
    for cut, specs in wanted:
        _of_cut(rules, cut, specs, packs.get(id(cut), []), context, found)
    return found


def stale(rules: Rules, cuts: Iterable[Cut]) -> tuple[Interval, ...]:
    """The panes of some cuts that hold no more."""
    shelves = [(cut, shelf) for cut in cuts if (shelf := rules.shelf(cut)) is not None]
    found = (shelf.kept.stale([name_of(shelf, cut)], hull(cut.bundle.spans)) for cut, shelf in shelves)
    return tuple(dict.fromkeys(pane for panes in found for pane in panes))


def _packs(rules: Rules, cuts: Iterable[Cut]) -> dict[int, list[Pack]]:
    """What is used of what is kept, by the identity of the cut."""
    shelves: dict[Shelf, list[Cut]] = {}
    for cut in cuts:
        shelf = rules.shelf(cut)
        if shelf is not None:
            shelves.setdefault(shelf, []).append(cut)
    found: dict[int, list[Pack]] = {}
    for shelf, those in shelves.items():
        span = hull(span for cut in those for span in cut.bundle.spans)
        by_cut: dict[str, list[PackEntry]] = {}
        for each in shelf.kept.entries({name_of(shelf, cut) for cut in those}, span):
            by_cut.setdefault(each.cut, []).append(each)
        used: dict[PackEntry, list[Cut]] = {}
        for cut in those:
            for each in fewest(by_cut.get(name_of(shelf, cut), ()), partial(rules.fits, cut=cut)):
                used.setdefault(each, []).append(cut)
        for one in shelf.kept.packs(used):
            for cut in used[one.entry]:
                found.setdefault(id(cut), []).append(one)
    return found


def _of_cut(
    rules: Rules,
    cut: Cut,
    specs: Sequence[ProfileSpec],
    packs: Iterable[Pack],
    context: ScanContext,
    found: Found,
) -> None:
    """Add what is kept of one cut, and what is missing; panes that can be kept become cells of their own."""
    spans = cut.bundle.spans
    held = _Opened({spec_fingerprint(spec, context): spec for spec in specs})
    for each in sorted(packs, key=_longest_first):
        held.take(each)
    missing: dict[Spans, list[ProfileSpec]] = {}
    for spec in specs:
        missing.setdefault(without(spans, held.covered(spec)), []).append(spec)
    gaps = {gap for those in missing for gap in those} if rules.shelf(cut) is not None else set()
    edges = [pane for gap in gaps for pane in rules.within(gap, cut)]
    own = replace(cut, cells=Cells.of((*spans, *edges)))
    found.cuts.append(own)
    found.parts += [(own, spec, pane, one) for spec, pane, one in held.parts]
    found.asks += [Ask(own, tuple(those), each) for each, those in missing.items() if each]
    found.used += [(own, spec, pane) for spec in specs for pane in held.covered(spec)]


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
    """Where a kept profile belongs among the parts of a cut: in every state of knowledge, since it is settled."""
    edges = cut.cells.edges
    cell = bisect_right(edges, pane.start) - 1 if edges and pane.start is not None else 0
    return (held.segment, cell, 0, knowledge.states), held.profile
