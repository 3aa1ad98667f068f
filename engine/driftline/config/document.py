"""The configuration after reading, validation and defaults: what a team wrote, typed. Names are not resolved yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driftline.errors import Diagnostic, Place
from driftline.model import ZERO, Duration


class Secret:
    """A text from the environment or a secret file. Only `reveal()` shows it: never printed, logged or stored."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


Text = str | Secret


@dataclass(frozen=True)
class Matcher:
    """LANGUAGE, "One matcher everywhere": keys are AND, items of a tuple OR, text takes globs, absent is any."""

    monitor: tuple[str, ...] | None = None
    model: tuple[str, ...] | None = None
    source: tuple[str, ...] | None = None
    check: tuple[str, ...] | None = None
    column: tuple[str, ...] | None = None
    class_: tuple[str, ...] | None = None
    segment: Mapping[str, tuple[str, ...]] | None = None
    tags: Mapping[str, tuple[str, ...]] | None = None
    severity: tuple[str, ...] | None = None
    task: tuple[str, ...] | None = None
    not_: Matcher | None = None


# How long a breach lasts: a number of windows, a duration, or (m, n) for "m of n".
Lasting = int | Duration | tuple[int, int]


@dataclass(frozen=True)
class Bounds:
    """Strict bounds: a number above `above` or below `below` breaches; `for_` is how long until an alert fires."""

    above: float | None = None
    below: float | None = None
    for_: Lasting | None = None


@dataclass(frozen=True)
class Threshold:
    """When a reading is bad. `compare`: value | difference | change | deviations; `record_only`: `none`."""

    compare: str = "value"
    warning: Bounds | None = None
    critical: Bounds | None = None
    recovery: Bounds | None = None
    record_only: bool = False


# Blocks of window and baseline without which they say nothing of chance: a reading's spread needs fewer than the law of
# a distance does.
LEAST_BLOCKS = 6
LEAST_BLOCKS_OF_DISTANCES = 20


@dataclass(frozen=True)
class Significance:
    """How sure a verdict must be: `alpha` for the family, with a correction. `none` switches the gate off.

    `block` is the length of time whose rows belong together: what is independent of each other are blocks, not rows.
    """

    alpha: float = 0.01
    correction: str = "benjamini_hochberg"  # benjamini_yekutieli | bonferroni | none
    enabled: bool = True
    block: Duration | None = None


@dataclass(frozen=True)
class AlertPolicy:
    """From verdicts to alerts."""

    for_: Lasting = 1
    keep_firing_for: Duration | None = None
    no_data: str = "keep"  # keep | warning | critical | ok
    route: bool = True


@dataclass(frozen=True)
class MinLabelled:
    """How many of a window's rows must have a label: a `share` of them (0 to 1), or a number of `rows`."""

    share: float = 0.0
    rows: int = 0

    def __str__(self) -> str:
        return f"{self.rows:,}" if self.rows else f"{100 * self.share:g}%"

    @property
    def is_asked(self) -> bool:
        """Whether any must have one: 0 takes back what a model or the defaults ask for."""
        return self.rows > 0 or self.share > 0

    def is_met(self, labelled: int, rows: int) -> bool:
        """Whether `labelled` of so many `rows` are enough."""
        return labelled >= self.rows and (rows == 0 or labelled / rows >= self.share)


@dataclass(frozen=True)
class Window:
    size: Duration
    every: Duration  # = size unless written
    name: str | None = None  # None when written inline


@dataclass(frozen=True)
class Baseline:
    """What a window is compared with: a whole source, the window before, the span before, periods or a fixed span.

    `start` and `end` are kept as written: midnight of a date depends on the source's time zone.
    """

    type: str  # source | previous | trailing | seasonal | range
    source: str | None = None  # for type source
    size: Duration | None = None  # for type trailing
    offset: Duration = ZERO  # for type trailing: distance between its end and the window's start
    name: str | None = None
    period: Duration | None = None  # for type seasonal
    count: int | None = None  # for type seasonal
    start: str | None = None  # for type range: an instant as written
    end: str | None = None  # for type range


@dataclass(frozen=True)
class Defaults:
    """`defaults` that hold for a definition: the root file's, overlaid by those of the file it stands in."""

    model: tuple[str, ...] | None = None
    window: str | Window | None = None
    baseline: str | Baseline | None = None
    timezone: str = "UTC"
    tags: Mapping[str, str] = field(default_factory=dict)
    min_rows: int | None = None
    min_labelled: MinLabelled | None = None
    significance: Significance | None = None
    alert: AlertPolicy | None = None
    runbook: str | None = None


@dataclass(frozen=True)
class SourceDefinition:
    """`options` are the kind's own parameters, decoded (`path`, `query`, `url`, `storage`, …)."""

    name: str
    type: str  # a kind of the registry: parquet | csv | sql | …
    options: Mapping[str, Any]
    directory: Path  # paths are relative to the file that names them
    timestamp: str | None
    lateness: Duration
    where: str | None
    arrival: str | None
    timezone: str  # naive timestamps are read in it
    place: Place


@dataclass(frozen=True)
class Roles:
    id: str | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None  # multiclass: class -> column, or a glob as text
    target: str | None = None
    timestamp: str | None = None
    weight: str | None = None
    latency: str | None = None
    error: str | None = None
    group: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Labels:
    source: str
    key: str | None = None  # None: the id role
    delay: Duration = ZERO
    max_delay: Duration | None = None  # None: delay
    absent: str | None = None  # the target of a row that has no label after `delay`
    present: str | None = None  # the target of a row that has a label, where the label source has no target column
    keep: str = "last"  # last | first | error
    min_labelled: MinLabelled | None = None  # of the model's monitors that read labels
    place: Place | None = None


@dataclass(frozen=True)
class Validity:
    """What a valid value is; each rule given is counted. `in_` values are text as written."""

    min: float | None = None
    max: float | None = None
    in_: tuple[str, ...] | None = None
    regex: str | None = None
    not_null: bool = False
    not_in_future: bool = False
    where: str | None = None


@dataclass(frozen=True)
class ColumnDefinition:
    """What a column is: `pattern` is a name or a glob; the exact name wins over globs, later globs over earlier."""

    pattern: str
    type: str | None = None  # numeric | categorical | boolean | datetime | text
    valid: Validity | None = None
    unit: str | None = None
    private: bool = False
    place: Place | None = None


@dataclass(frozen=True)
class Features:
    """A selection of columns. `include` None: every column without a role."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class SegmentDefinition:
    name: str
    by: str | None = None
    where: str | None = None
    top: int = 200
    rest: bool = True
    place: Place | None = None


@dataclass(frozen=True)
class ModelDefinition:
    name: str
    source: str
    task: str | None  # binary | multiclass | regression | ranking
    roles: Roles
    positive: str  # the text of the positive class
    labels: Labels | None
    columns: tuple[ColumnDefinition, ...]
    features: Features
    groups: Mapping[str, tuple[str, ...]]
    segments: Mapping[str, SegmentDefinition]
    baseline: str | Baseline | None
    window: str | Window | None
    tags: Mapping[str, str]
    description: str | None
    runbook: str | None
    defaults: Defaults
    place: Place
    was: str | None = None  # its former name
    importance: Mapping[str, float] = field(default_factory=dict)  # of features, by name or glob


@dataclass(frozen=True)
class MetricDefinition:
    name: str
    model: str | None
    source: str | None
    sql: str
    unit: str | None
    place: Place
    sql_place: Place  # where the SQL text starts


@dataclass(frozen=True)
class MonitorDefinition:
    """Exactly one of `check`, `metric`, `preset`. None in a field: not written, so that precedence can decide."""

    name: str
    check: str | None
    metric: str | None
    preset: str | None
    model: tuple[str, ...] | Matcher | None  # names and globs, or a matcher
    source: str | None
    columns: tuple[str, ...] | None
    segments: tuple[tuple[str, ...], ...] | None  # [[overall], [origin], [origin, long_haul]]
    classes: tuple[str, ...] | None  # ("each",) or names
    params: Mapping[str, Any]  # decoded by the check's parameters
    window: str | Window | None
    baseline: str | Baseline | None
    threshold: str | Threshold | None
    min_rows: int | None
    min_labelled: MinLabelled | None
    significance: Significance | None
    alert: AlertPolicy | None
    tags: Mapping[str, str]
    description: str | None
    runbook: str | None
    enabled: bool
    defaults: Defaults
    place: Place
    schedule: str | None = None  # a cron expression: when it is judged
    was: str | None = None  # its former name


@dataclass(frozen=True, eq=False)
class OverrideDefinition:
    """`settings` replace those of all that `match` fits: decoded values by the field of MonitorDefinition.

    `ancestors` are the files that include its file, the root first: an including file's override wins.
    """

    match: Matcher
    settings: Mapping[str, Any]
    index: int  # in `overrides` of the whole configuration
    place: Place
    ancestors: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalendarDefinition:
    """Working hours: `spans` are (first weekday, last weekday, start, end) in minutes of the local day."""

    name: str
    spans: tuple[tuple[int, int, int, int], ...]
    except_: tuple[str, ...]  # dates
    timezone: str
    place: Place


@dataclass(frozen=True)
class ActionDefinition:
    """What an alert triggers besides notices."""

    name: str
    type: str
    url: Text
    headers: Mapping[str, Text]
    cooldown: Duration
    place: Place


@dataclass(frozen=True)
class InhibitDefinition:
    """While an alert fires that `when` matches, those that `mute` matches and that are equal in `same` are not told."""

    when: Matcher
    mute: Matcher
    same: tuple[str, ...]
    place: Place
    index: int = 0  # in `inhibit` as written


@dataclass(frozen=True)
class SilenceDefinition:
    """Alerts that are not told until `end`. Instants are kept as written (in the root file's time zone)."""

    match: Matcher
    start: str | None
    end: str
    reason: str
    by: str | None
    place: Place
    index: int = 0  # in `silences` as written


@dataclass(frozen=True)
class IncidentDefinition:
    """What happened between `start` and `end` to all that `match` fits. Instants are kept as written."""

    id: str
    start: str
    end: str
    match: Matcher
    reason: str | None
    baselines: str  # exclude | keep
    alerts: str  # keep | silence
    place: Place
    index: int = 0  # in `incidents` as written


@dataclass(frozen=True)
class ChannelDefinition:
    name: str
    url: Text  # an Apprise URL
    place: Place


@dataclass(frozen=True)
class RouteDefinition:
    """`channels` are told of alerts that `match`; one notice per group of equal `group_by` values.

    `after`, `actions`, `group_wait`, `active` and `outside` are validated and planned; they do not act yet.
    """

    match: Matcher
    channels: tuple[str, ...]
    group_by: tuple[str, ...] = ("monitor", "model")
    repeat_interval: Duration | None = None
    max_alerts: int = 20
    resolved: bool = True
    place: Place | None = None
    after: Duration | None = None
    actions: tuple[str, ...] = ()
    group_wait: Duration | None = None
    active: tuple[str, ...] = ()
    outside: str = "hold"


@dataclass(frozen=True)
class Document:
    """A whole configuration: the root file and its includes. Mappings keep the order of the files."""

    root: Path  # the root file
    sources: Mapping[str, SourceDefinition]
    models: Mapping[str, ModelDefinition]
    windows: Mapping[str, Window]
    baselines: Mapping[str, Baseline]
    metrics: Mapping[str, MetricDefinition]
    thresholds: Mapping[str, Threshold]
    monitors: Mapping[str, MonitorDefinition]
    channels: Mapping[str, ChannelDefinition]
    routes: tuple[RouteDefinition, ...]
    store: Text  # SQLAlchemy URL
    defaults: Defaults  # the root's
    places: Mapping[tuple[str | int, ...], Place]  # ("monitors", "auc", "threshold", "critical") -> place
    warnings: tuple[Diagnostic, ...] = ()
    environment: str | None = None
    environments: tuple[str, ...] = ()  # all that are declared
    overrides: tuple[OverrideDefinition, ...] = ()
    calendars: Mapping[str, CalendarDefinition] = field(default_factory=dict)
    actions: Mapping[str, ActionDefinition] = field(default_factory=dict)
    inhibit: tuple[InhibitDefinition, ...] = ()
    silences: tuple[SilenceDefinition, ...] = ()
    incidents: tuple[IncidentDefinition, ...] = ()

    def place(self, *path: str | int) -> Place | None:
        """The place of a path, or of its nearest ancestor that has one."""
        for end in range(len(path), -1, -1):
            if (found := self.places.get(path[:end])) is not None:
                return found
        return None
