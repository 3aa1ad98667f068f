"""Who is told of an alert, and who is not, each with its reason.

What counts is the head: the latest firing or resolved transition of a series. A channel is told when the head differs
from what that channel was last told, so that a re-run, a backfill and a replay with late rows do not repeat themselves.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from driftline.compile.match import matches
from driftline.config.document import Matcher, RouteDefinition
from driftline.model import AlertState, MonitorFacts, Notice, Result, SeriesKey, Severity, Transition
from driftline.route.message import Told, compose
from driftline.route.quiet import Quiet, fields_of

Subject = tuple[str, str]  # monitor, and the model or source it watches


@dataclass(frozen=True)
class Decision:
    """Why a channel is, or is not, told of an alert. `matched` says whether a route leads from one to the other."""

    channel: str
    series: SeriesKey
    alert: str
    sent: bool
    reason: str
    matched: bool = True


@dataclass
class Group:
    """The alerts of one channel and one value of `group_by`: to be told now, and firing but told before."""

    max_alerts: int
    telling: list[Transition] = field(default_factory=list)
    told_before: list[Transition] = field(default_factory=list)


@dataclass(frozen=True)
class Routing:
    """What goes out, why, and what every channel has been told once it has gone out.

    `muted` is why series that fire are kept quiet.
    """

    notices: tuple[Notice, ...] = ()
    decisions: tuple[Decision, ...] = ()
    told: Mapping[tuple[str, SeriesKey], Told] = field(default_factory=dict)
    muted: Mapping[SeriesKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Circumstances:
    """All that a decision depends on besides the alert: the configuration, the instant, and what was told before.

    `facts` are by (monitor, subject). `told` is what each channel was last told of a series. `unrouted` are the series
    of monitors with `alert: {route: false}`. `totals` are the numbers of columns a monitor watches, for "4 of 14".
    `latest` are the newest verdicts of this run.
    """

    facts: Mapping[Subject, MonitorFacts]
    routes: Sequence[RouteDefinition]
    channels: Sequence[str]
    at: datetime
    told: Mapping[tuple[str, SeriesKey], Told] = field(default_factory=dict)
    unrouted: Container[SeriesKey] = frozenset()
    totals: Mapping[Subject, int] = field(default_factory=dict)
    exceptions: Mapping[SeriesKey, MonitorFacts] = field(default_factory=dict)  # of single series, by overrides
    quiet: Quiet = field(default_factory=Quiet)
    latest: Mapping[SeriesKey, Result] = field(default_factory=dict)

    def of(self, transition: Transition) -> MonitorFacts:
        """The facts of the monitor behind a transition; of one that left the configuration, what its verdict says."""
        result, series = transition.result, transition.series
        found = self.exceptions.get(series) or self.facts.get((series.monitor, series.subject))
        return found or MonitorFacts(series.monitor, result.model, result.source, result.check)

    def leading_to(self, channel: str) -> tuple[RouteDefinition, ...]:
        """The routes to a channel; where none are declared at all, one that sends it everything."""
        if not self.routes:
            return (RouteDefinition(Matcher(), (channel,)),)
        return tuple(route for route in self.routes if channel in route.channels)


def notices(transitions: Iterable[Transition], circumstances: Circumstances) -> Routing:
    """Decide for every channel and alert, and compose one notice per channel and group.

    `transitions` are those of this run and, for `repeat_interval` and for channels that are new, the ones that made the
    alerts fire that still do. Pending transitions are never told.
    """
    heads = _heads(transitions)
    firing = [head for head in heads if head.state is AlertState.FIRING]
    muted = circumstances.quiet.muted(firing, circumstances.of, circumstances.at)
    parts = [_for_channel(channel, heads, muted, circumstances) for channel in circumstances.channels]
    return Routing(
        notices=tuple(notice for part in parts for notice in part.notices),
        decisions=tuple(decision for part in parts for decision in part.decisions),
        told={key: told for part in parts for key, told in part.told.items()},
        muted={head.series: muted[head.id] for head in firing if head.id in muted},
    )


def _for_channel(
    channel: str, heads: Sequence[Transition], muted: Mapping[str, str], circumstances: Circumstances
) -> Routing:
    decisions: list[Decision] = []
    told: dict[tuple[str, SeriesKey], Told] = {}
    groups: dict[str, Group] = {}
    for head in heads:
        decision, route = decide(channel, head, circumstances, muted.get(head.id))
        before = circumstances.told.get((channel, head.series))
        known = before is not None and before.state is AlertState.FIRING
        decisions.append(decision)
        group = groups.setdefault(group_key(route, head, circumstances.of(head)), Group(route.max_alerts))
        if decision.sent:
            group.telling.append(head)
        elif decision.matched and known and head.state is AlertState.FIRING:
            group.told_before.append(head)
        ends = head.state is AlertState.RESOLVED and known
        if decision.sent or ends:
            # An end that is kept from a channel counts as told, or the next episode would look like this one.
            told[channel, head.series] = Told(head.alert, head.state, head.severity, circumstances.at)
    notices = tuple(_notice(channel, key, group, circumstances) for key, group in groups.items() if group.telling)
    return Routing(notices, tuple(decisions), told)


def _notice(channel: str, key: str, group: Group, circumstances: Circumstances) -> Notice:
    return compose(
        channel,
        key,
        group.telling,
        {each.id: circumstances.of(each) for each in group.telling},
        at=circumstances.at,
        still_firing=group.told_before,
        max_alerts=group.max_alerts,
        totals=circumstances.totals,
        latest=circumstances.latest,
    )


def decide(
    channel: str, head: Transition, circumstances: Circumstances, muted: str | None = None
) -> tuple[Decision, RouteDefinition]:
    """Whether a channel is told of the head of a series, and the route whose grouping holds.

    `muted` is what keeps the alert quiet. The end of one that was told is told all the same: somebody waits for it.
    """
    leading = circumstances.leading_to(channel)
    before = circumstances.told.get((channel, head.series))
    # The end of an alert goes to whom its beginning was told, at the severity that they know of.
    severity = before.severity if before and head.state is AlertState.RESOLVED else head.severity
    facts = circumstances.of(head)
    matching = tuple(route for route in leading if matches(route.match, facts, head.series, severity))
    sent, reason, matched = _verdict(head, matching, before, circumstances)
    if sent and muted is not None:
        sent, reason = False, muted
    route = (matching or leading or (RouteDefinition(Matcher(), (channel,)),))[0]
    return Decision(channel, head.series, head.alert, sent, reason, matched), route


def _verdict(
    head: Transition, matching: Sequence[RouteDefinition], before: Told | None, circumstances: Circumstances
) -> tuple[bool, str, bool]:
    """Sent or not, the reason, and whether a route leads there."""
    if head.series in circumstances.unrouted:
        return False, "the monitor says alert: {route: false}", False
    if head.state is AlertState.RESOLVED:
        if before is None or before.state is not AlertState.FIRING:
            return False, "the channel was not told that it fired", bool(matching)
        if matching and not any(route.resolved for route in matching):
            return False, "the route says resolved: false", True
        return True, f"resolved: {head.reason}", True
    if not matching:
        return False, f"no route to this channel matches (severity {head.severity})", False
    if before is None or before.state is not AlertState.FIRING:
        return True, f"fires: {head.reason}", True
    if before.severity is not head.severity:
        return True, f"told as {before.severity}, now {head.severity}", True
    intervals = [route.repeat_interval for route in matching if route.repeat_interval is not None]
    shortest = min(intervals, key=lambda interval: interval.seconds, default=None)
    if shortest is not None and circumstances.at - before.at >= shortest.timedelta:
        return True, f"still firing, told again after {shortest}", True
    return False, f"already told that it fires ({head.severity})", True


def group_key(route: RouteDefinition, head: Transition, facts: MonitorFacts) -> str:
    """The values of the route's `group_by` as text; a name that is no field of a series is that of a tag."""
    fields = fields_of(head, facts)
    values = [(key, fields[key] if key in fields else facts.tags.get(key)) for key in route.group_by]
    return json.dumps([head.series.environment, *values], ensure_ascii=False)


def _heads(transitions: Iterable[Transition]) -> list[Transition]:
    """The latest firing or resolved transition of each series, the worst first, then by name."""
    latest: dict[SeriesKey, Transition] = {}
    for each in transitions:
        if each.state is AlertState.PENDING:
            continue
        known = latest.get(each.series)
        if known is None or each.at >= known.at:
            latest[each.series] = each
    return sorted(latest.values(), key=lambda each: (each.severity is not Severity.CRITICAL, each.series.text))
