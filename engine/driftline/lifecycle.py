"""Verdicts to alerts to notices, around the store: the second half of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.alert.replay import Alert, Judged, Judgement, Revision, advance, alerts, is_rejudged, removed, revised
from driftline.alert.state import SeriesState
from driftline.channels.deliver import Delivery, deliver, suppressed
from driftline.checks.base import CompositeCheck
from driftline.compile.graph import Graph, MonitorPlan
from driftline.compile.incidents import incidents_of
from driftline.compile.reach import reaches
from driftline.compile.schedule import Judgement as Due
from driftline.config.document import AlertPolicy, Document
from driftline.evaluate.composite import series_of
from driftline.model import MonitorFacts, Result, SeriesKey, Transition
from driftline.route.decide import Circumstances, Routing, Subject, notices
from driftline.route.quiet import Quiet, silences_of

if TYPE_CHECKING:
    from driftline.store.leases import Lease
    from driftline.store.mark import Mark
    from driftline.store.queue import QueuedNotice
    from driftline.store.store import MarkKey, Store


@dataclass(frozen=True)
class Outcome:
    """What a run changes: alerts, transitions, and what is to be told to whom; `before` are the states until then."""

    alerts: tuple[Alert, ...]
    transitions: tuple[Transition, ...]
    changes: _Changes
    routing: Routing
    before: Mapping[SeriesKey, SeriesState]

    @property
    def revised(self) -> Mapping[tuple[SeriesKey, datetime], Revision]:
        """Windows that had a verdict and now have another one, by series and end."""
        return self.changes.revised


@dataclass
class _Changes:
    """Collected while the series advance."""

    judged: list[Judged] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    superseded: list[Transition] = field(default_factory=list)
    withdrawn: list[Transition] = field(default_factory=list)
    states: dict[SeriesKey, SeriesState] = field(default_factory=dict)
    revised: dict[tuple[SeriesKey, datetime], Revision] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnOutbox:
    """The part of a store's outbox that belongs to one root file: only it knows the channels of its notices."""

    store: Store
    owner: str

    def pending_notices(self, environment: str | None, channel: str | None = None) -> tuple[QueuedNotice, ...]:
        waiting = self.store.pending_notices(environment, channel)
        return tuple(queued for queued in waiting if queued.notice.owner == self.owner)

    def mark_sent(self, notice_id: str) -> None:
        self.store.mark_sent(notice_id)

    def mark_failed(
        self, notice_id: str, reason: str, *, final: bool = False, not_before: datetime | None = None
    ) -> None:
        self.store.mark_failed(notice_id, reason, final=final, not_before=not_before)

    def mark_dropped(self, notice_id: str, reason: str) -> None:
        self.store.mark_dropped(notice_id, reason)

    def lease(self, name: str, *, seconds: float, wait: float) -> AbstractContextManager[Lease]:
        return self.store.lease(name, seconds=seconds, wait=wait)


def owner_of(document: Document) -> str:
    """The root file as the store knows it: others may keep their alerts in the same store."""
    return str(document.root.resolve())


@dataclass(frozen=True)
class Lifecycle:
    """The alerts of one document as of one instant; without a store every series starts anew."""

    document: Document
    graph: Graph
    at: datetime
    store: Store | None
    lease: Lease | None = None  # the run's hold on the store

    @property
    def owner(self) -> str:
        return owner_of(self.document)

    def advance(self, results: Iterable[tuple[Due, Result]], *, whole: bool) -> Outcome:
        """Fold the verdicts into the alerts. `whole`: all monitors were run, so what is missing has been removed."""
        known = self.store.states(self.document.environment) if self.store else {}
        by_series: dict[SeriesKey, list[Judgement]] = {}
        plans: dict[SeriesKey, MonitorPlan] = {}
        for due, result in results:
            judgement = Judgement(due.window.end or due.as_of, result, due.as_of)
            by_series.setdefault(result.series, []).append(judgement)
            plans[result.series] = due.monitor
        changes = _Changes()
        for series, judgements in by_series.items():
            self._series(known.get(series, SeriesState()), series, judgements, plans[series], changes)
        if whole:
            self._end_removed(known, changes)
        own = self.store.owned(self.document.environment, self.owner) if self.store else frozenset()
        before = {series: state for series, state in known.items() if series in own}
        latest = {series: max(judged, key=lambda each: each.at).result for series, judged in by_series.items()}
        routing = self._route(changes, plans, latest)
        told = alerts(before | changes.states, changes.transitions)
        return Outcome(told, tuple(changes.transitions), changes, routing, before)

    def _series(
        self,
        state: SeriesState,
        series: SeriesKey,
        judgements: list[Judgement],
        plan: MonitorPlan,
        changes: _Changes,
    ) -> None:
        """One series after its new verdicts; a window judged before is replayed from there."""
        judgements = sorted(judgements, key=lambda each: each.at)
        past = None
        if self.store is not None and is_rejudged(state, judgements):
            past = self.store.history(series, judgements[0].at)
            changes.revised |= {(series, at): one for at, one in revised(past.judgements, judgements)}
        step = advance(state, judgements, plan.alert, past, ZoneInfo(plan.timezone))
        changes.judged += step.judged
        changes.transitions += step.transitions
        changes.superseded += step.superseded
        changes.states[series] = step.state
        if step.withdrawn is not None:
            changes.withdrawn.append(step.withdrawn)

    def leaving(self, known: Mapping[SeriesKey, SeriesState]) -> dict[SeriesKey, SeriesState]:
        """Of the states in the store, the open alerts of series that left the configuration."""
        if self.store is None:
            return {}
        own = self.store.owned(self.document.environment, self.owner)
        divided = cache(lambda of: series_of(self._plans[of][0], known, cache(self.facts_of)))
        return {
            series: state
            for series, state in known.items()
            if state.alert is not None and series in own and not self._stands(series, divided)
        }

    def _stands(self, series: SeriesKey, divided: Callable[[Subject], frozenset[SeriesKey]]) -> bool:
        """Whether a series is still asked for; one of a `divided` composite, whether what it looks at is."""
        plan = self._plan_of(series)
        if plan is None or not isinstance(plan.check, CompositeCheck) or not set(plan.check.by) - {"model"}:
            return plan is not None
        return series in divided((series.monitor, series.subject))

    def _end_removed(self, known: Mapping[SeriesKey, SeriesState], changes: _Changes) -> None:
        """Alerts of series that left the configuration end, with that reason."""
        for series, state in self.leaving(known).items():
            last = self.store.last_result(series) if self.store is not None else None
            if series in changes.states or last is None:
                continue
            after, ended = removed(state, last.result, max(self.at, state.last or self.at))
            changes.states[series] = after
            if ended is not None:
                changes.transitions.append(ended)

    def rules_of(self, series: SeriesKey) -> tuple[AlertPolicy, ZoneInfo] | None:
        """How verdicts of a series become alerts; None when the series left the configuration."""
        plan = self._plan_of(series)
        return None if plan is None else (plan.alert, ZoneInfo(plan.timezone))

    def facts_of(self, series: SeriesKey) -> MonitorFacts | None:
        """What is known of the monitor behind a series; None when the series left the configuration."""
        plan = self._plan_of(series)
        return plan.facts if plan is not None else None

    def _plan_of(self, series: SeriesKey) -> MonitorPlan | None:
        """The plan that a series belongs to; None when it left the configuration."""
        plans = self._plans.get((series.monitor, series.subject), ())
        fitting = [plan for plan in plans if reaches(plan, series)]
        # Of the plans that overrides make of one monitor, the one that has the column, not one that would select it.
        found = next((plan for plan in fitting if plan.has(series)), fitting[0] if fitting else None)
        return found.at(series) if found is not None and found.at(series).enabled else None

    @cached_property
    def _plans(self) -> Mapping[Subject, list[MonitorPlan]]:
        """The plans of each monitor and subject; overrides make several of one."""
        found: dict[Subject, list[MonitorPlan]] = {}
        for plan in (*self.graph.monitors, *self.graph.composites):
            found.setdefault((plan.name, plan.subject), []).append(plan)
        return found

    def _route(
        self, changes: _Changes, plans: Mapping[SeriesKey, MonitorPlan], latest: Mapping[SeriesKey, Result]
    ) -> Routing:
        """Whom to tell: of this run's transitions, and of what still fires where it is time to repeat."""
        environment = self.document.environment
        firing = self.store.firing(environment) if self.store else ()
        superseded = {transition.id for transition in changes.superseded}
        own = self.store.owned(environment, self.owner) if self.store else frozenset()
        still = [each for each in firing if each.id not in superseded and each.series in own]
        windows = {series: result.window for series, result in latest.items()}
        concerned = {each.series for each in (*still, *changes.transitions, *changes.withdrawn)}
        circumstances = Circumstances(
            facts={key: plans[0].facts for key, plans in self._plans.items()},
            exceptions=self._exceptions(concerned),
            routes=self.document.routes,
            channels=tuple(self.document.channels),
            at=self.at,
            told=self.store.told(environment) if self.store else {},
            unrouted=frozenset(series for series in concerned if self._is_unrouted(series, plans.get(series))),
            totals={key: len({s.column for plan in plans for s in plan.series}) for key, plans in self._plans.items()},
            quiet=Quiet(silences_of(self.document), incidents_of(self.document), self.document.inhibit, windows),
            latest=latest,
        )
        return notices((*still, *changes.transitions, *changes.withdrawn), circumstances)

    def _is_unrouted(self, series: SeriesKey, plan: MonitorPlan | None) -> bool:
        """Whether nobody is told of a series, be it judged in this run (by `plan`) or firing from earlier ones."""
        plan = plan or self._plan_of(series)
        return plan is not None and not plan.alert.route

    def _exceptions(self, concerned: Iterable[SeriesKey]) -> Mapping[SeriesKey, MonitorFacts]:
        """What is said of series of which overrides say something else than of the rest of their monitor."""
        found = {}
        for series in concerned:
            plans = self._plans.get((series.monitor, series.subject), [])
            if len(plans) > 1 or (plans and plans[0].exceptions is not None):
                plan = self._plan_of(series)
                if plan is not None:
                    found[series] = plan.facts
        return found

    def record(self, outcome: Outcome, marks: Mapping[MarkKey, Mark]) -> None:
        """Verdicts, transitions and their notices, in one transaction."""
        if self.store is None:
            return
        from driftline.store.store import Batch

        changes, routing = outcome.changes, outcome.routing
        batch = Batch(
            judged=tuple(changes.judged),
            transitions=tuple(changes.transitions),
            superseded=tuple(changes.superseded),
            states=changes.states,
            notices=tuple(replace(notice, owner=self.owner) for notice in routing.notices),
            told=routing.told,
            marks=marks,
            owner=self.owner,
        )
        self.store.record(batch, self.lease)

    def deliver(self, outcome: Outcome) -> tuple[Delivery, ...]:
        """Send what waits in the outbox, earlier runs' notices first."""
        if self.store is None:
            return ()
        told = suppressed(outcome.routing.decisions)
        outbox = OwnOutbox(self.store, self.owner)
        if not outbox.pending_notices(self.document.environment):
            return told
        from driftline.channels.apprise import AppriseChannel

        channels = {name: AppriseChannel.of(channel) for name, channel in self.document.channels.items()}
        return (*deliver(outbox, channels, self.document.environment), *told)
