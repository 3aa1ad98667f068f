"""Opening what was named and measuring it: the only place of `init` that reads rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.config.reader import FORBIDDEN
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.propose.facts import UNUSABLE, Arrivals, ColumnFacts, Kind, Rhythm, Table
from driftline.propose.locate import SAMPLED_ROWS, Located
from driftline.registry import Registry
from driftline.sources.base import SourceContext

if TYPE_CHECKING:
    import polars as pl

ALL = Interval(None, None)
JOINED_ROWS = 200_000
FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%Y%m%d",
)  # fmt: skip
PROBED = 2_000


def table(located: Located, name: str, timezone: str, registry: Registry) -> Table:
    """A source with what its columns hold; SourceError when it cannot be read or holds no rows."""
    import polars as pl

    from driftline.propose import measure
    from driftline.sources._failures import unexplained

    source = registry.source_class(located.kind)(**dict(located.options))
    context = SourceContext(name, Path.cwd(), timezone=timezone)
    schema = source.schema(context)
    if not schema:
        raise SourceError(f"source {name!r}: it has no columns")
    readable = {name: dtype for name, dtype in schema.items() if not is_unusable(name)}
    if not readable:
        raise SourceError(f"source {name!r}: its columns have no names that can be read")
    try:
        rows, measured, simplexes = measure.columns(source.scan(context, tuple(readable), ALL), readable)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise source.explain(context, error) or unexplained(error, context) from error
    if rows == 0:
        raise SourceError(f"source {name!r}: it holds no rows yet; a first day of data is needed to guess from")
    columns = {each: measured.get(each) or ColumnFacts(each, Kind.OTHER, UNUSABLE, rows, 0, 0) for each in schema}
    sampled = located.kind == "sql" and rows >= SAMPLED_ROWS
    return Table(name, source, context, located.written, located.said, rows, columns, simplexes, sampled)


def is_unusable(name: str) -> bool:
    """Whether Polars takes a name for several columns, or a configuration cannot hold it."""
    return name == "*" or (name.startswith("^") and name.endswith("$")) or FORBIDDEN.search(name) is not None


def with_timestamp(read: Table, column: str) -> Table:
    """The table with its event time declared, and `timestamp_format` where a CSV file writes it in another way."""
    context = replace(read.context, timestamp=column)
    if read.source.kind != "csv":
        return replace(read, context=context)
    raw = replace(read.source, types={column: "text"})  # type: ignore[call-arg]
    texts = raw.scan(read.context, (column,), ALL).collect()[column].drop_nulls()
    layout = _layout(texts)
    if layout is None:
        return replace(read, context=context)
    source = replace(read.source, timestamp_format=layout)  # type: ignore[call-arg]
    return replace(read, context=context, source=source, options={"timestamp_format": layout})


def _layout(texts: pl.Series) -> str | None:
    """The strptime layout of texts that are not ISO 8601; None where they are, or where none of the known ones fits."""
    from driftline.propose.measure import _ISO

    if texts.len() == 0 or bool(texts.head(PROBED).str.contains(_ISO).all()):
        return None
    for layout in FORMATS:
        # Quickly by the first rows, then by all: 01/02 is a day and month either way around.
        if all(part.str.to_datetime(layout, strict=False).null_count() == 0 for part in (texts.head(PROBED), texts)):
            return layout
    return None


def rhythm(read: Table, timezone: str) -> Rhythm | None:
    """When the rows of a table with a timestamp happened; None when none of them says when."""
    import polars as pl

    from driftline.sources._failures import unexplained

    column = read.context.timestamp
    if column is None:
        return None
    time = pl.col(column)
    frame = read.source.scan(read.context, (column,), ALL).filter(time.is_not_null())
    minutes = frame.select(time.dt.truncate("1m").alias("minute")).group_by("minute").len()
    try:
        found = minutes.collect(engine="streaming").sort("minute")
        ends = frame.select(time.min().alias("first"), time.max().alias("last")).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise read.source.explain(read.context, error) or unexplained(error, read.context) from error
    if found.height == 0:
        return None
    local = pl.col("minute").dt.convert_time_zone(timezone).dt.truncate("1d").alias("day")
    days = found.with_columns(local).group_by("day").agg(pl.col("len").sum())
    first, last = ends.row(0)
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    per_day = float(days["len"].median() or 0.0)  # type: ignore[arg-type]
    return Rhythm(first, last, days.height, per_day, _pause(found, timezone))


def _pause(minutes: pl.DataFrame, timezone: str) -> float:
    """The longest gap before an event on an ordinary day, in seconds: the median of each weekday, the largest of those.

    A single outage does not count; every night and every weekend without events does.
    """
    import polars as pl

    gaps = minutes.with_columns(
        pl.col("minute").diff().dt.total_seconds().alias("gap"),
        pl.col("minute").dt.convert_time_zone(timezone).dt.truncate("1d").alias("day"),
    ).drop_nulls("gap")
    if gaps.height == 0:
        return 0.0
    longest = gaps.group_by("day").agg(pl.col("gap").max())
    usual = longest.group_by(pl.col("day").dt.weekday()).agg(pl.col("gap").median())["gap"]
    return float(usual.max() or 0.0)  # type: ignore[arg-type]


def arrivals(data: Table, id_: str, labels: Table, key: str) -> Arrivals | None:
    """How many rows have a label, and how long after the event it came; None where the ids have nothing in common."""
    import polars as pl

    scored = data.source.scan(data.context, _named(id_, data.context.timestamp), ALL)
    known = labels.source.scan(labels.context, _named(key, labels.context.timestamp), ALL)
    step = max(data.rows // JOINED_ROWS, 1) | 1
    left = scored.rename({id_: "id"}).gather_every(step) if data.rows > JOINED_ROWS else scored.rename({id_: "id"})
    left = left.select("id", *_time(data.context.timestamp, "event")).with_columns(pl.col("id").cast(pl.String))
    right = known.select(pl.col(key).cast(pl.String).alias("id"), *_time(labels.context.timestamp, "known"))
    right = right.with_columns(pl.lit(True).alias("labelled"))
    joined = left.join(right.unique("id", keep="last"), on="id", how="left").collect(engine="streaming")
    counted = right.select(pl.len(), pl.col("id").n_unique().alias("ids")).collect(engine="streaming").row(0)
    labelled = float(joined["labelled"].is_not_null().mean() or 0.0)  # type: ignore[arg-type]
    if labelled == 0.0:
        return None
    if "event" not in joined.columns or "known" not in joined.columns:
        return Arrivals(labelled, repeated=counted[0] > counted[1])
    lag = joined.select((pl.col("known") - pl.col("event")).dt.total_seconds().alias("lag"))["lag"].drop_nulls()
    typical, longest = lag.quantile(0.95), lag.max()
    if typical is None or not isinstance(longest, int | float):
        return Arrivals(labelled, repeated=counted[0] > counted[1])
    return Arrivals(labelled, max(float(typical), 0.0), max(float(longest), 0.0), counted[0] > counted[1])


def _named(*columns: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for column in columns if column is not None))


def _time(column: str | None, alias: str) -> list[pl.Expr]:
    import polars as pl

    return [] if column is None else [pl.col(column).alias(alias)]


def is_time(read: Table, column: str) -> bool:
    """Whether a column can be a timestamp: a time, or text that is written as one."""
    facts = read.columns[column]
    return facts.kind is Kind.TIME or (facts.kind is Kind.TEXT and facts.iso_times > 0.99)
