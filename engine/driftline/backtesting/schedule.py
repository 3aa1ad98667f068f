"""What each run of the past would have judged, given what those before it had judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.compile.graph import MonitorPlan
from driftline.compile.reference import Extents
from driftline.compile.schedule import Judgement, Reached, due

Subject = tuple[str, str]  # a monitor's mark, and the name of what it watches


@dataclass(frozen=True)
class Tick:
    """A run as of `at`, and all that is due in it; `early` lies before the first event, and is not judged."""

    at: datetime
    judgements: tuple[Judgement, ...]
    early: tuple[Judgement, ...] = ()


def schedule(monitors: Sequence[MonitorPlan], instants: Iterable[datetime], extents: Extents) -> tuple[Tick, ...]:
    """The runs at these instants, in order; the first judges the latest window of each monitor that is complete.

    Every run is taken to have judged what was due; see `divided` and `replay` for what its data had not begun to tell.
    """
    reached: dict[Subject, Reached] = {}
    found: list[Tick] = []
    for at in instants:
        judgements = tuple(
            judgement
            for monitor in monitors
            for judgement in due(monitor, at, judged=reached.get(subject(monitor)), extents=extents)
        )
        reached = reached | _reached(judgements, reached)
        found.append(Tick(at, judgements))
    return tuple(found)


def divided(planned: Iterable[Tick], kept: Iterable[Judgement], early: Iterable[Judgement]) -> Iterator[Tick]:
    """The runs without what is `early`; `kept` is what stands for the rest of their judgements, in order."""
    before, coming = {id(judgement) for judgement in early}, iter(kept)
    for tick in planned:
        out = tuple(one for one in tick.judgements if id(one) in before)
        own = tuple(next(coming) for one in tick.judgements if id(one) not in before)
        yield Tick(tick.at, own, out)


def subject(monitor: MonitorPlan) -> Subject:
    """What a mark is kept of: plans that overrides make of one monitor share theirs."""
    return monitor.mark, monitor.subject


def _reached(judgements: Iterable[Judgement], before: dict[Subject, Reached]) -> dict[Subject, Reached]:
    """How far the monitors are judged after a run."""
    after: dict[Subject, Reached] = {}
    for judgement in judgements:
        end, key = judgement.window.end, subject(judgement.monitor)
        if end is None or judgement.monitor.window is None:
            continue
        known = after.get(key) or before.get(key) or Reached(end, end)
        first = min(known.since or end, end)
        after[key] = Reached(max(known.until, end), first, judgement.as_of)
    return after
