"""The pure parts of a back-test: when runs are made, how alerts are scored, how a history is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from driftline.backtesting.scoring import score, touches
from driftline.backtesting.ticks import DAY, every_of, ticks
from driftline.compile.incidents import Incident
from driftline.config.document import Matcher
from driftline.errors import UsageError
from driftline.model import Duration, Interval, MonitorFacts, SeriesKey, Severity, Status
from driftline.report.backtest.timeline import Axis
from driftline.report.backtest.values import Episode, Rate

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2024, 3, 8, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


# Ticks -----------------------------------------------------------------------------------------------------------


def test_daily_runs_are_made_at_local_midnights_through_the_change_of_clocks() -> None:
    found = ticks(local("2024-03-08"), local("2024-03-12"), DAY, NEW_YORK)
    assert found == tuple(local(f"2024-03-{day:02}") for day in (9, 10, 11, 12))
    assert [later - one for one, later in pairwise(found)] == [
        timedelta(hours=24), timedelta(hours=23), timedelta(hours=24),
    ]  # fmt: skip


def test_hourly_runs_count_from_the_epoch_and_the_end_is_one_of_them() -> None:
    found = ticks(day(0), day(0.25), Duration(2, "h"), NEW_YORK)
    assert [one.hour for one in found] == [2, 4, 6]


def test_an_end_between_two_runs_is_none() -> None:
    assert ticks(day(0), day(2.5), DAY, ZoneInfo("UTC")) == (day(1), day(2))


def test_a_span_without_a_run_and_one_with_too_many_are_refused() -> None:
    with pytest.raises(
        UsageError, match="no run falls between 2024-03-08 00:00 and 2024-03-08 12:00: they are 1d apart"
    ):
        ticks(day(0), day(0.5), DAY, ZoneInfo("UTC"))
    with pytest.raises(UsageError, match="more than 100,000"):
        ticks(day(0), day(90), Duration(1, "s"), ZoneInfo("UTC"))


def test_runs_without_windows_are_a_day_apart() -> None:
    assert every_of(None, ()) == DAY
    assert every_of("6h", ()) == Duration(6, "h")


# Scoring ---------------------------------------------------------------------------------------------------------

SERIES = SeriesKey(None, "drift", "m", "x")


def episode(begins: float, since: float, ends: float | None, decided: float, **changes: object) -> Episode:
    """An alert by days: its first window, the one that resolved it, and the run that told of it."""
    made = Episode(
        alert=f"{begins}-{decided}",
        series=SERIES,
        model="m",
        severity=Severity.WARNING,
        begins=day(begins),
        since=day(since),
        fired=day(since),
        decided=day(decided),
        ends=None if ends is None else day(ends),
        reason="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def incident(start: float, end: float, **match: tuple[str, ...]) -> Incident:
    return Incident(f"{start}", Interval(day(start), day(end)), Matcher(**match))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (episode(4, 5, 6, 5), True),  # inside
        (episode(2, 3, None, 3), True),  # fires since before
        (episode(2, 3, 4, 3), False),  # ended when it began: the window that resolved it held nothing of it
        (episode(2, 3, 4.5, 3), True),
        (episode(6.9, 7.9, 9, 8), True),  # its first window holds the end
        (episode(7, 8, 9, 8), False),  # its first window begins at the end, which is no part
        (episode(7, 7, 9, 7, is_point=True), True),  # judged as of the end
        (episode(7.1, 7.1, 9, 8, is_point=True), False),
    ],
)
def test_an_alert_touches_an_incident_if_its_windows_hold_some_of_it(alert: Episode, expected: bool) -> None:
    assert touches(alert, incident(4, 7)) is expected


def facts_of(series: SeriesKey) -> MonitorFacts:
    return MonitorFacts(monitor=series.monitor, model=series.subject, source="s", check="ks")


def scored(episodes: list[Episode], *incidents: Incident) -> tuple[Rate, Rate, timedelta | None]:
    own = ("drift", "m")
    found = score(episodes, incidents, {own: facts_of(SERIES)}, facts_of, Interval(day(0), day(30)))
    assert found.monitors[own][0] == found.precision
    return found.precision, found.recall, found.delay


def test_precision_counts_alerts_and_recall_counts_incidents() -> None:
    alerts = [episode(4, 5, 6, 5), episode(5, 6, 7, 6), episode(20, 21, 22, 21)]
    assert scored(alerts, incident(4, 7), incident(10, 11)) == (Rate(2, 3), Rate(1, 2), timedelta(days=1))


def test_what_fired_before_an_incident_touches_it_and_did_not_detect_it() -> None:
    before = episode(1, 2, None, 2)
    assert scored([before], incident(4, 7)) == (Rate(1, 1), Rate(1, 1), None)
    assert scored([before, episode(5, 6, 7, 6.5)], incident(4, 7))[2] == timedelta(days=2.5)


def test_an_incident_counts_for_the_series_that_it_speaks_of_only() -> None:
    alerts = [episode(4, 5, 6, 5)]
    assert scored(alerts, incident(4, 7, column=("z",))) == (Rate(0, 1), Rate(0, 1), None)
    assert scored(alerts, incident(4, 7, column=("x",)))[1] == Rate(1, 1)
    other = score(
        alerts, [incident(4, 7, model=("b",))], {("drift", "m"): facts_of(SERIES)}, facts_of, Interval(day(0), day(9))
    )
    assert other.monitors["drift", "m"][1] == Rate(0, 0)


def test_incidents_outside_of_the_span_are_not_scored_and_nothing_of_nothing_is_no_share() -> None:
    found = score([], [incident(40, 41), incident(-2, 0)], {}, facts_of, Interval(day(0), day(30)))
    assert (found.outside, found.incidents, found.precision.share, found.recall.share) == (2, (), None, None)


# Timelines -------------------------------------------------------------------------------------------------------


def test_a_column_is_a_run_or_as_many_as_fit_and_shows_the_worst_window() -> None:
    instants = [day(number) for number in range(1, 11)]
    timeline = {day(1): Status.OK, day(2): Status.CRITICAL, day(3): Status.WARNING, day(8): Status.NO_DATA}
    wide = Axis.of(day(0), instants, 60)
    assert (wide.ticks, wide.columns(timeline)[:4]) == (1, [Status.OK, Status.CRITICAL, Status.WARNING, None])
    narrow = Axis.of(day(0), instants, 4)
    assert (narrow.ticks, len(narrow.edges)) == (3, 4)
    assert narrow.columns(timeline) == [Status.CRITICAL, None, Status.NO_DATA, None]


@pytest.mark.parametrize(
    ("days", "width", "expected"),
    [
        (90, 90, "╷03-08                  ╷04-01                        ╷05-01"),
        (90, 12, "╷03-08"),
        (21, 21, "╷03-08    ╷03-18"),
        (5, 40, "╷03-08"),
    ],
)
def test_the_scale_names_the_dates_for_which_there_is_room(days: int, width: int, expected: str) -> None:
    axis = Axis.of(day(0), [day(number) for number in range(1, days + 1)], width)
    assert axis.scale(ZoneInfo("UTC")) == expected


def test_the_scale_of_a_day_names_hours() -> None:
    axis = Axis.of(day(0), [day(0) + timedelta(hours=hour) for hour in range(1, 31)], 60)
    assert axis.scale(ZoneInfo("UTC")) == "╷03-08  ╷08:00  ╷16:00  ╷03-09"
