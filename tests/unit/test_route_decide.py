"""Why was I (not) told? Every decision has a reason, and none is made twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from driftline.alert.replay import replay
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy, Matcher, RouteDefinition
from driftline.model import AlertState, Duration, SeriesKey, Severity, Transition
from driftline.route.decide import Circumstances, Routing, notices
from driftline.route.message import Told
from tests.unit.alert_values import FACTS, SERIES, column, day, verdicts

CRITICAL = Matcher(severity=("critical",))
ToldMap = Mapping[tuple[str, SeriesKey], Told]


def transitions(letters: str, series: SeriesKey = SERIES, policy: AlertPolicy | None = None) -> tuple[Transition, ...]:
    return replay(SeriesState(), verdicts(letters, series=series), policy or AlertPolicy())[1]


def route(
    heads: Sequence[Transition],
    *routes: RouteDefinition,
    told: ToldMap | None = None,
    channels: Sequence[str] = ("ops",),
    number: int = 9,
    unrouted: frozenset[SeriesKey] = frozenset(),
) -> Routing:
    facts = {("feature-drift", "late_arrival"): FACTS}
    return notices(heads, Circumstances(facts, routes, channels, day(number), told or {}, unrouted))


def reasons(routing: Routing) -> list[tuple[str, bool, str]]:
    return [(each.channel, each.sent, each.reason) for each in routing.decisions]


def test_without_routes_every_channel_gets_everything() -> None:
    routing = route(transitions("w"), channels=("ops", "chat"))
    assert [each.channel for each in routing.notices] == ["ops", "chat"]
    assert reasons(routing)[0] == ("ops", True, "fires: verdict warning on day 0")


def test_a_channel_that_no_route_leads_to_is_not_told_and_says_why() -> None:
    routing = route(transitions("w"), RouteDefinition(CRITICAL, ("ops",)))
    assert routing.notices == ()
    assert reasons(routing) == [("ops", False, "no route to this channel matches (severity warning)")]


def test_pending_is_never_told() -> None:
    assert route(transitions("C", policy=AlertPolicy(for_=2))).decisions == ()


def test_only_the_head_counts() -> None:
    routing = route(transitions("wC.C"))
    assert len(routing.notices) == 1
    assert routing.told["ops", SERIES].severity is Severity.CRITICAL
    assert reasons(route(transitions("wC."))) == [("ops", False, "the channel was not told that it fired")]


def test_what_was_told_is_not_told_again() -> None:
    told = route(transitions("C")).told
    again = route(transitions("C"), told=told)
    assert reasons(again) == [("ops", False, "already told that it fires (critical)")]
    assert (again.notices, again.told) == ((), {})


def test_a_change_of_level_is_told() -> None:
    told = route(transitions("w")).told
    routing = route(transitions("wC"), told=told)
    assert reasons(routing) == [("ops", True, "told as warning, now critical")]


def test_the_end_is_told_to_whom_the_beginning_was_told() -> None:
    told = route(transitions("C"), RouteDefinition(CRITICAL, ("ops",))).told
    eased = route(transitions("Cw"), RouteDefinition(CRITICAL, ("ops",)), told=told)
    assert eased.notices == ()
    ended = route(transitions("Cw."), RouteDefinition(CRITICAL, ("ops",)), told=told)
    assert ended.notices[0].title == "[RESOLVED] late_arrival · feature-drift: psi of distance is back to normal"
    assert ended.told["ops", SERIES].state is AlertState.RESOLVED


def test_an_end_that_a_route_keeps_to_itself_does_not_hide_the_next_beginning() -> None:
    quiet = RouteDefinition(Matcher(), ("ops",), resolved=False)
    told = route(transitions("C"), quiet).told
    ended = route(transitions("C."), quiet, told=told)
    assert reasons(ended) == [("ops", False, "the route says resolved: false")]
    assert len(route(transitions("C.C"), quiet, told=ended.told).notices) == 1


def test_an_alert_that_still_fires_is_told_again_after_the_interval() -> None:
    daily = RouteDefinition(Matcher(), ("ops",), repeat_interval=Duration(24, "h"))
    told = route(transitions("C"), daily, number=0).told
    assert route(transitions("C"), daily, told=told, number=0).notices == ()
    again = route(transitions("C"), daily, told=told, number=1)
    assert reasons(again) == [("ops", True, "still firing, told again after 24h")]
    assert again.told["ops", SERIES].at == day(1)
    first = route(transitions("C"), daily, number=0).notices[0]
    assert again.notices[0].id != first.id


def test_one_notice_however_many_routes_lead_to_a_channel() -> None:
    routing = route(transitions("C"), RouteDefinition(Matcher(), ("ops",)), RouteDefinition(CRITICAL, ("ops", "chat")))
    assert [each.channel for each in routing.notices] == ["ops"]
    both = route(
        transitions("C"),
        RouteDefinition(Matcher(), ("ops",)),
        RouteDefinition(CRITICAL, ("chat",)),
        channels=("ops", "chat"),
    )
    assert [each.channel for each in both.notices] == ["ops", "chat"]


def test_alerts_are_grouped_by_monitor_and_model_unless_told_otherwise() -> None:
    heads = [*transitions("C", column("a")), *transitions("w", column("b"))]
    assert len(route(heads).notices) == 1
    by_column = RouteDefinition(Matcher(), ("ops",), group_by=("column",))
    assert len(route(heads, by_column).notices) == 2
    by_tag = RouteDefinition(Matcher(), ("ops",), group_by=("team", "severity"))
    assert len(route(heads, by_tag).notices) == 2


def test_a_monitor_that_does_not_route_tells_nobody() -> None:
    routing = route(transitions("C"), unrouted=frozenset([SERIES]))
    assert routing.notices == ()
    assert reasons(routing) == [("ops", False, "the monitor says alert: {route: false}")]


def test_a_new_channel_hears_of_what_already_fires() -> None:
    told = route(transitions("C")).told
    routing = route(transitions("C"), told=told, channels=("ops", "new"))
    assert [each.channel for each in routing.notices] == ["new"]


def test_a_group_counts_what_was_told_before_and_still_fires() -> None:
    told = route(transitions("C", column("a"))).told
    routing = route([*transitions("C", column("a")), *transitions("w", column("b"))], told=told)
    notice = routing.notices[0]
    assert notice.title.startswith("[WARNING] late_arrival · feature-drift: psi of b")
    assert "1 more still firing, told before" in notice.body
    assert notice.severity is Severity.CRITICAL


def test_the_facts_of_a_monitor_that_is_gone_come_from_its_last_verdict() -> None:
    series = replace(SERIES, monitor="gone")
    told = route(transitions("C", series)).told
    ended = replace(transitions("C.", series)[-1], reason="removed")
    routing = route([ended], RouteDefinition(Matcher(tags={"team": ("ops",)}), ("ops",)), told=told)
    assert reasons(routing) == [("ops", True, "resolved: removed")]


def test_a_notice_is_the_same_when_its_causes_are() -> None:
    first, again = route(transitions("C")).notices[0], route(transitions("C")).notices[0]
    assert first == again
    later = route(transitions("C"), number=10).notices[0]
    assert later.id != first.id
    assert later.at - first.at == timedelta(days=1)
