"""The check graph: what is measured, on what, against what, judged how. No time in it yet, and no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from driftline.checks.base import Check, Subject
from driftline.compile.incidents import Incident
from driftline.compile.origin import Derivation, Origin
from driftline.compile.overrides import Exceptions
from driftline.compile.request import Grouping, LabelRelation
from driftline.config.document import AlertPolicy, MinLabelled, ModelDefinition, Significance, Threshold, Window
from driftline.model import ZERO, Duration, Interval, MonitorFacts, SeriesKey
from driftline.profiles.base import ProfileSpec

LABELLED = "rows with a label"  # the name, among the needs of a series, of what counts them


@dataclass(frozen=True)
class Side:
    """One side of a comparison: the source that is scanned, and the labels that are joined to it."""

    source: str
    relation: LabelRelation | None = None
    columns: frozenset[str] = frozenset()  # what is read, the labels' own included
    arrival: str | None = None  # the column that says when a row arrived

    @property
    def changes(self) -> bool:
        """Whether what is known of its rows depends on when one asks: labels come later, or rows do."""
        return self.relation is not None or self.arrival is not None


@dataclass(frozen=True)
class BaselinePlan:
    """What a window is compared with; `source` type reads another source whole, the rest other rows of the same."""

    type: str  # source | previous | trailing | seasonal | range
    source: str
    size: Duration | None = None
    offset: Duration = ZERO
    label: str = ""  # its name, or in words: "training", "previous"
    described: str = ""  # in words, also of one that has a name
    period: Duration | None = None  # of seasonal
    count: int = 1  # of seasonal
    span: Interval | None = None  # of range

    @property
    def text(self) -> str:
        """Its name, and what it is where the name does not say it."""
        return self.label if self.described in ("", self.label) else f"{self.label} ({self.described})"


@dataclass(frozen=True)
class SeriesPlan:
    """One series before it is sliced: a column, a class, or the model as a whole.

    `failure` is why the window cannot be measured, `baseline_failure` why the baseline cannot; `lacking` are the
    columns that are not there, each with the source that should have it. `baseline_needs` are None where the baseline
    is read for the same profiles.
    """

    subject: Subject
    column: str | None = None
    class_: str | None = None
    needs: Mapping[str, ProfileSpec] = field(default_factory=dict)
    why: str = ""  # how it came about, for `plan`
    failure: str | None = None
    baseline_failure: str | None = None
    lacking: tuple[tuple[str, str], ...] = ()
    selected: bool = False  # its column came by a selection, and was not named
    is_new: bool = False  # its column came by a selection, and the baseline's source does not have it (yet)
    baseline_needs: Mapping[str, ProfileSpec] | None = None

    def reads(self, *, baseline: bool) -> Mapping[str, ProfileSpec]:
        """The profiles of one side, under the check's names."""
        return self.baseline_needs if baseline and self.baseline_needs is not None else self.needs

    @property
    def described(self) -> tuple[str, ...]:
        """The profiles of both sides, as `plan` shows them."""
        both = (*self.needs.values(), *self.reads(baseline=True).values())
        return tuple(sorted({spec.describe() for spec in both}))


@dataclass(frozen=True)
class MonitorPlan:
    """A monitor bound to one model or source, with every value resolved.

    `baseline_side` is set when `baseline` reads another source, or its labels where the window's are not read. `delay`
    is how long after a window's end its labels are awaited (0 for checks that touch none), `max_delay` how long they
    may still change what was read.
    """

    name: str
    subject: str  # name of the model or source
    check: Check
    facts: MonitorFacts
    side: Side
    series: tuple[SeriesPlan, ...]
    groupings: tuple[Grouping, ...]
    top: Mapping[str, tuple[int, bool]]  # dimension -> how many values are kept, and whether the rest is one segment
    window: Window | None
    timezone: str
    lateness: Duration
    delay: Duration
    max_delay: Duration
    labelled: bool
    baseline: BaselinePlan | None
    baseline_side: Side | None
    threshold: Threshold
    min_rows: int
    significance: Significance
    alert: AlertPolicy
    timestamp: str | None
    min_labelled: MinLabelled | None = None  # only where labels are read
    broken: Mapping[Grouping, str] = field(default_factory=dict)  # slicings that cannot be made, with the reason
    metric: str | None = None
    unit: str = "number"
    model: ModelDefinition | None = None
    environment: str | None = None
    columns: tuple[str, ...] | None = None  # as selected: names, globs, words; None: all of a source
    classes: tuple[str, ...] | None = None  # as selected
    incidents: tuple[Incident, ...] = ()  # whose rows its baselines, or those of some of its series, leave out
    growth: float | None = 0.0  # how the value grows with the length of time (`Check.growth`)
    compares: frozenset[str] = frozenset()  # how it and, by overrides, some of its segments are compared
    schedule: str | None = None  # a cron expression: when it is judged
    enabled: bool = True  # False only of a segment that an override switches off
    disabled: frozenset[tuple[str | None, str | None]] = (
        frozenset()
    )  # (column, class) that it does not measure though its selection reaches them
    exceptions: Exceptions[MonitorPlan] | None = field(default=None, repr=False, compare=False)
    derivation: Derivation | None = field(default=None, repr=False, compare=False)
    own_pace: bool = False  # whether overrides gave it a window or a schedule that the monitor's other series lack

    @property
    def mark(self) -> str:
        """The name under which is kept how far it was judged: what differs in window or schedule is not in step."""
        if not self.own_pace or self.window is None:
            return self.name
        when = f"@{'_'.join(self.schedule.split())}" if self.schedule is not None else ""
        return f"{self.name} {self.window.size}/{self.window.every}{when}"

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where each value came from, by key (`threshold`, `tags.team`)."""
        return self.derivation.origins() if self.derivation is not None else {}

    def at(self, key: SeriesKey) -> MonitorPlan:
        """The plan that holds for a series in its segment: what overrides set for segments is decided here."""
        return self if self.exceptions is None else self.exceptions.at(key)

    def has(self, key: SeriesKey) -> bool:
        """Whether it measures the column and class of a series."""
        return (key.column, key.class_) in self._measured

    @cached_property
    def _measured(self) -> frozenset[tuple[str | None, str | None]]:
        return frozenset((one.column, one.class_) for one in self.series)

    @property
    def reads_windows(self) -> bool:
        """Whether the windows of the baseline are read one by one, to see how much they differ."""
        distance = self.check.needs_baseline and not self.check.learns
        own = distance or self.check.compares_columns or self.check.windowless
        return not own and (self.threshold.compare == "deviations" or self.averages_windows)

    @property
    def reads_apart(self) -> bool:
        """Whether its baseline is read in parts: window by window, or in blocks of rows that depend on each other."""
        return self.reads_windows or (self.significance.enabled and self.significance.block is not None)

    @property
    def averages_windows(self) -> bool:
        """Whether the window is compared with the mean of windows, since the value does not scale with time."""
        spans = self.baseline is not None and self.baseline.type in ("trailing", "seasonal", "range")
        apart = self.threshold.compare != "deviations" and not self.compares.isdisjoint(("difference", "change"))
        return spans and self.growth is None and apart

    def series_key(self, series: SeriesPlan, segment: tuple[tuple[str, str], ...] = ()) -> SeriesKey:
        return SeriesKey(self.environment, self.name, self.subject, series.column, segment, series.class_)


@dataclass(frozen=True)
class LeftOut:
    """Something a selection reached that the check does not fit, with the reason."""

    monitor: str
    subject: str
    column: str | None
    reason: str


@dataclass(frozen=True)
class Graph:
    monitors: tuple[MonitorPlan, ...]
    composites: tuple[MonitorPlan, ...] = ()  # judged over the verdicts of the others
    left_out: tuple[LeftOut, ...] = ()
