"""What SQL sources share: the statement around the query, and rows that arrive in batches as a lazy frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl
from polars.io.plugins import register_io_source

from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources._rows import UNBOUNDED, chosen, timestamp_type
from driftline.sources._timestamps import as_instant, in_utc, within
from driftline.sources.base import Misplaced, SourceContext

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """The SELECT of a source; a `hidden` one came from a secret, so that no message may quote it."""

    text: str
    hidden: bool


@dataclass(frozen=True)
class Column:
    """A column of the query: its type in Polars, and the SQL that gives a value of that type."""

    dtype: pl.DataType
    sql: str


class Database(Protocol):
    """One query of one database. Every method raises SourceError where the server refuses."""

    @property
    def query(self) -> Query:
        """The SELECT."""
        ...

    @property
    def reads_text_times(self) -> bool:
        """Whether a timestamp may be text in ISO 8601."""
        ...

    @property
    def cast_to_time(self) -> str:
        """What a reader can write in the query to make a time of something else."""
        ...

    def columns(self) -> Mapping[str, Column]:
        """The query's columns, without reading more than a sample."""
        ...

    def frames(self, statement: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
        """The rows of a statement in batches of bounded size, with columns of the schema's types."""
        ...

    def bounds(self, column: str, dtype: pl.DataType, timezone: str, span: Interval) -> tuple[list[str], bool]:
        """Conditions that no row in the span fails, and whether they alone decide."""
        ...

    def extremes(self, column: str, source: str) -> str:
        """A statement whose rows' `time` holds the first and the last time; `source` is the FROM clause and WHERE."""
        ...


def checked(query: str, context: SourceContext) -> str:
    """The query without its closing semicolon; SourceError when it is no SELECT."""
    text = query.strip().rstrip(";").rstrip()
    words = _COMMENT.sub(" ", text).lstrip(" \t\r\n(").split(None, 1)
    if not words or words[0].upper() not in ("SELECT", "WITH", "VALUES", "TABLE"):
        raise SourceError(f"source {context.name!r}: its `query` is not a SELECT; a source only reads")
    return text


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def unique(names: list[str], context: SourceContext) -> list[str]:
    """The names; SourceError when two columns share one, since a reader could not tell them apart."""
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f"source {context.name!r}: its query yields two columns {name!r}; name one of them AS …")
    return names


def _source(database: Database, context: SourceContext, conditions: list[str]) -> str:
    """FROM and WHERE. The line breaks end a comment on the last line of what a person wrote."""
    where = [*conditions, *([f"({context.where}\n)"] if context.where else [])]
    clause = f"\nWHERE {' AND '.join(where)}" if where else ""
    return f'FROM (\n{database.query.text}\n) AS "rows"{clause}'


def _timestamp_type(database: Database, types: Mapping[str, pl.DataType], context: SourceContext) -> pl.DataType | None:
    dtype = timestamp_type(types, context, database.cast_to_time)
    if dtype == pl.String and not database.reads_text_times:
        raise SourceError(
            f"source {context.name!r}: its timestamp {context.timestamp!r} is text, not a time; "
            + database.cast_to_time
        )
    return dtype


def scan(database: Database, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
    """Rows in the span as a lazy frame: the statement is sent when the frame is collected."""
    described = database.columns()
    types = {name: column.dtype for name, column in described.items()}
    dtype = _timestamp_type(database, types, context)
    wanted = chosen(types, context, columns, span)
    conditions: list[str] = []
    in_span: pl.Expr | None = None
    if dtype is not None and context.timestamp is not None and span != UNBOUNDED:
        conditions, exact = database.bounds(context.timestamp, dtype, context.timezone, span)
        in_span = None if exact else within(context.timestamp, dtype, context.timezone, span)
    read = list(dict.fromkeys([*wanted, *([context.timestamp] if in_span is not None and context.timestamp else [])]))
    source = _source(database, context, conditions)
    frame = _lazy(database, described, read, source)
    if in_span is not None:
        frame = frame.filter(in_span)
    if dtype is not None and context.timestamp in wanted and context.timestamp is not None:
        frame = frame.with_columns(in_utc(context.timestamp, dtype, context.timezone))
    return frame.select(wanted)


def _lazy(database: Database, described: Mapping[str, Column], read: list[str], source: str) -> pl.LazyFrame:
    """A lazy frame over a statement, whose SELECT names only the columns that the plan needs."""
    schema = {name: described[name].dtype for name in read}

    def batches(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        names = with_columns or read
        selection = ", ".join(f"{described[name].sql} AS {quoted(name)}" for name in names)
        left = n_rows
        for frame in database.frames(f"SELECT {selection}\n{source}", {name: schema[name] for name in names}):
            kept = frame if left is None else frame.head(left)
            left = None if left is None else left - kept.height
            yield kept if predicate is None else kept.filter(predicate)
            if left == 0:
                return

    # Pure: within one collection, queries over the same frame share one statement.
    return register_io_source(batches, schema=schema, is_pure=True, explain_name="sql")


def misplaced(database: Database, context: SourceContext, now: datetime) -> Misplaced:
    """Rows without a time and rows later than `now`, in one statement; an index on the time serves it."""
    described = database.columns()
    dtype = _timestamp_type(database, {name: column.dtype for name, column in described.items()}, context)
    if dtype is None or context.timestamp is None:
        return Misplaced()
    conditions, _ = database.bounds(context.timestamp, dtype, context.timezone, Interval(now, None))
    later = f" OR ({' AND '.join(conditions)})" if conditions else ""
    source = _source(database, context, [f"({quoted(context.timestamp)} IS NULL{later})"])
    statement = f'SELECT {described[context.timestamp].sql} AS "time", COUNT(*) AS "rows"\n{source}\nGROUP BY 1'
    without = future = 0
    rows = pl.col("rows")
    for frame in database.frames(statement, {"time": dtype, "rows": pl.Int64()}):
        times = frame.select(in_utc("time", dtype, context.timezone), "rows")
        without += int(times.select(rows.filter(pl.col("time").is_null()).sum()).item())
        future += int(times.select(rows.filter(pl.col("time") > now).sum()).item())
    return Misplaced(without, future)


def extent(database: Database, context: SourceContext) -> Interval:
    """First and last event time of the rows that `where` keeps."""
    described = database.columns()
    types = {name: column.dtype for name, column in described.items()}
    dtype = _timestamp_type(database, types, context)
    if dtype is None or context.timestamp is None:
        return UNBOUNDED
    statement = database.extremes(context.timestamp, _source(database, context, []))
    found: list[object] = []
    for frame in database.frames(statement, {"time": dtype}):
        found += frame["time"].drop_nulls().to_list()
    times = [time for value in found if (time := as_instant(value, dtype, context.timezone)) is not None]
    return Interval(min(times), max(times)) if times else UNBOUNDED
