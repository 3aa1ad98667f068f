"""The time before a source's first event is no outage: windows that ended before it are never judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from driftline.compile.graph import Side
from driftline.compile.request import OVERALL, ProfileSet
from driftline.compile.schedule import ROWS, Judgement
from driftline.errors import SourceError
from driftline.execute.opened import OpenedSource


def after_first_event(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], sources: Mapping[str, OpenedSource]
) -> tuple[tuple[Judgement, ...], tuple[tuple[Judgement, str], ...]]:
    """The judgements that count, and those that came too early, each with the reason.

    The first event is looked up only where a window came back empty.
    """
    first: dict[str, datetime | None] = {}
    kept: list[Judgement] = []
    early: list[tuple[Judgement, str]] = []
    for judgement in judgements:
        name, end = judgement.monitor.side.source, judgement.window.end
        profiles = sets[judgement.monitor.side]
        rows = profiles.profiles.get(((), judgement.read), {}).get(OVERALL, {}).get(ROWS)
        known = judgement.window.start is None or profiles.failure is not None or (rows is not None and rows.rows > 0)
        if not known and name not in first:
            first[name] = _first_event(sources[name])
        began = first.get(name)
        if known or end is None or began is None or end > began:
            kept.append(judgement)
        else:
            since = f"{began:%Y-%m-%d %H:%M} UTC"
            early.append((judgement, f"the window ends before the first event of source {name} ({since})"))
    return tuple(kept), tuple(early)


def _first_event(source: OpenedSource) -> datetime | None:
    try:
        return source.source.extent(source.context).start
    except SourceError:
        return None
