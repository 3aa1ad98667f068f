"""The packs of short panes as those of days: fewer rows to keep and to read, and the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from driftline.compile.request import Segment
from driftline.execute.blocks import tiles
from driftline.execute.packs import Held, Pack, PackDamaged, fingerprint, opened, pack, unpack
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
        for each, held_by_spec in zip(
            packs, unpack([opened(each.data, wanted) for each in packs], wanted), strict=True
        ):
            for name, held in held_by_spec.items():
                found.setdefault(name, {}).setdefault(each.pane, held)
    except PackDamaged:
        return None
    found = {name: {pane: panes[pane] for pane in tiles(panes)} for name, panes in found.items()}
    if not found or not all(_is_whole(panes, day) for panes in found.values()):
        return None
    whole = {name: (wanted[name], _by_segment(panes.values())) for name, panes in found.items()}
    rows = max(sum(part.profile.rows for part in parts) for _, parts in whole.values())
    first = packs[0]
    return Pack(first.shelf, first.cut, fingerprint(*sorted(whole)), day, None, rows, pack(whole))


def _is_whole(panes: _Panes, day: Interval) -> bool:
    """Whether panes fill a day without overlap."""
    spans = sorted(panes)
    ends = [day.start, *(span.end for span in spans)]
    return [span.start for span in spans] + [day.end] == ends


def _by_segment(panes: Iterable[Sequence[Held]]) -> list[Held]:
    parts: dict[Segment, list[Profile]] = {}
    for held in panes:
        for part in held:
            parts.setdefault(part.segment, []).append(part.profile)
    return [Held(segment, merged(profiles)) for segment, profiles in parts.items()]
