"""What a scenario file says, typed: the configuration that is tested, data, a timeline, cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from driftline.config.document import Document, Matcher
from driftline.errors import Place
from driftline.model import Duration, Interval, Scalar


@dataclass(frozen=True)
class Column:
    """How the values of a column are drawn. `params` are those of its type, by their key."""

    name: str
    type: str
    params: Mapping[str, Any]
    nulls: float
    hidden: bool
    place: Place

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that its values are made from."""
        named = [self.params.get("predicts"), self.params.get("of"), *self.params.get("from", {})]
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True)
class Files:
    """Rows of a source from files; `pattern` is absolute."""

    source: str
    pattern: str
    place: Place


@dataclass(frozen=True)
class Drawn:
    """Rows that are drawn: `rows` per step of time, or in all for a source without a timestamp."""

    source: str
    rows: int
    per: str  # day | hour
    week: tuple[float, ...]  # factors from Monday to Sunday
    vary: float
    seed: int
    columns: Mapping[str, Column]
    place: Place


@dataclass(frozen=True)
class LabelsOf:
    """Labels of another source's rows."""

    source: str
    of: str
    columns: tuple[str, ...]
    delay: Duration
    spread: Duration
    share: float
    seed: int
    place: Place


Data = Files | Drawn | LabelsOf


@dataclass(frozen=True)
class Event:
    """Something that happens to a source's rows in a span of their time. `params` are those of its type."""

    type: str
    source: str
    span: Interval  # start is always given; end None is for good
    columns: tuple[str, ...]  # names and globs
    where: str | None
    ramp: Duration | None
    params: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class Timeline:
    """`start` and `days` of data, `history` before them, and the instants of the runs, all in UTC."""

    start: datetime
    begin: datetime  # start less the history
    end: datetime  # of all data: the end of the last run's day
    runs: tuple[datetime, ...]
    timezone: str


@dataclass(frozen=True)
class ExpectedStatus:
    match: Matcher
    at: datetime | None
    windows: Interval  # of their starts
    status: tuple[str, ...] | None
    value: float | None
    tolerance: float | None
    reason: str | None
    place: Place
    window: datetime | None = None  # the start of the one window


@dataclass(frozen=True)
class ExpectedAlert:
    match: Matcher
    at: datetime | None
    state: str | None  # none | pending | firing | resolved
    severity: str | None
    first: Mapping[str, datetime]  # state -> when it is said first
    count: int | None
    place: Place


@dataclass(frozen=True)
class ExpectedNotice:
    channel: tuple[str, ...] | None
    at: datetime | None
    kind: str | None  # warning | critical | resolved
    title: str | None
    text: str | None
    count: int | None
    place: Place


@dataclass(frozen=True)
class Expectations:
    """A list that is None is not written, so nothing is said of what it is about."""

    statuses: tuple[ExpectedStatus, ...] | None = None
    alerts: tuple[ExpectedAlert, ...] | None = None
    notices: tuple[ExpectedNotice, ...] | None = None
    only: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Case:
    """One case with all that it shares with the others."""

    name: str
    file: str  # as messages show it
    document: Document
    select: tuple[str, ...]
    timeline: Timeline
    data: Mapping[str, Data]
    events: tuple[Event, ...]
    expect: Expectations
    seed: int
    place: Place
    written: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario file and its cases, in order."""

    path: Path
    name: str
    cases: tuple[Case, ...]
