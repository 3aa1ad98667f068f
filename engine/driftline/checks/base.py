"""What a check is: it names the profiles it needs and reads a number from them; it never sees rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from driftline.checks.quotient import Quotient
from driftline.config.document import Matcher, Threshold, Validity
from driftline.model import Interval, NoData, Reading, SeriesKey, Status
from driftline.parameters import param

if TYPE_CHECKING:
    from driftline.profiles.base import Profile, ProfileSpec

Profiles = Mapping[str, "Profile"]


class ColumnType(StrEnum):
    """What a column is to a check: numbers are ordered and far apart or near, categories are equal or not."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """A column as a check sees it. `valid` are the declared rules; `private` forbids showing raw values."""

    name: str
    type: ColumnType
    valid: Validity | None = None
    private: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.type in (ColumnType.NUMERIC, ColumnType.DATETIME)


@dataclass(frozen=True)
class Subject:
    """What one series measures: a column, or a model through its roles, or a source as a whole.

    `roles` maps role -> column (single-column roles only); `scores` maps class -> score column of a multiclass model;
    `class_` is set for a series of one class. `selected` are the columns of a check that
    looks at many at once. `columns` and `baseline_columns` have the types that the data has,
    `declared` the types that the configuration states.
    """

    column: Column | None = None
    roles: Mapping[str, Column] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    positive: str = "1"
    class_: str | None = None
    timestamp: str | None = None
    selected: tuple[Column, ...] = ()  # of a check that looks at many columns at once: those, in order
    columns: tuple[Column, ...] = ()  # every column of the source, in order
    baseline_columns: tuple[Column, ...] | None = None  # those of the baseline's source, when it is another one
    expected: tuple[str, ...] = ()  # columns that the model reads: features, id, score, prediction
    declared: tuple[Column, ...] = ()  # columns whose type the configuration states
    sql: str | None = None  # of a metric

    def the_column(self) -> Column:
        """The column that a column's check measures."""
        if self.column is None:
            raise ValueError("this check measures a column, and the subject names none")
        return self.column

    def role(self, name: str) -> str:
        """The column that serves the model in a role which the check declares in `needs_roles`."""
        if name not in self.roles:
            raise ValueError(f"this check needs the role {name!r}, and the subject has none")
        return self.roles[name].name


@dataclass(frozen=True)
class Moment:
    """When a reading is made: the window, and the instant as of which it is judged.

    `draws` is the least number of resamples that a resampled p-value needs so that the family's correction can pass;
    0 where no p-value is wanted, since the same is read of a thousand rearrangements.
    """

    window: Interval
    as_of: datetime
    draws: int = 999


class Takes(StrEnum):
    """What one series of a check is about."""

    COLUMN = "column"  # one series per selected column
    COLUMNS = "columns"  # one series per model over all selected columns at once
    MODEL = "model"  # one series per model, read through its roles
    SOURCE = "source"  # one series per source (a model's source when bound to a model)
    VERDICTS = "verdicts"  # one series over the verdicts of others

    @property
    def selects(self) -> bool:
        """Whether `columns` says what it is about."""
        return self in (Takes.COLUMN, Takes.COLUMNS)


@dataclass(frozen=True)
class Check(ABC):
    """A kind of measurement. Subclasses are frozen dataclasses whose fields, made by `param`, are its parameters."""

    kind: ClassVar[str]
    title: ClassVar[str]  # "Population Stability Index"
    unit: ClassVar[str] = "number"  # number | ratio | seconds | rows | rows/s | column
    takes: ClassVar[Takes] = Takes.COLUMN
    column_types: ClassVar[frozenset[ColumnType]] = frozenset(ColumnType)  # types that it can measure
    default_columns: ClassVar[tuple[str, ...]] = ("features",)
    least_columns: ClassVar[int] = 1  # of a check that looks at many columns at once
    tasks: ClassVar[frozenset[str]] = frozenset()  # empty: any; else the model's task must be one of these
    needs_roles: ClassVar[frozenset[str]] = frozenset()  # roles that the model must declare
    needs_baseline: ClassVar[bool] = False  # compares two sets of rows itself (a distance)
    learns: ClassVar[bool] = False  # reads the window by what the baseline's labels teach (an estimate)
    compares_columns: ClassVar[bool] = False  # looks at the columns of the baseline's source, not at its rows (schema)
    counting: ClassVar[bool] = False  # an empty complete window reads 0, and min_rows does not apply
    grows_with_time: ClassVar[bool] = False  # a sum: a baseline of another length is scaled to the window's
    windowless: ClassVar[bool] = False  # judged as of the end of the newest pane, not over a window (freshness)
    significance: ClassVar[bool] = False  # whether the significance gate is on unless switched off
    uncertain: ClassVar[bool] = False  # whether readings have a p-value or a standard error, so that the gate has a say
    shows_values: ClassVar[bool] = False  # its reading is a value of the column, so private columns are not measured
    tells_columns: ClassVar[bool] = False  # its contributions are how well each column tells window from baseline
    per_class: ClassVar[bool] = False  # whether `classes:` makes series of single classes
    range: ClassVar[tuple[float | None, float | None]] = (None, None)  # smallest and largest possible value
    bad: ClassVar[str] = "above"  # above | below | either: which direction is worse
    default_threshold: ClassVar[Threshold | None] = None
    examples: ClassVar[tuple[Example, ...]] = ()

    def growth(self, on: Subject) -> float | None:
        """How the value grows with the length of time that is read: 1 like a sum, 0 not at all, None in another way.

        A baseline of another length is scaled by it; where that cannot be done, the baseline's windows are read one by
        one, and their mean is what the window is compared with.
        """
        return 1.0 if self.grows_with_time else 0.0

    def unfit(self, column: Column) -> str | None:
        """Why a column that came by a selection is left out though its type fits; None when it is measured."""
        return None

    @abstractmethod
    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        """The profiles to read, each under a name of the check's choosing."""

    def baseline_needs(self, on: Subject) -> dict[str, ProfileSpec]:
        """The profiles to read of the baseline: those of the window, but for a check that `learns`.

        Such a check names the labels here only, so that its windows wait for none.
        """
        return self.needs(on)

    @abstractmethod
    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        """The reading of a window from its profiles (under the names of `needs`).

        `baseline` holds the baseline's profiles for a check with `needs_baseline`, else None: the value of the baseline
        for `compare: change` is this same reading made of the baseline's profiles, and of a check that `learns` what it
        has `realized`.
        """

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        """The value as a quotient of sums over rows, so that segments of them can be told to carry a change of it.

        Where it is none: why not. Rows that are not there are in none of the sums, and empty profiles give zeros.
        """
        return f"{self.kind} is no mean over rows, so that its change is not the sum of those of segments"

    def realized(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        """Of a check that `learns`: what the labels of a baseline say, from profiles under the names of
        `baseline_needs`.
        """
        return NoData("there is none")

    def compared_with(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        """What the baseline `realized`, with the standard error that counts when an estimate is compared with it."""
        return self.realized(on, at, baseline)

    def change_p_value(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles) -> float | None:
        """How likely readings of both sides differ so much by chance, of a check whose readings depend on the number of
        rows though nothing changes; None where their standard errors say it.
        """
        return None


@dataclass(frozen=True)
class Verdict:
    """What a composite check sees of one series: its status, and whether it breaches as the matcher asks."""

    series: SeriesKey
    status: Status
    breaches: bool


@dataclass(frozen=True)
class CompositeCheck(Check):
    """A kind of measurement over the verdicts of other series: it reads no rows, and asks for no profiles."""

    takes = Takes.VERDICTS
    default_columns = ()

    of: Matcher = param("The series whose verdicts are looked at; `severity` says which breaches count.", matcher=True)
    by: tuple[str, ...] = param(
        "One series for each model, column, class or segment of what matches, instead of one over all.",
        many=True,
        choices=("model", "column", "class", "segment"),
        default=(),
    )

    @abstractmethod
    def tally(self, verdicts: Sequence[Verdict]) -> Reading:
        """The reading of a group: the latest verdict of each of its series within the window."""

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return NoData("a composite reads verdicts, not rows")


@dataclass(frozen=True)
class Example:
    """A worked example: rows in, value out; it is shown in the docs and run as a test.

    `rows` (and `baseline`) map column names to lists of values. `value` is what is read, within `tolerance`; a string
    is the name of a reading without a value ("NoData", "InsufficientData", "Failed"). It is read over the day
    2026-01-01 (UTC), as of its end. `types` are those of the columns other than `column`, where not numeric. The
    example of a composite has `verdicts` instead of rows: the status by series.
    """

    says: str
    rows: Mapping[str, list[Any]]
    value: float | str
    baseline: Mapping[str, list[Any]] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    column: str | None = None
    type: ColumnType = ColumnType.NUMERIC
    valid: Validity | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)  # class -> score column of a multiclass model
    selected: tuple[str, ...] = ()  # the columns of a check that looks at many at once
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    task: str | None = None
    sql: str | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)  # "monitor/model/column" -> status
    tolerance: float = 1e-9
