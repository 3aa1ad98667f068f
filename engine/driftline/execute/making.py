"""Panes of a scan, made to be kept: each by itself, and together with those before it as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftline.compile.reference import WHOLE
from driftline.compile.request import Segment
from driftline.execute.blocks import Blocks, Content
from driftline.execute.gathered import Gathered
from driftline.execute.lookup import Ask, Found
from driftline.execute.packs import Held, Pack, fingerprint, pack, spec_fingerprint
from driftline.execute.panes import Rules, Shelf, name_of
from driftline.execute.queries import Cut
from driftline.execute.windows import Timeline, timelines
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec


def make(rules: Rules, found: Found, gathered: Gathered) -> Iterator[Pack]:
    """The packs of what was asked and may be kept; what failed is asked again by the next run.

    Time without rows is kept too, so that nobody looks for them again, up to the newest pane that has some: behind it
    the source may be late, or the clock wrong.
    """
    made = [one for ask in found.asks for one in _of_ask(rules, ask, found, gathered)]
    newest = max((one.pane.end for one in made if one.rows and one.pane.end is not None), default=None)
    for one in made:
        if one.pane.end is None or (newest is not None and one.pane.end <= newest):
            yield one


def _of_ask(rules: Rules, ask: Ask, found: Found, gathered: Gathered) -> Iterator[Pack]:
    cut, shelf = ask.cut, rules.shelf(ask.cut)
    specs = tuple(spec for spec in ask.specs if (cut, spec) not in gathered.failed)
    if shelf is None or not specs:
        return
    names = {spec: spec_fingerprint(spec, gathered.context) for spec in specs}
    lines = {spec: timelines(gathered.parts.get((cut, spec), {}).items()) for spec in specs}
    if rules.is_whole(cut):
        yield _pack(rules, shelf, cut, WHOLE, _content(cut, WHOLE, lines, gathered), names)
    blocks = _blocks(rules, cut, specs, found)
    for pane in (pane for gap in ask.spans for pane in rules.within(gap, cut)):
        content = _content(cut, pane, lines, gathered)
        yield _pack(rules, shelf, cut, pane, content, names)
        if blocks is not None:
            blocks.pieces[pane] = content
            for span, together in blocks.ending_with(pane):
                yield _pack(rules, shelf, cut, span, together, names)


def _blocks(rules: Rules, cut: Cut, specs: tuple[ProfileSpec, ...], found: Found) -> Blocks | None:
    """What is at hand of a cut to make longer pieces of."""
    if rules.grid is None:
        return None
    pieces: dict[Interval, dict[ProfileSpec, tuple[Held, ...]]] = {}
    for of, spec, pane in found.used:
        if of is cut:
            pieces.setdefault(pane, {}).setdefault(spec, ())
    for of, spec, pane, held in found.parts:
        if of is cut:
            pieces[pane][spec] = (*pieces[pane][spec], held)
    return Blocks(rules.grid, specs, dict(pieces))


def _pack(
    rules: Rules, shelf: Shelf, cut: Cut, pane: Interval, content: Content, names: Mapping[ProfileSpec, str]
) -> Pack:
    """One pane of some specs of a cut; `names` are their fingerprints."""
    held = {names[spec]: (spec, parts) for spec, parts in content.items()}
    rows = max((sum(part.profile.rows for part in parts) for parts in content.values()), default=0)
    token = rules.panes.keeping.token if pane == WHOLE else None
    return Pack(shelf.key, name_of(shelf, cut), fingerprint(*sorted(held)), pane, token, rows, pack(held))


def _content(
    cut: Cut, pane: Interval, lines: Mapping[ProfileSpec, Mapping[Segment, Timeline]], gathered: Gathered
) -> Content:
    """The profiles of a pane that was scanned, as they are known by now."""
    cells = cut.cells.of_window(pane) if cut.cells.edges else range(1)
    last = gathered.knowledge.states - 1
    found: dict[ProfileSpec, tuple[Held, ...]] = {}
    for spec, segments in lines.items():
        profiles = ((segment, line.at(cells.start, cells.stop, last)) for segment, line in segments.items())
        found[spec] = tuple(Held(segment, one) for segment, one in profiles if one is not None)
    return found
