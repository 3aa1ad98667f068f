"""What of a scan is kept already, and what is left to ask of the rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from driftline.execute.blocks import fewest
from driftline.execute.cells import Cells, hull, overlap, without
from driftline.execute.knowledge import Knowledge
from driftline.execute.packs import (
    Held,
    Opened,
    Pack,
    PackDamaged,
    PackEntry,
    contents,
    opened,
    spec_fingerprint,
    unpack,
)
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
    parts, covered = _taken(specs, packs, context)
    missing: dict[Spans, list[ProfileSpec]] = {}
    for spec in specs:
        missing.setdefault(without(spans, covered.get(spec, ())), []).append(spec)
    gaps = {gap for those in missing for gap in those} if rules.shelf(cut) is not None else set()
    edges = [pane for gap in gaps for pane in rules.within(gap, cut)]
    own = replace(cut, cells=Cells.of((*spans, *edges)))
    found.cuts.append(own)
    found.parts += [(own, spec, pane, one) for spec, pane, one in parts]
    found.asks += [Ask(own, tuple(those), each) for each, those in missing.items() if each]
    found.used += [(own, spec, pane) for spec in specs for pane in covered.get(spec, ())]


def _taken(
    specs: Sequence[ProfileSpec], packs: Iterable[Pack], context: ScanContext
) -> tuple[list[tuple[ProfileSpec, Interval, Held]], dict[ProfileSpec, list[Interval]]]:
    """The profiles of the packs of a cut, and the time that each spec has of them."""
    chosen = _Chosen({spec_fingerprint(spec, context): spec for spec in specs})
    for each in sorted(packs, key=_longest_first):
        chosen.take(each)
    try:
        return chosen.parts(), chosen.covered()
    except PackDamaged:
        return [], {}  # which of them it is does not matter: all are made again from the rows


@dataclass
class _Chosen:
    """The packs of a cut that are used, spec by spec."""

    wanted: Mapping[str, ProfileSpec]
    packs: list[tuple[Interval, Opened]] = field(default_factory=list)
    _covered: dict[str, list[Interval]] = field(default_factory=dict)

    def take(self, one: Pack) -> None:
        """Use a pack for the specs that have nothing of its time yet; a damaged one is as good as none."""
        try:
            fresh = {each: self.wanted[each] for each in contents(one.data) if self._lacks(each, one.pane)}
            if fresh:
                self.packs.append((one.pane, opened(one.data, fresh)))
        except PackDamaged:
            return
        for each in fresh:
            self._covered.setdefault(each, []).append(one.pane)

    def _lacks(self, spec: str, pane: Interval) -> bool:
        return spec in self.wanted and not any(overlap(pane, other) for other in self._covered.get(spec, ()))

    def parts(self) -> list[tuple[ProfileSpec, Interval, Held]]:
        """The profiles of all packs that were taken."""
        found = unpack([one for _, one in self.packs], self.wanted)
        return [
            (self.wanted[name], pane, part)
            for (pane, _), by_spec in zip(self.packs, found, strict=True)
            for name, held in by_spec.items()
            for part in held
        ]

    def covered(self) -> dict[ProfileSpec, list[Interval]]:
        return {self.wanted[name]: panes for name, panes in self._covered.items()}


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
