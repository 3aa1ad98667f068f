"""Profiles of a whole history -> verdicts and alerts, run by run, as a store would have led to. In memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from driftline.alert.replay import Judgement as Verdict
from driftline.backtesting.line import Line
from driftline.backtesting.schedule import Subject, Tick, subject
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.composite import FactsOf, Told, judge_composites
from driftline.evaluate.family import all_judged, families, without_carriers
from driftline.evaluate.verdict import Member
from driftline.model import Interval, Result, SeriesKey, Status

Windows = dict[tuple[str, str], set[datetime]]  # the ends of windows, by monitor and subject
Lines = dict[SeriesKey, Line]


@dataclass
class Replay:
    """The state between runs: what a store would hold. `early` are the windows before the first event.

    `readings` are the families of every run with its instant, kept where they are judged again under other plans.
    """

    sets: Mapping[Side, ProfileSet]
    composites: Sequence[MonitorPlan]
    facts_of: FactsOf
    lines: Lines = field(default_factory=dict)
    early: Windows = field(default_factory=dict)
    known: dict[tuple[str, str], dict[Segment, datetime]] = field(default_factory=dict)  # and the first window of each
    marked: set[Subject] = field(default_factory=set)
    readings: list[tuple[datetime, Sequence[Member]]] | None = None

    def run(self, tick: Tick) -> None:
        """Judge what is due, and fold it into the alerts."""
        for judgement in tick.early:
            key = (judgement.monitor.name, judgement.monitor.subject)
            self.early.setdefault(key, set()).add(judgement.window.end or tick.at)
        read = families(self._due(tick.judgements), self.sets, self.known)
        if self.readings is not None:
            self.readings += ((tick.at, without_carriers(members)) for members in read)
        results = all_judged(read)
        told = [Told(result.series, due.window.end or due.as_of, result.status) for due, result in results]
        results += tuple(judge_composites(self.composites, told, self._told, self.facts_of))
        self._fold(results, tick.at)
        self.marked |= {subject(due.monitor) for due, result in results if result.status is not Status.ERROR}

    def _due(self, judgements: Sequence[Judgement]) -> Iterator[Judgement]:
        """What a run would judge: of a monitor of which nothing has been judged so far, the latest window only."""
        latest: dict[Subject, Interval] = {}
        for one in judgements:
            key = subject(one.monitor)
            if key not in self.marked:
                latest[key] = max(one.window, latest.get(key, one.window), key=lambda w: (w.end is not None, w.end))
        for one in judgements:
            if latest.get(subject(one.monitor), one.window) == one.window:
                yield one

    def _told(self, after: datetime | None, until: datetime) -> Iterator[Told]:
        """The verdicts of earlier runs on windows that end in (after, until]."""
        for line in self.lines.values():
            yield from line.told(after, until)

    def _fold(self, results: Sequence[tuple[Judgement, Result]], at: datetime) -> None:
        fold_into(self.lines, results, at)
        for due, result in results:
            if (segment := result.series.segment) != ():
                segments = self.known.setdefault((result.series.monitor, result.series.subject), {})
                end = due.window.end or due.as_of
                segments[segment] = min(end, segments.get(segment, end))


def fold_into(lines: Lines, results: Iterable[tuple[Judgement, Result]], at: datetime) -> None:
    """Take the verdicts of the run at an instant into the alerts of their series."""
    verdicts: dict[SeriesKey, list[Verdict]] = {}
    for due, result in results:
        line = lines.setdefault(result.series, Line(due.monitor))
        line.plan = due.monitor
        verdicts.setdefault(result.series, []).append(Verdict(due.window.end or due.as_of, result))
    for series, new in verdicts.items():
        lines[series].advance(new, at)
