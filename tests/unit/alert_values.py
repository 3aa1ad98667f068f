"""Verdicts and facts for tests of alerts, routes and the store, short enough to be read in a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from driftline.alert.replay import Judgement
from driftline.model import Interval, MonitorFacts, Result, SeriesKey, Status

START = datetime(2026, 3, 1, tzinfo=UTC)
SERIES = SeriesKey(None, "feature-drift", "late_arrival", "distance")
FACTS = MonitorFacts(
    "feature-drift", "late_arrival", "scored", "psi", "binary", {"team": "ops", "tier": "1"}, family="drift"
)

_STATUSES = {
    ".": Status.OK,
    "~": Status.OK,  # below the threshold, but inside the recovery bounds
    "w": Status.WARNING,
    "C": Status.CRITICAL,
    "0": Status.NO_DATA,
    "i": Status.INSUFFICIENT_DATA,
    "e": Status.ERROR,
}


def day(number: int) -> datetime:
    """The end of the window number 0, 1, …"""
    return START + timedelta(days=number + 1)


def result(letter: str, number: int = 0, series: SeriesKey = SERIES) -> Result:
    """The verdict of a daily window; `letter` is a key of `_STATUSES`."""
    status = _STATUSES[letter]
    value = {".": 0.02, "~": 0.09, "w": 0.12, "C": 0.31}.get(letter)
    return Result(
        series=series,
        check="psi",
        metric=None,
        model=series.subject,
        source="scored",
        window=Interval(day(number) - timedelta(days=1), day(number)),
        value=value,
        baseline_value=None,
        compared=value,
        p_value=None if value is None else 0.0003,
        p_adjusted=None if value is None else 0.002,
        bound=None if value is None else 1e-5,
        status=status,
        reason=f"verdict {status} on day {number}",
        rows=28834,
        labelled_rows=None,
        baseline_rows=25001,
        recovered=letter != "~",
        limit={"w": "> 0.1", "C": "> 0.25"}.get(letter),
        baseline="training",
    )


def verdicts(letters: Iterable[str], first: int = 0, series: SeriesKey = SERIES) -> tuple[Judgement, ...]:
    """One daily verdict per letter: `.` ok, `~` ok but not recovered, w, C, 0 no data, i insufficient, e error."""
    return tuple(
        Judgement(day(first + number), result(letter, first + number, series)) for number, letter in enumerate(letters)
    )


def column(name: str, environment: str | None = None) -> SeriesKey:
    """The same monitor on another column."""
    return replace(SERIES, column=name, environment=environment)
