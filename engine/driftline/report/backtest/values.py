"""What a back-test comes to: values that every format is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from driftline.config.document import Document
from driftline.model import Duration, Result, SeriesKey, Severity, Status, Transition
from driftline.report.values import Skipped

if TYPE_CHECKING:
    import polars as pl

    from driftline.alert.replay import First
    from driftline.compile.graph import Graph
    from driftline.compile.incidents import Incident
    from driftline.sources.base import Footprint

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Decided:
    """A transition, the run that it was decided in, and the run that showed it to be no longer true, if one did."""

    transition: Transition
    decided: datetime
    superseded: datetime | None = None


@dataclass(frozen=True)
class Episode:
    """One alert that fired, from its first breach to its end.

    `begins` is the start of its first breaching window, `since` that window's end, `fired` the end of the window at
    which it fired, and `decided` the run that saw it. `ends` is the end of the window that resolved it, None while it
    fires. `severity` is the worst that it had, `reason` that of the transition which brought it there.
    """

    alert: str
    series: SeriesKey
    model: str | None
    severity: Severity
    begins: datetime
    since: datetime
    fired: datetime
    decided: datetime
    ends: datetime | None
    reason: str
    is_point: bool = False  # whether it is judged as of instants, so that `begins` is one

    def overlaps(self, other: Episode) -> bool:
        """Whether both fire at some time."""
        return (other.ends is None or self.fired < other.ends) and (self.ends is None or other.fired < self.ends)


@dataclass(frozen=True)
class MonitorHistory:
    """One monitor on one model or source over the whole span.

    `windows` were judged, each by one verdict for every series; of `no_data` nothing could be read, of `insufficient`
    too little; `early` ended before the source's first event and were not judged. `pending`, `fired` and `resolved`
    count alerts. `withdrawn` are alerts that fired and, when windows were judged again, had not. `timeline` is the
    worst verdict of each window, by its end.
    """

    monitor: str
    subject: str
    model: str | None
    source: str | None
    check: str
    series: int
    windows: int
    no_data: int
    insufficient: int
    early: int
    pending: int
    fired: int
    resolved: int
    withdrawn: int
    alerts_per_week: float | None  # None where nothing could be read
    timeline: Mapping[datetime, Status] = field(default_factory=dict, repr=False)

    @property
    def firing(self) -> int:
        """The alerts that still fire at the end."""
        return self.fired - self.resolved

    @property
    def with_data(self) -> int:
        return self.windows - self.no_data

    @property
    def coverage(self) -> float | None:
        """The share of windows of which something could be read; of all that were due, those before the data too."""
        due = self.windows + self.early
        return self.with_data / due if due else None

    @property
    def name(self) -> str:
        return f"{self.monitor}/{self.subject}"


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Caught:
    """An incident of the span, and the alerts that touched it, those that fired since its start first.

    `detected` is the first run from its start on in which one fired, `delay` counts from its start; both are None where
    all had fired before.
    """

    incident: Incident
    episodes: tuple[Episode, ...] = ()
    detected: datetime | None = None
    delay: timedelta | None = None
    concerns: bool = True  # whether its matcher fits any monitor of the back-test


@dataclass(frozen=True)
class Score:
    """Alerts held against incidents: of all monitors, and of each (by monitor and subject).

    `precision` is how many alerts touch an incident, `recall` how many incidents an alert touches. `outside` are the
    incidents that lie outside of the span.
    """

    incidents: tuple[Caught, ...]
    precision: Rate
    recall: Rate
    delay: timedelta | None  # the median over the incidents that were detected
    monitors: Mapping[tuple[str, str], tuple[Rate, Rate, timedelta | None]]
    outside: int = 0


@dataclass(frozen=True)
class Read:
    """A source that was read, and how much there is of it."""

    source: str
    footprint: Footprint


@dataclass(frozen=True)
class BacktestReport:
    """What runs between `since` and `until` would have found; `report.backtest` renders it.

    `results` are the final verdicts in order of window end, `revised` what was found first of those that were judged
    again with another value, by series and window end; `transitions` all changes of alerts in the order of
    decision, `episodes` the alerts that fired.
    """

    document: Document
    graph: Graph
    since: datetime
    until: datetime
    every: Duration
    ticks: tuple[datetime, ...]
    results: tuple[Result, ...]
    revised: Mapping[tuple[SeriesKey, datetime], First]
    transitions: tuple[Decided, ...]
    episodes: tuple[Episode, ...]
    monitors: tuple[MonitorHistory, ...]
    skipped: tuple[Skipped, ...] = ()
    reads: tuple[Read, ...] = ()
    score: Score | None = None
    compared: Comparison | None = None

    def first_of(self, one: Result) -> First | None:
        """What was found first of a verdict's window, where that was another value."""
        return self.revised.get((one.series, one.window.end)) if one.window.end is not None else None

    @property
    def failed(self) -> bool:
        """Whether something could not be judged, here or in what it is compared with."""
        other = self.compared.before if self.compared is not None else None
        own = any(result.status is Status.ERROR for result in self.results)
        return own or (other is not None and other.failed)

    @property
    def weeks(self) -> float:
        return (self.until - self.since) / WEEK

    def to_frame(self) -> pl.DataFrame:
        """The verdicts as a Polars frame, as of a run."""
        from driftline.report.frames import results_frame

        return results_frame(self.results, map(self.first_of, self.results))

    def alerts_frame(self) -> pl.DataFrame:
        """The transitions as a Polars frame: the columns of `alerts` in the JSON document, times as datetimes."""
        from driftline.report.frames import alerts_frame

        return alerts_frame(self.transitions)


@dataclass(frozen=True)
class Difference:
    """One monitor in both configurations; None on the side that does not have it.

    `gone` are the alerts that fired before and at no time since, `new` those that fire now and did not.
    """

    monitor: str
    subject: str
    before: MonitorHistory | None
    after: MonitorHistory | None
    gone: tuple[Episode, ...]
    new: tuple[Episode, ...]


@dataclass(frozen=True)
class Comparison:
    """The same history under another revision of the configuration: `revision` as asked for, its `commit` in short."""

    revision: str
    commit: str
    before: BacktestReport
    monitors: tuple[Difference, ...]

    @property
    def changed(self) -> tuple[Difference, ...]:
        """The monitors of which an alert differs, or that only one side has."""
        return tuple(one for one in self.monitors if one.gone or one.new or one.before is None or one.after is None)
