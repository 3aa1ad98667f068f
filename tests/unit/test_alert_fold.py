"""The life of an alert, told as rows of verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from driftline.alert.fold import fold
from driftline.alert.replay import replay
from driftline.alert.state import SeriesState, alert_id
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, Duration, Severity, Transition
from tests.unit.alert_values import SERIES, column, day, result, verdicts


def story(letters: str, policy: AlertPolicy) -> str:
    """What the fold says, as one word per transition: `2:firing/critical`."""
    _, transitions = replay(SeriesState(), verdicts(letters), policy)
    return " ".join(f"{(each.at - day(0)).days}:{each.state}/{each.severity}" for each in transitions)


@pytest.mark.parametrize(
    ("policy", "letters", "expected"),
    [
        (AlertPolicy(), "..C..", "2:firing/critical 3:resolved/critical"),
        (AlertPolicy(), "w C C w .", "0:firing/warning 1:firing/critical 3:firing/warning 4:resolved/warning"),
        (AlertPolicy(for_=2), "C.CC.", "0:pending/critical 2:pending/critical 3:firing/critical 4:resolved/critical"),
        (AlertPolicy(for_=2), "wC", "0:pending/warning 1:firing/critical"),
        (AlertPolicy(for_=3), "CC.CC.", "0:pending/critical 3:pending/critical"),
        (AlertPolicy(for_=2), "C0C", "0:pending/critical 2:firing/critical"),
        (AlertPolicy(for_=2), "CiiC", "0:pending/critical 3:firing/critical"),
        (AlertPolicy(for_=(2, 3)), "C.C.", "0:pending/critical 2:firing/critical 3:resolved/critical"),
        (AlertPolicy(for_=(2, 3)), "C..CC", "0:pending/critical 3:pending/critical 4:firing/critical"),
        (AlertPolicy(for_=(2, 3)), "C.0C", "0:pending/critical 3:firing/critical"),
        (AlertPolicy(for_=Duration(2, "d")), "CCC.", "0:pending/critical 2:firing/critical 3:resolved/critical"),
        (AlertPolicy(for_=Duration(2, "d")), "CC.CC", "0:pending/critical 3:pending/critical"),
        (AlertPolicy(for_=Duration(36, "h")), "CCC", "0:pending/critical 2:firing/critical"),
        (AlertPolicy(for_=Duration(0, "d")), "C", "0:firing/critical"),
        (AlertPolicy(), "C~~.", "0:firing/critical 3:resolved/critical"),
        (AlertPolicy(for_=2), "C~C", "0:pending/critical 2:pending/critical"),
        (AlertPolicy(), "C00e.", "0:firing/critical 4:resolved/critical"),
        (AlertPolicy(), "Cii", "0:firing/critical"),
        (AlertPolicy(no_data="critical"), "00.", "0:firing/critical 2:resolved/critical"),
        (AlertPolicy(no_data="warning"), "Ce", "0:firing/critical 1:firing/warning"),
        (AlertPolicy(no_data="ok"), "C0", "0:firing/critical 1:resolved/critical"),
        (AlertPolicy(no_data="ok"), "Ci", "0:firing/critical"),
        (AlertPolicy(no_data="critical"), "ii", ""),
        (AlertPolicy(keep_firing_for=Duration(2, "d")), "C....", "0:firing/critical 2:resolved/critical"),
        (AlertPolicy(keep_firing_for=Duration(2, "d")), "C.C..", "0:firing/critical 4:resolved/critical"),
        (AlertPolicy(keep_firing_for=Duration(2, "d")), "C.0.", "0:firing/critical 3:resolved/critical"),
    ],
)
def test_a_row_of_verdicts_gives_these_transitions(policy: AlertPolicy, letters: str, expected: str) -> None:
    assert story(letters.replace(" ", ""), policy) == expected


def test_since_is_the_end_of_the_first_breaching_window_and_names_the_alert() -> None:
    _, (pending, firing) = replay(SeriesState(), verdicts(".CC"), AlertPolicy(for_=2))
    assert (pending.since, firing.since, firing.at) == (day(1), day(1), day(2))
    assert pending.alert == firing.alert == alert_id(SERIES, day(1))
    assert alert_id(SERIES, day(1)) != alert_id(column("seats"), day(1))


def test_an_alert_keeps_its_name_in_any_time_zone() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert alert_id(SERIES, moment) == alert_id(SERIES, moment.astimezone(ZoneInfo("Asia/Tokyo")))


def test_a_local_day_of_23_hours_is_a_day() -> None:
    zone = ZoneInfo("America/New_York")  # clocks go forward on 2026-03-08
    policy = AlertPolicy(for_=Duration(1, "d"))
    ends = [datetime(2026, 3, 8, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone)]
    state, first = fold(SeriesState(), result("C"), policy, ends[0].astimezone(UTC), zone)
    _, second = fold(state, result("C"), policy, ends[1].astimezone(UTC), zone)
    assert [each.state for each in (*first, *second)] == [AlertState.PENDING, AlertState.FIRING]
    _, in_utc = fold(state, result("C"), policy, ends[1].astimezone(UTC))
    assert in_utc == ()


def test_a_month_ends_on_the_last_day_of_a_shorter_one() -> None:
    policy = AlertPolicy(for_=Duration(1, "mo"))
    state, _ = fold(SeriesState(), result("C"), policy, datetime(2026, 1, 31, tzinfo=UTC))
    _, early = fold(state, result("C"), policy, datetime(2026, 2, 27, tzinfo=UTC))
    _, due = fold(state, result("C"), policy, datetime(2026, 2, 28, tzinfo=UTC))
    assert (early, [each.state for each in due]) == ((), [AlertState.FIRING])


def test_reasons_say_what_happened() -> None:
    _, transitions = replay(SeriesState(), verdicts("wwC."), AlertPolicy(for_=2))
    assert [each.reason for each in transitions] == [
        "verdict warning on day 0 (fires once it held for 2 windows in a row)",
        "verdict warning on day 1 (held for 2 windows in a row)",
        "was warning, now critical: verdict critical on day 2",
        "recovered: verdict ok on day 3",
    ]


def test_a_verdict_without_a_reason_is_told_by_its_status() -> None:
    silent = replace(result("C"), reason=None)
    _, (firing,) = fold(SeriesState(), silent, AlertPolicy(), day(0))
    assert firing.reason == "the verdict is critical"


def test_editing_the_policy_keeps_a_firing_alert() -> None:
    state, _ = replay(SeriesState(), verdicts("C"), AlertPolicy())[0][-1].state, None
    after, transitions = fold(state, result("C", 1), AlertPolicy(for_=5), day(1))
    assert (after.phase, after.alert, transitions) == (AlertState.FIRING, alert_id(SERIES, day(0)), ())


def test_a_state_survives_json() -> None:
    judged, _ = replay(SeriesState(), verdicts("C.C~C.w"), AlertPolicy(for_=(2, 3)))
    for each in judged:
        assert SeriesState.from_json(json.loads(json.dumps(each.state.to_json()))) == each.state


def test_transition_ids_are_stable_and_tell_level_and_instant_apart() -> None:
    first = replay(SeriesState(), verdicts("wCw."), AlertPolicy())[1]
    again = replay(SeriesState(), verdicts("wCw."), AlertPolicy())[1]
    assert [each.id for each in first] == [each.id for each in again]
    assert len({each.id for each in first}) == 4
    changed: Transition = replace(first[0], severity=Severity.CRITICAL)
    assert changed.id != first[0].id
