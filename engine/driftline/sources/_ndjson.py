"""NDJSON files as one lazy frame whose schema is the union of what their first lines imply."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from driftline.errors import SourceError
from driftline.sources import _json_lines
from driftline.sources._failures import not_opened, remote_failure, unexplained, unreadable_time
from driftline.sources._files import Files
from driftline.sources._timestamps import INSTANT, from_format, from_text, is_naive
from driftline.sources.base import SourceContext

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

_TYPES: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.String(),  # Polars would drop the offset: it is parsed like a timestamp
}
_LINES = 10_000
_FILES = 100
_BLANK = 4096  # a file up to this size is looked at: line ends alone are no rows


@dataclass(frozen=True)
class Reading:
    """How the files are read: the options of the source, decoded."""

    types: Mapping[str, str]
    timestamp_format: str | None
    storage: dict[str, str | int] | None


def schema(files: Files, context: SourceContext, reading: Reading) -> dict[str, pl.DataType]:
    """Columns with the types that `frame` gives them, but the timestamp as it stands in the files: naive or not."""
    columns = dict(frame(files, context, reading).collect_schema())
    time = context.timestamp
    if time in columns and reading.timestamp_format is None:
        raw = _raw(files, context, reading).select(time).head(_LINES)
        try:
            naive = bool(raw.select(is_naive(pl.col(time)).any()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise explain(error, files, context, reading) or unexplained(error, context) from error
        columns[time] = pl.Datetime("us") if naive else INSTANT
    return columns


def frame(files: Files, context: SourceContext, reading: Reading) -> pl.LazyFrame:
    """All files as one lazy frame whose schema is known, the timestamp as Datetime("us", "UTC")."""
    scan = _raw(files, context, reading)
    present = scan.collect_schema().names()
    times = {
        name: from_text(pl.col(name), context.timezone) for name, kind in reading.types.items() if kind == "datetime"
    }
    layout = reading.timestamp_format
    for time in _written(context, reading):
        text = pl.col(time)
        if time in present:
            times[time] = from_format(text, layout, context.timezone) if layout else from_text(text, context.timezone)
    return scan.with_columns(parsed.cast(INSTANT).alias(name) for name, parsed in times.items())


def _written(context: SourceContext, reading: Reading) -> tuple[str, ...]:
    """The columns that are read as text to be read as times: the timestamp; with a format of their own the arrival too.

    An arrival in ISO 8601 is text already, and is read as a time where it counts.
    """
    arrival = context.arrival if reading.timestamp_format and context.arrival not in reading.types else None
    return tuple(name for name in dict.fromkeys((context.timestamp, arrival)) if name is not None)


def part(
    files: Files, context: SourceContext, reading: Reading, schema: Mapping[str, pl.DataType]
) -> pl.LazyFrame | None:
    """One of the files of a source, as `frame` reads it among the others, or None when it has no rows.

    `schema` is that of all files: a column that is text in any of them is text in all.
    """
    if not _has_rows(files.local[0], files, context):
        return None
    text = {
        name: "text"
        for name, dtype in schema.items()
        if dtype == pl.String and name not in (context.timestamp, context.arrival)
    }
    return frame(files, context, replace(reading, types={**reading.types, **text}))


def _raw(files: Files, context: SourceContext, reading: Reading) -> pl.LazyFrame:
    """The files as they are, times as text; SourceError where their columns cannot be told."""
    return _scan(_with_rows(files, context), types_of(files, context, reading), reading)


def types_of(files: Files, context: SourceContext, reading: Reading) -> dict[str, pl.DataType]:
    """The columns of all files, in order of appearance, as they are read; what `types` names is there in any case."""
    chosen = _with_rows(files, context)
    try:
        found = _inferred_remotely(chosen, reading) if chosen.remote is not None else _union(chosen)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, files, context, reading) or unexplained(error, context) from error
    found |= {name: _TYPES[kind] for name, kind in reading.types.items()}
    found |= {name: pl.String() for name in _written(context, reading) if name in found}
    if not found:
        raise SourceError(f"source {context.name!r}: {files.label} holds no rows, so it has no columns; write some")
    return found


def _scan(files: Files, types: Mapping[str, pl.DataType], reading: Reading) -> pl.LazyFrame:
    return pl.scan_ndjson(files.scannable, schema=dict(types), storage_options=reading.storage)


def _inferred_remotely(files: Files, reading: Reading) -> dict[str, pl.DataType]:
    scan = pl.scan_ndjson(files.scannable, infer_schema_length=_LINES, storage_options=reading.storage)
    return dict(scan.collect_schema())


def _union(files: Files) -> dict[str, pl.DataType]:
    """The columns of the files, each with the type that all of its values can be read as."""
    chosen = files.local
    if len(chosen) > _FILES:
        chosen = chosen[: _FILES // 2] + chosen[-_FILES // 2 :]
    columns: dict[str, pl.DataType] = {}
    for file in chosen:
        for name, dtype in _inferred(file).items():
            columns[name] = _wider(columns[name], dtype) if name in columns else dtype
    return columns


def _inferred(file: str) -> dict[str, pl.DataType]:
    """The columns of one file, read once per state of it: a run asks for the schema several times."""
    facts = os.stat(file)
    return _first_lines(file, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4096)
def _first_lines(file: str, _modified: int, _size: int) -> dict[str, pl.DataType]:
    try:
        found = pl.scan_ndjson(file, infer_schema_length=_LINES).collect_schema()
        return {name: pl.String() if _is_hollow(dtype) else dtype for name, dtype in found.items()}
    except pl.exceptions.ComputeError as error:
        if "infer" in str(error):  # nothing but blank lines
            return {}
        raise
    except pl.exceptions.SchemaError:  # values of several shapes in one column
        types = _json_lines.mixed_types(file, _LINES)
        if not types:
            raise
        return types


def _is_hollow(dtype: pl.DataType) -> bool:
    """Whether there is an object without keys in it, at which Polars panics."""
    if isinstance(dtype, pl.Struct):
        return not dtype.fields or any(_is_hollow(_dtype(field.dtype)) for field in dtype.fields)
    return isinstance(dtype, pl.List) and _is_hollow(_dtype(dtype.inner))


def _wider(known: pl.DataType, new: pl.DataType) -> pl.DataType:
    """The type that both can be read as: any value can be read as text."""
    if known == new or new == pl.Null:
        return known
    if known == pl.Null:
        return new
    if known.is_numeric() and new.is_numeric():
        return pl.Float64() if known.is_float() or new.is_float() else pl.Int128()
    if isinstance(known, pl.Struct) and isinstance(new, pl.Struct):
        fields = {field.name: field.dtype for field in known.fields}
        for field in new.fields:
            before = fields.get(field.name)
            fields[field.name] = field.dtype if before is None else _wider(_dtype(before), _dtype(field.dtype))
        return pl.Struct(fields)
    if isinstance(known, pl.List) and isinstance(new, pl.List):
        return pl.List(_wider(_dtype(known.inner), _dtype(new.inner)))
    return pl.String()


def _dtype(given: PolarsDataType) -> pl.DataType:
    return given if isinstance(given, pl.DataType) else given()


def _with_rows(files: Files, context: SourceContext) -> Files:
    """The files without empty ones, which are days without rows; SourceError where one does not open, or all are."""
    if files.remote is not None:
        return files
    filled = tuple(file for file in files.local if _has_rows(file, files, context))
    if not filled:
        what = f"{files.label} is" if len(files.local) == 1 else f"all {len(files.local)} files are"
        raise SourceError(
            f"source {context.name!r}: {what} empty, so there are no columns; write rows, or correct `path`"
        )
    return replace(files, local=filled)


def _has_rows(file: str, files: Files, context: SourceContext) -> bool:
    try:
        size = os.path.getsize(file)
        with open(file, "rb") as stream:
            return size > _BLANK or bool(stream.read(_BLANK).strip())
    except OSError as error:
        raise SourceError(f"source {context.name!r}: {files.name(file)} {not_opened(error)}") from None


def explain(error: Exception, files: Files, context: SourceContext, reading: Reading) -> SourceError | None:
    """Why a scan failed: the file that does not open, the line that does not parse or fit; None when all do."""
    if files.remote is not None:
        return remote_failure(error, context, files.label) or _remote_content(error, files, context)
    chosen = _with_rows(files, context)
    time = unreadable_time(error, reading.timestamp_format)
    if time is not None:
        step = "say how it is written in `timestamp_format` (`epoch_s`, `epoch_ms` or `epoch_us` for a number)"
        step = "correct `timestamp_format`" if reading.timestamp_format else step
        return SourceError(f"source {context.name!r}: {time}; {step}")
    if not isinstance(error, pl.exceptions.PolarsError):
        return None
    types: dict[str, pl.DataType] = {}
    try:
        types = _union(chosen) | {name: _TYPES[kind] for name, kind in reading.types.items()}
        types |= {name: pl.String() for name in _written(context, reading) if name in types}
    except (pl.exceptions.PolarsError, OSError):
        types = {}  # the lines themselves say what they hold
    for file in chosen.local:
        try:
            one = replace(files, local=(file,))
            _scan(one, types or _inferred(file), reading).select(pl.all().last()).collect()
        except pl.exceptions.PolarsError:
            cause = _json_lines.fault(file, types) or "does not parse as one JSON object per line"
            return SourceError(f"source {context.name!r}: {files.name(file)} {cause}")
    return None


def _remote_content(error: Exception, files: Files, context: SourceContext) -> SourceError | None:
    if not isinstance(error, pl.exceptions.ComputeError):
        return None
    return SourceError(
        f"source {context.name!r}: {files.label} holds a line that is not a JSON object, or a value of another type "
        "than the first lines; correct it, or declare the column under `types`"
    )
