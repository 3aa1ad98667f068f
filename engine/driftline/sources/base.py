"""What a source is: rows with column types, an optional timestamp, opened lazily and read in one scan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from driftline.errors import SourceError
from driftline.model import Interval

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class SourceContext:
    """What the configuration says of a source besides its kind's own options."""

    name: str
    directory: Path  # relative paths start here
    timestamp: str | None = None
    timezone: str = "UTC"  # naive timestamps are read in it
    arrival: str | None = None  # the column that says when a row arrived
    where: str | None = None  # SQL; rows for which it is not true do not exist


@dataclass(frozen=True)
class Footprint:
    """How much there is to read of a source, as far as it is known without reading it; None where it is not.

    `rows` are those before `where`.
    """

    files: int | None = None
    bytes: int | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Misplaced:
    """How many rows no window can hold yet: those without a time, and those of the future."""

    without_time: int = 0
    future: int = 0

    def __add__(self, other: Misplaced) -> Misplaced:
        return Misplaced(self.without_time + other.without_time, self.future + other.future)


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: `key` names it, the same from run to run; `token` changes when the file does.

    `place` is where it lies, which may be secret and is never kept or shown. Where the listing itself knows: `told` is
    what is in it, and `fixed` the columns that have one value in all of its rows.
    """

    key: str
    token: str
    place: str = field(default="", repr=False, compare=False)
    told: FileFacts | None = field(default=None, repr=False, compare=False)
    fixed: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class FileFacts:
    """What a file holds after `where`: its first and last event, its rows, and those whose time cannot be right.

    `without_time` of the rows have no time, `future` of them one that was later than now when they were counted.
    """

    first: datetime | None
    last: datetime | None
    rows: int
    without_time: int = 0
    future: int = 0

    @property
    def misplaced(self) -> Misplaced:
        return Misplaced(self.without_time, self.future)


@dataclass(frozen=True)
class Source(ABC):
    """A kind of source. Subclasses are frozen dataclasses whose fields, made by `param`, are its options.

    Every method raises `SourceError` (naming the source, the cause and the next step) and nothing else for a missing or
    broken file, an unreachable server, a wrong query, an absent timestamp or a timestamp that is not a time.
    """

    kind: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()  # file endings that imply the kind: (".parquet",)

    @abstractmethod
    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        """Column names and Polars types, in order, without reading rows (a naive timestamp is shown as it is)."""

    @abstractmethod
    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows whose timestamp lies in `span`, `where` applied, restricted to `columns` (the timestamp if named).

        The timestamp comes out as Datetime("us", "UTC"); rows without a timestamp are left out when `span` is bounded.
        Reading is deferred as far as the kind allows; the filter reaches the file's row groups or the server's query.
        """

    @abstractmethod
    def extent(self, context: SourceContext) -> Interval:
        """First and last event time (both inclusive here), from statistics if they exist; (None, None) when empty."""

    @abstractmethod
    def row_count(self, context: SourceContext) -> int | None:
        """Number of rows where it costs no scan (file metadata), else None."""

    def footprint(self, context: SourceContext) -> Footprint:
        """What a plan says of the cost of reading it."""
        return Footprint(rows=self.row_count(context))

    def files(self, context: SourceContext) -> tuple[SourceFile, ...] | None:
        """The files that it is made of; None where that cannot be told (a server, an object store)."""
        return None

    def file_facts(
        self, context: SourceContext, file: SourceFile, schema: Mapping[str, pl.DataType], now: datetime
    ) -> FileFacts:
        """What one of its files holds; SourceError when it cannot be read.

        `schema` is that of the source: `where` means in one file what it means in all of them.
        """
        raise SourceError(f"source {context.name!r} has no files")

    def misplaced(self, context: SourceContext, now: datetime) -> Misplaced | None:
        """Rows of the whole source whose time cannot be right, where one cheap question tells; else None."""
        return None

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """What an error raised while Polars read this source means; None when the source itself is sound."""
        return None
