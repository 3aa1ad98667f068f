"""The packs of short panes as those of days: fewer rows to keep and to read, and the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from driftline.compile.request import Segment
from driftline.execute.packs import Held, Pack, PackDamaged, contents, fingerprint, pack, unpack
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, merged

_Panes = dict[Interval, tuple[Held, ...]]


def rolled(packs: Sequence[Pack], day: Interval, wanted: Mapping[str, ProfileSpec]) -> Pack | None:
    """The packs of one cut inside a day as one pack of the day.

    `wanted` are the specs that are still asked for, by fingerprint; what else is in the packs is left out. None where
    that would lose something: a pack is damaged, or a wanted spec does not have all of the day.
    """
    found: dict[str, _Panes] = {}
    try:
        for each in packs:
            there = {name: wanted[name] for name in contents(each.data) if name in wanted}
            for name, held in unpack(each.data, there).items():
                found.setdefault(name, {}).setdefault(each.pane, held)
    except PackDamaged:
        return None
    found = {name: _tiles(panes) for name, panes in found.items()}
    if not found or not all(_is_whole(panes, day) for panes in found.values()):
        return None
    whole = {name: (wanted[name], _by_segment(panes.values())) for name, panes in found.items()}
    rows = max(sum(part.profile.rows for part in parts) for _, parts in whole.values())
    first = packs[0]
    return Pack(first.shelf, first.cut, fingerprint(*sorted(whole)), day, None, rows, pack(whole))


def _tiles(panes: _Panes) -> _Panes:
    """Of panes and the blocks of them the fewest, from the left, that do not overlap."""
    chosen: _Panes = {}
    behind = None
    for pane in sorted(panes, key=lambda span: (_instant(span.start), -_instant(span.end))):
        if behind is None or (pane.start is not None and pane.start >= behind):
            chosen[pane], behind = panes[pane], pane.end
    return chosen


def _instant(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _is_whole(panes: _Panes, day: Interval) -> bool:
    """Whether panes fill a day without overlap, and nothing of them depends on what was known when."""
    spans = sorted(panes)
    ends = [day.start, *(span.end for span in spans)]
    joined = [span.start for span in spans] + [day.end] == ends
    return joined and not any(part.since or part.until for held in panes.values() for part in held)


def _by_segment(panes: Iterable[Sequence[Held]]) -> list[Held]:
    parts: dict[Segment, list[Profile]] = {}
    for held in panes:
        for part in held:
            parts.setdefault(part.segment, []).append(part.profile)
    return [Held(segment, None, None, merged(profiles)) for segment, profiles in parts.items()]
