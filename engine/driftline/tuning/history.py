"""What was read of one monitor on one model, run by run, judged again as under other settings. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from driftline.backtesting.line import Line
from driftline.backtesting.replay import Lines, fold_into
from driftline.backtesting.scoring import score
from driftline.backtesting.summary import episodes_of
from driftline.compile.graph import MonitorPlan
from driftline.compile.incidents import Incident
from driftline.compile.match import matches
from driftline.compile.schedule import Judgement
from driftline.config.document import AlertPolicy
from driftline.evaluate.composite import FactsOf
from driftline.evaluate.family import judged
from driftline.evaluate.verdict import Member
from driftline.model import Interval, Result
from driftline.report.backtest.values import Episode, MonitorHistory
from driftline.report.tuning.values import Standing
from driftline.tuning.levels import Limits, stretch

Column = str | None


@dataclass(frozen=True)
class Settings:
    """New values for the series of one column; what is None stays as it is."""

    limits: Limits | None = None
    alert: AlertPolicy | None = None
    min_rows: int | None = None

    def applied(self, plan: MonitorPlan) -> MonitorPlan:
        """A plan as an override with these values would make it."""
        return replace(
            plan,
            threshold=plan.threshold if self.limits is None else self.limits.threshold,
            alert=plan.alert if self.alert is None else self.alert,
            min_rows=plan.min_rows if self.min_rows is None else self.min_rows,
        )


Change = Mapping[Column, Settings]


@dataclass(frozen=True)
class Scale:
    """What alerts are weighed by: the span of the history, and the incidents in it."""

    span: Interval
    incidents: Sequence[Incident]
    facts_of: FactsOf

    def touching(self, result: Result, at: datetime) -> bool:
        """Whether a verdict is on a window that an incident of its series lies in."""
        start, end = result.window.start or at, result.window.end or at
        return any(
            (one.span.start is None or one.span.start < end or one.span.start == start)
            and (one.span.end is None or start < one.span.end)
            and self._fits(one, result)
            for one in self.incidents
        )

    def _fits(self, incident: Incident, result: Result) -> bool:
        facts = self.facts_of(result.series)
        return facts is not None and matches(incident.match, facts, result.series, None)


@dataclass(frozen=True)
class Unit:
    """One monitor on one model or source: the families of every run, and what became of them.

    `plan` is one of its plans; what overrides set for some of its series is in those of the members.
    """

    plan: MonitorPlan
    history: MonitorHistory
    families: Sequence[tuple[datetime, Sequence[Member]]]
    lines: Lines
    scale: Scale
    every: timedelta  # between two runs
    _plans: dict[tuple[int, Settings | None], MonitorPlan] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        return self.history.monitor, self.history.subject

    @cached_property
    def weeks(self) -> float:
        """How much history the rates rest on: the share of the span of which something could be read."""
        start, end = self.scale.span.start, self.scale.span.end
        assert start is not None
        assert end is not None
        return (end - start) / timedelta(days=7) * (self.history.coverage or 0.0)

    @cached_property
    def plans(self) -> Mapping[Column, Sequence[MonitorPlan]]:
        """The plans of the series of each column: several where overrides speak of segments."""
        found: dict[Column, dict[int, MonitorPlan]] = {}
        for member in self.members:
            plan = member.judgement.monitor
            found.setdefault(member.measured.key.column, {})[id(plan)] = plan
        return {column: tuple(plans.values()) for column, plans in found.items()}

    @property
    def members(self) -> Iterator[Member]:
        return (member for _, members in self.families for member in members)

    @cached_property
    def standing(self) -> Standing:
        """As it is."""
        return self.standing_of(self.lines.values())

    def stretch(self, change: Change) -> float:
        """How many times as far bounds lie as they did, at most."""
        return max(
            (
                stretch(self.plans[column][0].threshold, settings.limits.threshold)
                for column, settings in change.items()
                if settings.limits is not None
            ),
            default=1.0,
        )

    def replayed(self, change: Change) -> Lines:
        """The alerts as they would have been: the same readings through the same gates, folded again."""
        lines: Lines = {}
        found: list[tuple[Judgement, Result]] = []
        last: datetime | None = None
        for at, members in self.families:
            if last is not None and at != last:
                fold_into(lines, found, last)
                found = []
            found += judged([self._changed(member, change) for member in members])
            last = at
        if last is not None:
            fold_into(lines, found, last)
        return lines

    def _changed(self, member: Member, change: Change) -> Member:
        settings = change.get(member.measured.key.column)
        if settings is None:
            return member
        plan = member.judgement.monitor
        key = (id(plan), settings)
        if key not in self._plans:
            self._plans[key] = settings.applied(plan)
        return Member(replace(member.judgement, monitor=self._plans[key]), member.measured)

    def standing_of(self, lines: Iterable[Line]) -> Standing:
        """Alerts held against the budget and the incidents."""
        return standing_of(episodes_of(lines), self.plan, self.scale, self.weeks)

    def results(self, within: Callable[[Result, datetime], bool]) -> Iterator[Result]:
        """Its final verdicts on windows that `within` takes."""
        for line in self.lines.values():
            yield from (one.result for one in line.judged if within(one.result, one.at))

    def outside(self, result: Result, at: datetime) -> bool:
        """Whether a verdict lies in no incident."""
        return not self.scale.touching(result, at)

    @cached_property
    def alarms(self) -> Counter[Column]:
        """How many alerts of each column fired outside of incidents."""
        found = episodes_of(self.lines.values())
        return Counter(one.series.column for one in found if not self._touched(one))

    def _touched(self, episode: Episode) -> bool:
        return standing_of([episode], self.plan, self.scale, 1.0).false_alarms == 0


def standing_of(episodes: Sequence[Episode], plan: MonitorPlan, scale: Scale, weeks: float) -> Standing:
    """How many of these alerts of one monitor lie outside of incidents, and which incidents they caught."""
    key = (plan.name, plan.subject)
    found = score(episodes, scale.incidents, {key: plan.facts}, scale.facts_of, scale.span)
    caught = tuple(one.incident.id for one in found.incidents if one.episodes)
    seen = tuple(one.incident.id for one in found.incidents if one.detected is not None)
    false = found.precision.whole - found.precision.part
    return Standing(len(episodes), false, false / weeks if weeks else 0.0, caught, seen, found.delay)
