"""What all lazy sources do alike: check the timestamp, filter by time and `where`, project, convert to UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources._failures import did_you_mean, first_line, unexplained
from driftline.sources._timestamps import as_instant, in_utc, is_time, within
from driftline.sources.base import FileFacts, SourceContext

UNBOUNDED = Interval(None, None)


def timestamp_type(
    schema: Mapping[str, pl.DataType], context: SourceContext, step: str = "store it as a timestamp"
) -> pl.DataType | None:
    """The type of the timestamp column, None for a source without one; SourceError when it is absent or no time.

    `step` is what a reader can do about a column that is no time.
    """
    if context.timestamp is None:
        return None
    if context.timestamp not in schema:
        raise SourceError(
            f"source {context.name!r} has no column {context.timestamp!r} for its timestamp"
            + did_you_mean(context.timestamp, schema)
        )
    dtype = schema[context.timestamp]
    if not is_time(dtype):
        if dtype.is_integer():
            step += " (whole numbers may be seconds, milliseconds or days, so they are not guessed)"
        raise SourceError(
            f"source {context.name!r}: its timestamp {context.timestamp!r} is {dtype}, not a time; {step}"
        )
    try:
        ZoneInfo(context.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SourceError(
            f"source {context.name!r}: there is no time zone {context.timezone!r}; write one like 'Europe/Berlin'"
        ) from None
    return dtype


def rows(
    frame: pl.LazyFrame,
    schema: Mapping[str, pl.DataType],
    context: SourceContext,
    columns: tuple[str, ...],
    span: Interval,
) -> pl.LazyFrame:
    """The rows of a lazy frame as `Source.scan` promises them.

    No columns at all would lose the number of rows, so one narrow column stands in.
    """
    dtype = timestamp_type(schema, context)
    wanted = chosen(schema, context, columns, span)
    if dtype is not None and context.timestamp is not None:
        in_span = within(context.timestamp, dtype, context.timezone, span)
        if in_span is not None:
            frame = frame.filter(in_span)
    frame = kept(frame, schema, context)
    if dtype is not None and context.timestamp in wanted:
        assert context.timestamp is not None
        frame = frame.with_columns(in_utc(context.timestamp, dtype, context.timezone))
    return frame.select(wanted)


def chosen(
    schema: Mapping[str, pl.DataType], context: SourceContext, columns: tuple[str, ...], span: Interval
) -> list[str]:
    """The columns to read; SourceError for one that is not there, and for a span of a source without a timestamp."""
    if context.timestamp is None and span != UNBOUNDED:
        raise SourceError(f"source {context.name!r} has no timestamp, so it cannot be cut by time; declare `timestamp`")
    _check_arrival(schema, context)
    for column in columns:
        if column not in schema:
            raise SourceError(f"source {context.name!r} has no column {column!r}" + did_you_mean(column, schema))
    return list(dict.fromkeys(columns)) or [narrowest(schema)]


def _check_arrival(schema: Mapping[str, pl.DataType], context: SourceContext) -> None:
    """Raise SourceError where the column that says when a row arrived is not there, or no time; it may hold nothing."""
    if context.arrival is None:
        return
    dtype = schema.get(context.arrival)
    if dtype is None:
        hint = did_you_mean(context.arrival, schema)
        raise SourceError(f"source {context.name!r} has no column {context.arrival!r} for its arrival{hint}")
    if dtype != pl.Null and not is_time(dtype):
        raise SourceError(
            f"source {context.name!r}: its arrival {context.arrival!r} is {dtype}, not a time; store it as a timestamp"
        )


def kept(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], context: SourceContext) -> pl.LazyFrame:
    """The rows for which `where` is true; SourceError where it does not parse or names what is not there."""
    if context.where is None:
        return frame
    try:
        condition = pl.sql_expr(context.where)
        unknown = [name for name in condition.meta.root_names() if name not in schema]
        if not unknown:
            pl.DataFrame(schema=dict(schema)).filter(condition)  # some faults show only when it runs
            return frame.filter(condition)
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"source {context.name!r}: its `where` cannot be used: {first_line(error)}; correct {context.where!r}"
        ) from error
    raise SourceError(
        f"source {context.name!r}: its `where` names {unknown[0]!r}, which is no column"
        + did_you_mean(unknown[0], schema)
    )


def narrowest(schema: Mapping[str, pl.DataType]) -> str:
    """A column that is cheap to read: a small number rather than text."""
    order = (pl.Boolean, pl.Int8, pl.UInt8, pl.Int16, pl.UInt16, pl.Int32, pl.UInt32, pl.Float32)
    ranked = sorted(schema, key=lambda name: _rank(schema[name], order))
    return ranked[0]


def _rank(dtype: pl.DataType, order: tuple[type[pl.DataType], ...]) -> int:
    base = dtype.base_type()
    if base in order:
        return order.index(base)
    return len(order) + (0 if dtype.is_numeric() or dtype.is_temporal() else 1)


def first_and_last(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], context: SourceContext) -> Interval:
    """First and last event time of the rows that `where` keeps, by one pass over one column."""
    dtype = timestamp_type(schema, context)
    if dtype is None or context.timestamp is None:
        return UNBOUNDED
    frame = kept(frame, schema, context)
    if dtype.base_type() is pl.String:  # text does not sort by time when offsets differ
        frame, dtype = frame.select(in_utc(context.timestamp, dtype, context.timezone)), pl.Datetime("us", "UTC")
    time = pl.col(context.timestamp)
    found = frame.select(time.min().alias("first"), time.max().alias("last")).collect()
    first, last = found.row(0)
    return Interval(
        as_instant(first, dtype, context.timezone),
        as_instant(last, dtype, context.timezone),
    )


def facts(
    frame: pl.LazyFrame,
    schema: Mapping[str, pl.DataType],
    context: SourceContext,
    now: datetime,
    explain: Callable[[Exception], SourceError | None],
) -> FileFacts:
    """What the frame of one file of a source holds: of its columns only the timestamp and those of `where` are read.

    `schema` is that of the source; `explain` says what a failure of Polars means.
    """
    try:
        frame = _as_in_all(frame, schema, context)
        own = dict(frame.collect_schema())
        dtype = timestamp_type(own, context)
        frame = kept(frame, own, context)
        if dtype is None or context.timestamp is None:
            return FileFacts(None, None, int(frame.select(pl.len()).collect().item()))
        time = pl.col(context.timestamp)
        found = frame.select(in_utc(context.timestamp, dtype, context.timezone)).select(
            time.min().alias("first"),
            time.max().alias("last"),
            pl.len().alias("rows"),
            time.null_count().alias("without_time"),
            (time > now).sum().alias("future"),
        )
        first, last, *counts = found.collect(engine="streaming").row(0)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error) or unexplained(error, context) from error
    return FileFacts(first, last, *(int(count) for count in counts))


def _as_in_all(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], context: SourceContext) -> pl.LazyFrame:
    """One file with the columns that it lacks, and with those of `where` in the types that they have in all files."""
    own = frame.collect_schema()
    time = {context.timestamp} if context.timestamp is not None else set()
    named = {name for name in _named_in(context.where) - time if name in schema}
    lacking = {name for name in named | time if name in schema and name not in own}
    other = {name for name in named if name in own and own[name] != schema[name]}
    return frame.with_columns(
        *(pl.lit(None, schema[name]).alias(name) for name in sorted(lacking)),
        *(pl.col(name).cast(schema[name], strict=False) for name in sorted(other)),
    )


def _named_in(where: str | None) -> set[str]:
    """The columns that a condition names; none where it does not parse, which is said when it is applied."""
    try:
        return set() if where is None else set(pl.sql_expr(where).meta.root_names())
    except pl.exceptions.PolarsError:
        return set()
