"""A source that was opened once for a run: its column types, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from driftline import clock
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import FileFacts, Footprint, Misplaced, Source, SourceContext, SourceFile

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class OpenedSource:
    """A source, its context and its schema; `failure` says why it could not be opened."""

    source: Source
    context: SourceContext
    schema: Mapping[str, pl.DataType] = field(default_factory=dict)
    failure: str | None = None
    opened_at: datetime = field(default_factory=clock.now, compare=False)  # rows of a later time lie in the future
    _facts: dict[tuple[str, str], FileFacts] = field(default_factory=dict, init=False, repr=False, compare=False)
    _files: list[tuple[SourceFile, ...] | None] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def open(cls, source: Source, context: SourceContext) -> OpenedSource:
        """Read the schema; a failure becomes a value."""
        import polars as pl

        try:
            return cls(source, context, source.schema(context))
        except SourceError as error:
            return cls(source, context, failure=str(error))
        except (pl.exceptions.PolarsError, OSError) as error:  # a kind that lets through what it should explain
            found = source.explain(context, error)
            known = f"source {context.name!r} cannot be read ({type(error).__name__})"
            return cls(source, context, failure=str(found) if found is not None else known)

    @property
    def name(self) -> str:
        return self.context.name

    @property
    def timestamp(self) -> str | None:
        return self.context.timestamp

    @property
    def is_naive(self) -> bool:
        """Whether its times carry no zone, so that they are read in the configured one."""
        return self.timestamp in self.naive

    @property
    def naive(self) -> tuple[str, ...]:
        """Those of its columns of times (timestamp, arrival) that carry no zone: times without one, and days."""
        import polars as pl

        times = self._times().items()
        bare = {name for name, dtype in times if isinstance(dtype, pl.Datetime) and dtype.time_zone is None}
        return tuple(name for name, dtype in times if name in bare or dtype == pl.Date)

    @property
    def written(self) -> tuple[str, ...]:
        """Those that are text, in which each time may have a zone or not."""
        import polars as pl

        return tuple(name for name, dtype in self._times().items() if dtype == pl.String)

    def _times(self) -> dict[str, pl.DataType]:
        """The columns of times, with their types."""
        named = (self.timestamp, self.context.arrival)
        return {name: self.schema[name] for name in named if name is not None and name in self.schema}

    def scan(self, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        return self.source.scan(self.context, columns, span)

    def came_in(self, span: Interval) -> pl.LazyFrame:
        """The `timestamp` and the `arrival` of the rows that arrived in a span, as UTC; without either, SourceError.

        Read as if the arrival were the timestamp, so that a server's index or a file's statistics on it serve.
        """
        import polars as pl

        from driftline.sources._timestamps import in_utc

        arrival, timestamp = self.context.arrival, self.context.timestamp
        if arrival is None or timestamp is None:
            raise SourceError(f"source {self.name!r} does not say when its rows arrived")
        by_arrival = replace(self.context, timestamp=arrival, arrival=timestamp)
        rows = self.source.scan(by_arrival, (timestamp, arrival), span)
        time = in_utc(timestamp, rows.collect_schema()[timestamp], self.context.timezone)
        return rows.select(time.alias("timestamp"), pl.col(arrival).alias("arrival"))

    def row_count(self) -> int | None:
        """Number of rows where it costs no scan; None where it does, or where it cannot be told."""
        try:
            return self.source.row_count(self.context)
        except SourceError:
            return None

    def footprint(self) -> Footprint:
        """How much there is to read, as far as that is known."""
        if self.failure is not None:
            return Footprint()
        try:
            return self.source.footprint(self.context)
        except SourceError:
            return Footprint()

    def files(self) -> tuple[SourceFile, ...] | None:
        """The files that it is made of, listed once: a run sees one state of them. None where that cannot be told."""
        if not self._files:
            try:
                self._files.append(self.source.files(self.context))
            except SourceError:
                self._files.append(None)
        return self._files[0]

    def file_facts(self, file: SourceFile) -> FileFacts:
        """What one of its files holds, read once in a run; SourceError when it cannot be read."""
        key = (file.key, file.token)
        if key not in self._facts:
            told = file.told
            if told is None or (told.last is not None and told.last > self.opened_at):  # some rows may be of the future
                told = self.source.file_facts(self.context, file, self.schema, self.opened_at)
            self._facts[key] = told
        return self._facts[key]

    def misplaced(self) -> Misplaced | None:
        """Rows of the source whose time cannot be right, where one cheap question tells."""
        try:
            return self.source.misplaced(self.context, self.opened_at)
        except SourceError:
            return None

    def explain(self, error: Exception) -> str | None:
        """What a failure of Polars means for this source; None when the source is sound and the query was at fault."""
        found = self.source.explain(self.context, error)
        return None if found is None else str(found)
