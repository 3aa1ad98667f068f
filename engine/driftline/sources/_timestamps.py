"""Event time: from a column as it is stored to UTC microseconds, and a time filter that the storage can prune by.

A naive time is read in the source's time zone. An ambiguous one (the clock went back) means the earlier instant; one
that did not exist (the clock went forward) is shifted forward by the length of the gap, as PostgreSQL and Java do.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from driftline.model import Interval

INSTANT = pl.Datetime("us", "UTC")

# Wider than any change of a clock (Samoa skipped a whole day in 2011) and than the distance of a zone from UTC.
_AROUND_A_CHANGE = timedelta(hours=26)

# Numbers since 1970 that a `timestamp_format` may name, and how many microseconds one of them is.
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}

_NAIVE_TEXT = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$"


def is_time(dtype: pl.DataType) -> bool:
    """Whether a column of this type can be a timestamp: a Datetime, a Date, or text in ISO 8601."""
    return dtype.base_type() in (pl.Datetime, pl.Date, pl.String)


def in_utc(column: str, dtype: pl.DataType, timezone: str) -> pl.Expr:
    """The column as Datetime("us", "UTC"), under its own name."""
    raw = pl.col(column)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            return raw.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
        return _from_local(raw.dt.cast_time_unit("us"), timezone)
    if dtype.base_type() is pl.Date:
        return _from_local(raw.cast(pl.Datetime("us")), timezone)
    return from_text(raw, timezone)


def local_midnight(day: pl.Expr, timezone: str) -> pl.Expr:
    """The instant at which a local day starts."""
    return _from_local(day.cast(pl.Datetime("us")), timezone)


def _from_local(local: pl.Expr, timezone: str) -> pl.Expr:
    """Naive local times as instants."""
    if timezone == "UTC":
        return local.dt.replace_time_zone("UTC")

    def exact(times: pl.Expr) -> pl.Expr:
        placed = times.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
        return placed.dt.convert_time_zone("UTC")

    # A time inside a gap has no instant; the offset of the day before carries it past the gap.
    return pl.coalesce(exact(local), exact(local - timedelta(days=1)) + timedelta(days=1))


def from_text(text: pl.Expr, timezone: str) -> pl.Expr:
    """ISO 8601 text as instants, with or without an offset, row by row. Other text fails when it is collected.

    Empty text is no time, rather than a wrong one: Polars also shows it for nulls when a Parquet scan filters.
    """
    naive = is_naive(text)
    length = text.str.len_bytes()
    full = pl.when(length == 10).then(text + "T00:00:00").when(length == 16).then(text + ":00").otherwise(text)
    local = pl.when(naive).then(full.str.replace(" ", "T", literal=True))
    parsed = local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=True)
    offset = (
        pl.when(~naive & (length > 0)).then(text).str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=True)
    )
    return pl.coalesce(offset, _from_local(parsed, timezone))


def is_naive(text: pl.Expr) -> pl.Expr:
    """Whether ISO 8601 text has no offset."""
    return text.str.contains(_NAIVE_TEXT)


def from_format(text: pl.Expr, layout: str, timezone: str) -> pl.Expr:
    """Text in a strptime layout as instants, `%z` in it carrying the offset; or a number since 1970, by `EPOCHS`."""
    if layout in EPOCHS:
        return (text.cast(pl.Float64) * EPOCHS[layout]).round().cast(pl.Int64).cast(INSTANT)
    if "%z" in layout or "%+" in layout or "%:z" in layout or "%#z" in layout:
        return text.str.to_datetime(layout, time_unit="us", time_zone="UTC", strict=True)
    return _from_local(text.str.to_datetime(layout, time_unit="us", strict=True), timezone)


def within(column: str, dtype: pl.DataType, timezone: str, span: Interval) -> pl.Expr | None:
    """Whether a row's time lies in the span; None for no bound at all.

    The bounds are written in the column's own type, unit and zone, so that they are compared with file statistics.
    Near a change of clock a wider bound prunes and a second, exact condition decides.
    """
    conditions: list[pl.Expr] = []
    exact = True
    for bound, side in ((span.start, "start"), (span.end, "end")):
        if bound is None:
            continue
        limit, is_exact = _limit(bound, dtype, timezone, side == "end")
        exact = exact and is_exact
        if limit is not None:
            conditions.append(pl.col(column) < limit if side == "end" else pl.col(column) >= limit)
    if not exact:
        instant = in_utc(column, dtype, timezone)
        if span.start is not None:
            conditions.append(instant >= _literal(span.start, INSTANT))
        if span.end is not None:
            conditions.append(instant < _literal(span.end, INSTANT))
    return pl.all_horizontal(conditions) if conditions else None


def _limit(bound: datetime, dtype: pl.DataType, timezone: str, is_end: bool) -> tuple[pl.Expr | None, bool]:
    """A bound as a literal of the column's type, and whether it alone decides."""
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return _literal(bound.astimezone(ZoneInfo(dtype.time_zone)), dtype), True
    if dtype.base_type() is pl.String:
        return None, False
    local, exact = local_bound(bound, timezone, is_end)
    if isinstance(dtype, pl.Datetime):
        return _literal(local, dtype), exact
    return pl.lit(first_day_from(local)), exact


def local_bound(bound: datetime, timezone: str, is_end: bool) -> tuple[datetime, bool]:
    """A bound as a naive local time, and whether comparing with it alone is exact.

    It is, unless a clock changes nearby; then it is moved outward so that no row is lost.
    """
    zone = ZoneInfo(timezone)
    around = {(bound + shift).astimezone(zone).utcoffset() for shift in (-_AROUND_A_CHANGE, _AROUND_A_CHANGE)}
    local = bound.astimezone(zone).replace(tzinfo=None, fold=0)
    if len(around) == 1:
        return local, True
    return local + (_AROUND_A_CHANGE if is_end else -_AROUND_A_CHANGE), False


def first_day_from(local: datetime) -> date:
    """The first day whose midnight is not before a local time: right for both `>=` and `<`."""
    midnight = datetime(local.year, local.month, local.day)  # noqa: DTZ001 - local by intent
    return local.date() if local == midnight else local.date() + timedelta(days=1)


def _literal(bound: datetime, dtype: pl.Datetime) -> pl.Expr | None:
    """A bound in the column's unit, rounded up: right for both `>=` and `<`. None beyond what nanoseconds can hold."""
    if dtype.time_unit == "ns" and not 1678 <= bound.year <= 2261:
        return None
    if dtype.time_unit == "ms" and bound.microsecond % 1000:
        bound += timedelta(microseconds=1000 - bound.microsecond % 1000)
    return pl.lit(bound, dtype=dtype)


def as_instant(value: object, dtype: pl.DataType, timezone: str) -> datetime | None:
    """One stored value as an aware UTC datetime."""
    if value is None:
        return None
    converted = pl.select(pl.lit(value, dtype=dtype).alias("time")).select(in_utc("time", dtype, timezone)).item()
    return converted.astimezone(UTC) if isinstance(converted, datetime) else None
