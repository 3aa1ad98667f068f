"""The values that cross stages: windows, series, readings, results, transitions, notices."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Duration:
    """A length of time as written (`15m`, `1d`, `1mo`): calendar units keep theirs, since a local day is not 24 h."""

    count: int
    unit: str  # ms | s | m | h | d | w | mo

    _SECONDS: ClassVar[Mapping[str, float]] = {
        "ms": 0.001,
        "s": 1.0,
        "m": 60.0,
        "h": 3600.0,
        "d": 86400.0,
        "w": 604800.0,
        "mo": 2629746.0,
    }

    @property
    def seconds(self) -> float:
        """Length in seconds; a month counts as its mean length."""
        return self.count * self._SECONDS[self.unit]

    @property
    def timedelta(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @property
    def is_calendar(self) -> bool:
        """Whether the length follows the local calendar (days, weeks, months)."""
        return self.unit in ("d", "w", "mo")

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


ZERO = Duration(0, "s")


@dataclass(frozen=True, order=True)
class Interval:
    """Half-open span of event time [start, end), aware UTC; None is unbounded (a source without a timestamp)."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class SeriesKey:
    """The identity of a series (LANGUAGE: Identity): what may be edited without losing state is not in it.

    `subject` is the name of the model or source; `segment` holds (dimension, value) pairs, empty for all rows.
    """

    environment: str | None
    monitor: str
    subject: str
    column: str | None = None
    segment: tuple[tuple[str, str], ...] = ()
    class_: str | None = None

    @property
    def text(self) -> str:
        """As people read it: `feature-drift/late_arrival/seats/origin=JFK`."""
        parts = [self.environment, self.monitor, self.subject, self.column]
        parts += [f"{name}={value}" for name, value in self.segment]
        parts.append(f"class={self.class_}" if self.class_ is not None else None)
        return "/".join(part for part in parts if part is not None)


class Status(StrEnum):
    """A verdict's status, DESIGN 2."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    NO_DATA = "no_data"
    INSUFFICIENT_DATA = "insufficient_data"
    ERROR = "error"


class Severity(StrEnum):
    """How bad a breach is."""

    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """The life of an alert."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Contribution:
    """What part of a reading something carries: a category, a column, a segment. Parts of one reading share a unit."""

    name: str
    value: float


@dataclass(frozen=True)
class Value:
    """A number read from profiles.

    `bound` is how far the value may be from the exact one because profiles summarise (0 = exact); `p_value` is the
    probability of a distance at least this large when nothing changed, and `noise` the distance that one such
    comparison in 20 exceeds. `interval` holds the true value with 95 % confidence, and `standard_error` is the
    deviation of the value from sample to sample: with it two readings are compared. `direction` says which way a
    distance goes. `rows` are the rows the number rests on.
    """

    value: float
    p_value: float | None = None
    bound: float | None = None
    rows: int | None = None
    baseline_rows: int | None = None
    labelled_rows: int | None = None
    note: str | None = None
    labelled_baseline_rows: int | None = None  # of a distance, which is read of both sides at once
    interval: tuple[float, float] | None = None
    standard_error: float | None = None
    noise: float | None = None
    direction: str | None = None  # up | down | mixed
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True)
class NoData:
    """There is nothing to measure."""

    reason: str
    rows: int | None = None


@dataclass(frozen=True)
class InsufficientData:
    """There is too little to measure."""

    reason: str
    rows: int | None = None
    baseline_rows: int | None = None


@dataclass(frozen=True)
class Failed:
    """The measurement could not be made: a missing column, a wrong type, an unreadable source."""

    reason: str


Reading = Value | NoData | InsufficientData | Failed


@dataclass(frozen=True)
class Result:
    """The verdict of one series on one window: one row of `run --format json` (DESIGN 7) and of the store.

    `recovered` says whether the threshold's recovery bounds hold (not part of the JSON document). `limit` is the
    bound that was breached, as written (`> 0.25`), or the nearest one when nothing was; `unit` how a person reads the
    value (`ratio`, `seconds`, …).
    """

    series: SeriesKey
    check: str
    metric: str | None
    model: str | None
    source: str
    window: Interval
    value: float | None
    baseline_value: float | None
    compared: float | None
    p_value: float | None
    p_adjusted: float | None
    bound: float | None
    status: Status
    reason: str | None
    rows: int | None
    labelled_rows: int | None
    baseline_rows: int | None
    recovered: bool = True
    limit: str | None = None
    unit: str | None = None
    baseline: str | None = None  # what the window was compared with, in words: "training", "previous 1d"
    compare: str = "value"  # what `compared` is: value | difference | change | deviations
    margin: float | None = None  # how far the threshold's nearest bound is, in its own size; not below 0
    interval: tuple[float, float] | None = None  # of the value, with 95 % confidence
    noise: float | None = None  # the distance that one comparison in 20 exceeds when nothing changed
    direction: str | None = None  # up | down | mixed: which way a distance goes
    contributions: tuple[Contribution, ...] = ()  # what carries it, the largest first

    @property
    def severity(self) -> Severity | None:
        """The severity of a breach, None when the verdict is not one."""
        if self.status is Status.CRITICAL:
            return Severity.CRITICAL
        return Severity.WARNING if self.status is Status.WARNING else None

    @property
    def is_breach(self) -> bool:
        return self.severity is not None

    @property
    def is_composite(self) -> bool:
        """Whether it is over the verdicts of other monitors: it alone has no source."""
        return not self.source

    @property
    def is_over_all(self) -> bool:
        """Whether it is a composite over no model in particular, whose subject names nothing."""
        return self.is_composite and self.model is None


@dataclass(frozen=True)
class Transition:
    """A change of one alert's state or severity, decided at `at` (the end of the window whose verdict caused it).

    `alert` identifies one episode from pending to resolved; `since` is the end of its first breaching window;
    `severity` is the level at this transition (of a resolved alert: the one it had). `result` is the verdict behind.
    """

    alert: str
    series: SeriesKey
    state: AlertState
    severity: Severity
    since: datetime
    at: datetime
    reason: str
    result: Result

    @property
    def id(self) -> str:
        """Stable: the same verdicts give the same transition, so that a re-run finds it and does not repeat it."""
        parts = (self.alert, self.state, self.severity, self.at.isoformat())
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class MonitorFacts:
    """What a route may match on and what a notice says about the monitor behind a series."""

    monitor: str
    model: str | None
    source: str
    check: str
    task: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    runbook: str | None = None  # `#{monitor}` already filled in
    family: str | None = None  # of the check: "drift", "quality", …; a notice says "drifted" of the first
    timezone: str = "UTC"  # whose clock a notice shows


@dataclass(frozen=True)
class Notice:
    """One message to one channel about a group of alerts, as it lies in the outbox.

    `id` is an idempotency key: a receiver that gets a notice twice, because the process died between the channel's
    taking it and the store's noting so, can tell by it. `group` is the value that `group_by` gave; `severity` is the
    worst of what still fires in the group, None when nothing does. `alerts` are the ids of what it tells of.
    """

    id: str
    channel: str
    group: str
    title: str
    body: str
    markdown: str
    severity: Severity | None
    at: datetime
    alerts: tuple[str, ...]
    environment: str | None = None
    owner: str = ""  # the root file whose channels it is for: several may share a store
