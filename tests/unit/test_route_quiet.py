"""What keeps an alert quiet, for how long, and that it is told once afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from driftline.compile.incidents import Incident
from driftline.config.document import InhibitDefinition, Matcher
from driftline.errors import Place
from driftline.model import Interval, MonitorFacts, SeriesKey, Transition
from driftline.route.decide import Circumstances, Routing, notices
from driftline.route.quiet import Quiet, Silence
from tests.unit.alert_values import FACTS, SERIES, day
from tests.unit.test_route_decide import ToldMap, reasons, transitions

PLACE = Place("monitors.yaml", 1, 1)
FRESH = SeriesKey(None, "fresh", "scored")
FRESH_FACTS = MonitorFacts("fresh", None, "scored", "freshness")


def silence(start: int | None, end: int, match: Matcher | None = None) -> Silence:
    at = None if start is None else day(start)
    return Silence(match or Matcher(), at, day(end), "silence: move of the feed by anna")


def route(heads: Sequence[Transition], quiet: Quiet, number: int = 0, told: ToldMap | None = None) -> Routing:
    facts = {("feature-drift", "late_arrival"): FACTS, ("fresh", "scored"): FRESH_FACTS}
    return notices(heads, Circumstances(facts, (), ("ops",), day(number), told or {}, quiet=quiet))


def test_a_silenced_alert_is_not_told_and_the_reason_names_who_silenced_it() -> None:
    routing = route(transitions("C"), Quiet([silence(0, 3)]), number=2)
    assert reasons(routing) == [("ops", False, "silence: move of the feed by anna")]
    assert (routing.notices, routing.told) == ((), {})


@pytest.mark.parametrize(("number", "sent"), [(0, True), (1, False), (2, False), (3, True)])
def test_a_silence_holds_from_its_start_until_its_end(number: int, sent: bool) -> None:
    routing = route(transitions("C"), Quiet([silence(1, 3)]), number)
    assert [each.sent for each in routing.decisions] == [sent]


def test_a_silence_speaks_of_what_it_matches() -> None:
    for match, sent in (
        (Matcher(column=("distance",)), False),
        (Matcher(column=("seats",)), True),
        (Matcher(severity=("warning",)), True),
        (Matcher(severity=("critical",), tags={"team": ("ops",)}), False),
    ):
        assert [each.sent for each in route(transitions("C"), Quiet([silence(None, 3, match)])).decisions] == [sent]


def test_an_alert_that_still_fires_when_its_silence_ends_is_told_then_and_once() -> None:
    quiet = Quiet([silence(None, 3)])
    during = route(transitions("C"), quiet, number=1)
    after = route(transitions("C"), quiet, number=3, told=during.told)
    assert reasons(after) == [("ops", True, "fires: verdict critical on day 0")]
    again = route(transitions("C"), quiet, number=4, told=after.told)
    assert reasons(again) == [("ops", False, "already told that it fires (critical)")]


def test_an_alert_that_came_and_went_in_a_silence_is_never_told() -> None:
    quiet = Quiet([silence(None, 3)])
    during = route(transitions("C"), quiet, number=0)
    assert reasons(route(transitions("C."), quiet, number=1, told=during.told)) == [
        ("ops", False, "the channel was not told that it fired")
    ]


def test_the_end_of_an_alert_that_was_told_is_told_in_a_silence_too() -> None:
    told = route(transitions("C"), Quiet()).told
    ended = route(transitions("C."), Quiet([silence(None, 3)]), number=1, told=told)
    assert ended.notices[0].title.startswith("[RESOLVED]")
    again = route(transitions("C.C"), Quiet(), number=4, told=ended.told)
    assert len(again.notices) == 1


def test_a_change_of_level_in_a_silence_is_told_after_it() -> None:
    told = route(transitions("w"), Quiet()).told
    quiet = Quiet([silence(1, 3)])
    during = route(transitions("wC"), quiet, number=1, told=told)
    assert reasons(during) == [("ops", False, "silence: move of the feed by anna")]
    assert reasons(route(transitions("wC"), quiet, number=3, told=told)) == [
        ("ops", True, "told as warning, now critical")
    ]


def test_a_muted_alert_is_not_counted_as_told_before() -> None:
    seats = replace(SERIES, column="seats")
    quiet = Quiet([silence(None, 3, Matcher(column=("seats",)))])
    routing = route([*transitions("C"), *transitions("C", seats)], quiet)
    assert [each.sent for each in routing.decisions] == [True, False]
    assert "told before" not in routing.notices[0].body


# Incidents -----------------------------------------------------------------------------------------------------------


def incident(first: int, last: int, silent: bool = True, reason: str | None = "thunderstorms") -> Incident:
    """From the start of the window `first` to the end of the window `last`."""
    return Incident("STORM-1", Interval(day(first - 1), day(last)), Matcher(), reason, silent=silent)


def test_alerts_of_windows_that_an_incident_touches_are_kept_but_not_told() -> None:
    routing = route(transitions("..C"), Quiet(incidents=[incident(2, 3)]), number=9)
    assert reasons(routing) == [("ops", False, "incident STORM-1: thunderstorms")]
    assert (
        reasons(route(transitions("..C"), Quiet(incidents=[incident(2, 3, reason=None)])))[0][2] == "incident STORM-1"
    )
    assert [
        each.sent for each in route(transitions("..C"), Quiet(incidents=[incident(2, 3, silent=False)])).decisions
    ] == [True]


def test_what_still_fires_in_a_window_after_the_incident_is_told() -> None:
    quiet = Quiet(incidents=[incident(2, 3)])
    for last, sent in ((2, False), (3, False), (4, True)):
        latest = replace(quiet, windows={SERIES: Interval(day(last - 1), day(last))})
        assert [each.sent for each in route(transitions("..C"), latest).decisions] == [sent]


def test_an_alert_as_of_an_instant_falls_into_an_incident_by_that_instant() -> None:
    quiet = Quiet(incidents=[incident(2, 3)])
    for number, sent in ((0, True), (1, False), (2, False), (3, True)):
        latest = replace(quiet, windows={SERIES: Interval(None, day(number))})
        assert [each.sent for each in route(transitions("..C"), latest).decisions] == [sent]


# Inhibition ----------------------------------------------------------------------------------------------------------


RULE = InhibitDefinition(Matcher(check=("freshness",)), Matcher(model=("*",)), ("source",), PLACE)


def test_an_alert_that_another_explains_is_not_told_and_says_which() -> None:
    routing = route([*transitions("C"), *transitions("C", FRESH)], Quiet(inhibit=[RULE]))
    assert sorted(reasons(routing)) == [
        ("ops", False, "inhibited by fresh/scored"),
        ("ops", True, "fires: verdict critical on day 0"),
    ]


def test_an_alert_inhibits_only_while_it_fires() -> None:
    quiet = Quiet(inhibit=[RULE])
    told = route([*transitions("C"), *transitions("C", FRESH)], quiet).told
    over = route([*transitions("C"), *transitions("C.", FRESH)], quiet, number=1, told=told)
    assert ("ops", True, "fires: verdict critical on day 0") in reasons(over)


def test_both_must_be_equal_in_what_the_rule_names() -> None:
    elsewhere = {("feature-drift", "late_arrival"): FACTS, ("fresh", "scored"): replace(FRESH_FACTS, source="other")}
    heads = [*transitions("C"), *transitions("C", FRESH)]
    routing = notices(heads, Circumstances(elsewhere, (), ("ops",), day(0), quiet=Quiet(inhibit=[RULE])))
    assert all(each.sent for each in routing.decisions)
    lacking = replace(RULE, same=("column",))
    assert all(each.sent for each in route(heads, Quiet(inhibit=[lacking])).decisions)


def test_two_alerts_that_fit_both_sides_do_not_mute_each_other() -> None:
    seats = replace(SERIES, column="seats")
    mutual = InhibitDefinition(Matcher(), Matcher(), (), PLACE)
    routing = route([*transitions("C"), *transitions("C", seats)], Quiet(inhibit=[mutual]))
    assert all(each.sent for each in routing.decisions)
