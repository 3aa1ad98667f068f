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


@dataclass(frozen=True)
class Bounds:
    """Strict bounds: a number above `above` or below `below` breaches."""

    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Threshold:
    """When a reading is bad. `compare`: value | difference | change. `record_only` is `threshold: none`."""

    compare: str = "value"
    warning: Bounds | None = None
    critical: Bounds | None = None
    recovery: Bounds | None = None
    record_only: bool = False


@dataclass(frozen=True)
class Significance:
    """How sure a verdict must be: `alpha` for the family, with a correction. `none` switches the gate off."""

    alpha: float = 0.01
    correction: str = "benjamini_hochberg"  # or "none"
    enabled: bool = True


@dataclass(frozen=True)
class AlertPolicy:
    """From verdicts to alerts. `for_` is a number of windows, a duration, or (m, n) for "m of n"."""

    for_: int | Duration | tuple[int, int] = 1
    keep_firing_for: Duration | None = None
    no_data: str = "keep"  # keep | warning | critical | ok
    route: bool = True


@dataclass(frozen=True)
class Window:
    size: Duration
    every: Duration  # = size unless written
    name: str | None = None  # None when written inline


@dataclass(frozen=True)
class Baseline:
    """What a window is compared with: a whole source, the window before, or the span before."""

    type: str  # source | previous | trailing
    source: str | None = None  # for type source
    size: Duration | None = None  # for type trailing
    offset: Duration = ZERO  # for type trailing: distance between its end and the window's start
    name: str | None = None


@dataclass(frozen=True)
class Defaults:
    """`defaults` that hold for a definition: the root file's, overlaid by those of the file it stands in."""

    model: tuple[str, ...] | None = None
    window: str | Window | None = None
    baseline: str | Baseline | None = None
    timezone: str = "UTC"
    tags: Mapping[str, str] = field(default_factory=dict)
    min_rows: int | None = None
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
    keep: str = "last"  # last | first | error
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
    significance: Significance | None
    alert: AlertPolicy | None
    tags: Mapping[str, str]
    description: str | None
    runbook: str | None
    enabled: bool
    defaults: Defaults
    place: Place


@dataclass(frozen=True)
class ChannelDefinition:
    name: str
    url: Text  # an Apprise URL
    place: Place


@dataclass(frozen=True)
class RouteDefinition:
    """`channels` are told of alerts that `match`; one notice per group of equal `group_by` values."""

    match: Matcher
    channels: tuple[str, ...]
    group_by: tuple[str, ...] = ("monitor", "model")
    repeat_interval: Duration | None = None
    max_alerts: int = 20
    resolved: bool = True
    place: Place | None = None


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

    def place(self, *path: str | int) -> Place | None:
        """The place of a path, or of its nearest ancestor that has one."""
        for end in range(len(path), -1, -1):
            if (found := self.places.get(path[:end])) is not None:
                return found
        return None
