"""One series while history is replayed: what a store would keep of it, in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.alert.replay import First, History, Judged, Judgement, advance, is_rejudged
from driftline.alert.state import SeriesState
from driftline.compile.graph import MonitorPlan
from driftline.evaluate.composite import Told
from driftline.model import Result, Transition
from driftline.report.backtest.values import Decided


@dataclass
class Line:
    """The verdicts of a series in order of window end, and every change of its alerts in order of decision.

    `plan` is what it was judged by last.
    """

    plan: MonitorPlan
    judged: list[Judged] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    first: dict[datetime, First] = field(default_factory=dict)  # by window end: what was found of it first

    @property
    def state(self) -> SeriesState:
        """After the newest window."""
        return self.judged[-1].state if self.judged else SeriesState()

    @property
    def results(self) -> list[Result]:
        return [one.result for one in self.judged]

    @property
    def holding(self) -> list[Transition]:
        """The transitions that are still true, in order of time."""
        return sorted((one.transition for one in self.decided if one.superseded is None), key=lambda each: each.at)

    def advance(self, verdicts: Iterable[Judgement], tick: datetime) -> None:
        """Take the verdicts of a run; one for a window that was judged before replaces it."""
        new = sorted(verdicts, key=lambda each: each.at)
        for one in new:
            self.first.setdefault(one.at, First(one.result.value, tick))
        first = new[0].at
        history = self._history(first) if is_rejudged(self.state, new) else None
        step = advance(self.state, new, self.plan.alert, history, ZoneInfo(self.plan.timezone))
        self.judged[self._index(first) :] = step.judged
        if step.superseded:
            gone = {transition.id for transition in step.superseded}
            self.decided = [
                replace(one, superseded=tick) if one.superseded is None and one.transition.id in gone else one
                for one in self.decided
            ]
        self.decided += [Decided(transition, tick) for transition in step.transitions]

    def _index(self, at: datetime) -> int:
        return bisect_left(self.judged, at, key=lambda one: one.at)

    def _history(self, since: datetime) -> History:
        """What a replay from `since` on needs."""
        index = self._index(since)
        return History(
            before=self.judged[index - 1].state if index else SeriesState(),
            judgements=tuple(Judgement(one.at, one.result) for one in self.judged[index:]),
            transitions=tuple(each for each in self.holding if each.at >= since),
        )

    def told(self, after: datetime | None, until: datetime) -> Iterable[Told]:
        """Its verdicts on windows that end after `after`, up to `until`."""
        start = 0 if after is None else bisect_right(self.judged, after, key=lambda one: one.at)
        for one in self.judged[start:]:
            if one.at > until:
                return
            yield Told(one.result.series, one.at, one.result.status)
