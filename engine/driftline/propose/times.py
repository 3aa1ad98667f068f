"""Windows, lateness, delays and limits of age, from when rows and labels came. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from driftline.propose.facts import Arrivals, Rhythm
from driftline.propose.scalars import duration, length, share

DAY = 86400.0
ENOUGH_ROWS = 200  # of a window: twice what a check asks for at least


@dataclass(frozen=True)
class WindowPlan:
    """A window that the file declares."""

    name: str
    body: str
    seconds: float
    reason: str


@dataclass(frozen=True)
class Past:
    """A baseline of the data's own past, for a model that has no other; `words` say what it is."""

    name: str
    body: str
    words: str
    reason: str


@dataclass(frozen=True)
class Windows:
    """`usual` is what counting and quality are judged by, `steady` what drift and performance are."""

    usual: WindowPlan
    steady: WindowPlan
    lateness: str
    past: Past


SLOW = "A slow decline escapes it, since the past declines too: a training set shows more."
HOURLY = WindowPlan("hourly", "{size: 1h}", 3600.0, "")
DAILY = WindowPlan("daily", "{size: 1d}", DAY, "")
WEEKLY = WindowPlan("weekly", "{size: 7d, every: 1d}", 7 * DAY, "")
MONTHLY = WindowPlan("monthly", "{size: 28d, every: 1d}", 28 * DAY, "")


def spread(rhythm: Rhythm) -> float:
    """Days from one day with rows to the next; 1 where every day has some."""
    return max(rhythm.span / DAY / max(rhythm.days, 1), 1.0)


def windows(rhythm: Rhythm, timezone: str) -> Windows:
    """The smallest windows that hold enough rows, and not more than the data has seen of them."""
    apart = spread(rhythm)
    per_day = rhythm.per_day / apart
    rows = f"about {rhythm.per_day:,.0f} rows a day" + (f", one day in {apart:.0f}" if apart >= 2 else "")
    if rhythm.span < 3 * DAY and per_day / 24 >= ENOUGH_ROWS:
        usual = _because(HOURLY, f"{length(rhythm.span)} of data so far: make it daily when weeks are there")
        return Windows(usual, usual, "10m", Past("earlier", "{type: trailing, size: 24h}", "the 24 hours before", SLOW))
    if apart < 4 and (per_day >= ENOUGH_ROWS or rhythm.span < 14 * DAY):
        usual = _because(DAILY, rows)
        steady = _because(WEEKLY, "a whole week, so that weekdays weigh the same; judged every day")
        return Windows(usual, steady if rhythm.span > 8 * DAY else usual, "1h", _past(rhythm, timezone, 4))
    if apart < 10 and per_day * 7 >= ENOUGH_ROWS / 2:
        usual = _because(WEEKLY, f"{rows}: too few for a day; judged every day")
        return Windows(usual, usual, "1h", _past(rhythm, timezone, 4))
    usual = _because(MONTHLY, f"{rows}: too few for a week; judged every day")
    return Windows(usual, usual, "1h", _past(rhythm, timezone, 12))


def _past(rhythm: Rhythm, timezone: str, weeks: int) -> Past:
    """The first weeks, where the data goes on for as long again; else the weeks before each window."""
    words = {4: "four", 12: "twelve"}[weeks]
    if rhythm.span < 2 * weeks * 7 * DAY:
        return Past("earlier", f"{{type: trailing, size: {weeks * 7}d}}", f"the {words} weeks before", SLOW)
    start = rhythm.first.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
    end = start + timedelta(weeks=weeks)
    reason = f"The first {words} weeks of the data, from its first whole day on: a training set would be better."
    return Past("start", f"{{type: range, start: {start}, end: {end}}}", f"the first {words} weeks", reason)


def _because(window: WindowPlan, reason: str) -> WindowPlan:
    return WindowPlan(window.name, window.body, window.seconds, reason)


@dataclass(frozen=True)
class Freshness:
    """From which age of the newest row on a feed is late, and dead."""

    warning: str
    critical: str
    reason: str


def freshness(rhythm: Rhythm) -> Freshness:
    """Twice and four times the longest pause of an ordinary week."""
    least = 3600.0 if rhythm.span >= 3 * DAY else 900.0  # no shorter than rows are let be late
    warning = duration(max(2 * rhythm.pause, least))
    critical = duration(max(4 * rhythm.pause, 4 * least))
    pause = f"pauses last up to {length(rhythm.pause)}" if rhythm.pause > 60 else "rows come every minute"
    return Freshness(warning, critical, pause)


@dataclass(frozen=True)
class Delays:
    """How long labels are waited for. None where they carry no time."""

    delay: str | None
    max_delay: str | None
    reason: str
    longest: str
    coverage: str
    least_warning: str | None  # label coverage from which on too few labels come
    least_critical: str | None


def delays(arrivals: Arrivals | None) -> Delays:
    """95 % of the labels decide the delay, the last one the longest."""
    if arrivals is None:
        return Delays(None, None, "no label joins any row: are these the right ids?", "", "0 %", None, None)
    coverage = share(arrivals.labelled)
    warning = f"{int(arrivals.labelled * 90)}%" if arrivals.labelled >= 0.3 else None
    critical = f"{int(arrivals.labelled * 50)}%" if arrivals.labelled >= 0.3 else None
    if arrivals.typical is None or arrivals.longest is None:
        return Delays(None, None, "", "", coverage, warning, critical)
    reason = f"measured: 95 % of the labels are known {length(arrivals.typical)} after the event"
    delay, longest = duration(max(arrivals.typical, 60.0)), duration(max(arrivals.longest, 60.0))
    last = f"measured: the last one after {length(arrivals.longest)}"
    return Delays(delay, longest, reason, last, coverage, warning, critical)
