"""The time before a source's first event is no outage: windows that ended before it are never judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from driftline.compile.graph import Side
from driftline.compile.request import OVERALL, Grouping, ProfileSet, Snapshot
from driftline.compile.schedule import ROWS, Judgement
from driftline.errors import SourceError
from driftline.execute.opened import OpenedSource


def after_first_event(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], sources: Mapping[str, OpenedSource]
) -> tuple[tuple[Judgement, ...], tuple[tuple[Judgement, str], ...]]:
    """The judgements that count, and those that came too early, each with the reason.

    The first event is looked up only where a window, or a part of a baseline, came back empty; what of a baseline ends
    before it is no part of it.
    """
    first = _FirstEvents(sources)
    kept: list[Judgement] = []
    early: list[tuple[Judgement, str]] = []
    for judgement in judgements:
        name, end = judgement.monitor.side.source, judgement.window.end
        profiles = sets[judgement.monitor.side]
        rows = profiles.profiles.get(((), judgement.current), {}).get(OVERALL, {}).get(ROWS)
        known = judgement.window.start is None or profiles.failure is not None or (rows is not None and rows.rows > 0)
        began = None if known else first.of(name)
        if end is None or began is None or end > began:
            kept.append(_with_history(judgement, sets, first))
        else:
            since = f"{began:%Y-%m-%d %H:%M} UTC"
            early.append((judgement, f"the window ends before the first event of source {name} ({since})"))
    return tuple(kept), tuple(early)


@dataclass
class _FirstEvents:
    """The first event of each source, looked up once, where somebody asks."""

    sources: Mapping[str, OpenedSource]
    known: dict[str, datetime | None] = field(default_factory=dict)

    def of(self, name: str) -> datetime | None:
        if name not in self.known:
            self.known[name] = _first_event(self.sources[name])
        return self.known[name]


def _with_history(judgement: Judgement, sets: Mapping[Side, ProfileSet], first: _FirstEvents) -> Judgement:
    """A judgement whose baseline begins with its source."""
    side = judgement.compared
    reference, profiles = judgement.baseline, sets.get(side)
    if reference is None or profiles is None or profiles.failure is not None:
        return judgement
    bounded = [piece for piece in reference.pieces if piece.span.start is not None]
    groupings = [g for g in judgement.monitor.groupings if g not in judgement.monitor.broken]
    if all(any(_has_rows(profiles, grouping, judgement.past(piece)) for grouping in groupings) for piece in bounded):
        return judgement
    began = first.of(side.source)
    return judgement if began is None else replace(judgement, baseline=reference.after(began))


def _has_rows(profiles: ProfileSet, grouping: Grouping, snapshot: Snapshot) -> bool:
    slices = profiles.profiles.get((grouping, snapshot), {}).values()
    return any(ROWS in held and held[ROWS].rows > 0 for held in slices)


def _first_event(source: OpenedSource) -> datetime | None:
    try:
        return source.source.extent(source.context).start
    except SourceError:
        return None
