"""What events do to rows: to the values of a column, to which rows there are, and to when they come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.errors import UsageError
from driftline.globs import fits
from driftline.scenario.definition import Event
from driftline.scenario.draw import Dice, Floats, numbers, typed

TIME, ARRIVAL = "event time of the row", "arrival of the row"  # columns of their own beside the source's
MICROSECONDS = pl.Datetime("us", "UTC")

Mask = npt.NDArray[np.bool_]


def strength(event: Event, times: pl.Series) -> Floats:
    """How much of an event each row gets, from 0 to 1."""
    assert event.span.start is not None  # an event always has one
    at = times.dt.timestamp("us").to_numpy()
    since = at - event.span.start.timestamp() * 1e6
    ramp = event.ramp.seconds * 1e6 if event.ramp is not None else 0.0
    share = np.clip(since / ramp, 0.0, 1.0) if ramp else np.ones(len(at))
    inside = since >= 0
    if event.span.end is not None:
        inside &= at < event.span.end.timestamp() * 1e6
    return np.asarray(np.where(inside, share, 0.0))


def chosen(event: Event, undisturbed: pl.DataFrame) -> Mask:
    """The rows that the event's `where` is true for, by their undisturbed values."""
    if event.where is None:
        return np.ones(undisturbed.height, dtype=np.bool_)
    try:
        found = undisturbed.select(pl.sql_expr(event.where).fill_null(value=False)).to_series()
        return np.asarray(found.cast(pl.Boolean).to_numpy(), dtype=np.bool_)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{event.place}: the condition `{event.where}` cannot be used: {reason}") from None


def shifted(values: pl.Series, event: Event, share: Floats, dice: Dice) -> pl.Series:
    """The values of a column after a shift, in rows by their `share` of it."""
    if (weights := event.params.get("weights")) is not None:
        taken = pl.Series(dice.uniform(f"{values.name} shift {event.place.line}") < share)
        return (
            dice.pick(f"{values.name} weights {event.place.line}", weights).zip_with(taken, values).alias(values.name)
        )
    if not values.dtype.is_numeric():
        raise UsageError(f"{event.place}: the column `{values.name}` is {values.dtype} and cannot be shifted")
    size = pl.Series(share)
    spread = float(np.nanstd(numbers(values), ddof=1)) if len(values) > 1 else 0.0
    by = event.params.get("add", 0.0) + event.params.get("sd", 0.0) * spread
    moved: pl.Series = values * (1.0 + (event.params.get("scale", 1.0) - 1.0) * size) + by * size
    rounded = moved.round() if values.dtype.is_integer() else moved
    return rounded.cast(values.dtype).alias(values.name)


def replaced(values: pl.Series, event: Event, hit: Mask) -> pl.Series:
    """The column with one value, or null, in the rows that are hit."""
    value = typed(event.params["value"]) if event.type == "set" else None
    if values.dtype == pl.String and value is not None:
        value = event.params["value"]
    try:
        constant = pl.Series([value]).cast(values.dtype, strict=True).new_from_index(0, len(values))
    except pl.exceptions.PolarsError:
        message = f"{event.place}: `{event.params['value']}` is no value of the column `{values.name}` ({values.dtype})"
        raise UsageError(message) from None
    return constant.zip_with(pl.Series(hit), values).alias(values.name)


def hit(event: Event, times: pl.Series, mask: Mask, dice: Dice, purpose: str) -> Mask:
    """The rows that an event with a `share` touches."""
    share = event.params.get("share", 0.1 if event.type == "duplicates" else 1.0) * strength(event, times)
    return np.asarray(mask & (dice.uniform(f"{purpose} {event.type} {event.place.line}") < share))


def concerned(event: Event, columns: Sequence[str]) -> list[str]:
    """The columns that the event names."""
    return [name for name in columns if fits(name, event.columns)]


def with_other_rows(frame: pl.DataFrame, event: Event, mask: Mask, dice: Dice, *, labels: bool) -> pl.DataFrame:
    """Rows after an event about which there are and when they come: missing, duplicates, late."""
    if event.type == "late":
        concerned_rows = pl.Series(mask & (strength(event, frame[TIME]) > 0))
        by = event.params["by"].timedelta
        names = [ARRIVAL, TIME] if labels else [ARRIVAL]
        late = [pl.when(concerned_rows).then(pl.col(name) + by).otherwise(pl.col(name)).alias(name) for name in names]
        return frame.with_columns(late)
    rows = pl.Series(hit(event, frame[TIME], mask, dice, "rows"))
    if event.type == "missing":
        return frame.filter(~rows)
    return pl.concat([frame, frame.filter(rows)])


def with_other_columns(frame: pl.DataFrame, event: Event) -> pl.DataFrame:
    """Rows after a change of schema: dropped, renamed, retyped."""
    drop = event.params.get("drop", [])
    types = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}
    casts = [
        pl.col(name).cast(types[kind], strict=False)
        for name, kind in event.params.get("retype", {}).items()
        if name in frame.columns
    ]
    kept = frame.with_columns(casts).drop([drop] if isinstance(drop, str) else drop, strict=False)
    return kept.rename(event.params.get("rename", {}), strict=False)
