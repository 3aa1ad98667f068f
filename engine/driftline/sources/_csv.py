"""CSV files as one lazy frame, and the file behind a failure."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

import polars as pl

from driftline.errors import SourceError
from driftline.sources._failures import did_you_mean, not_opened, remote_failure, unexplained, unreadable_time
from driftline.sources._files import Files
from driftline.sources._timestamps import INSTANT, from_format, from_text
from driftline.sources.base import SourceContext

_TYPES: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}

# A file below this size is looked at for rows: a header alone tells no types, and would make every column text.
_MAYBE_EMPTY = 65_536
_FILES = 100  # how many are looked at for types
_GLANCE = 200  # rows
_COMPRESSED = (".gz", ".zst")


@dataclass(frozen=True)
class Reading:
    """How the files are read: the options of the source, decoded."""

    separator: str
    quote: str | None
    null_values: tuple[str, ...]
    lossy: bool
    types: Mapping[str, str] = field(hash=False)
    timestamp_format: str | None
    storage: dict[str, str | int] | None = field(hash=False)


def schema(files: Files, context: SourceContext, reading: Reading) -> dict[str, pl.DataType]:
    """Columns with the types that `frame` gives them, but the timestamp as it stands in the file: naive or not."""
    columns = dict(frame(files, context, reading).collect_schema())
    time = context.timestamp
    if time in columns and reading.timestamp_format is None:
        inferred = _scan(_with_rows(files, context), reading, {}).select(time).collect_schema()[time]
        if isinstance(inferred, pl.Datetime):
            columns[time] = inferred
        elif inferred == pl.Date:
            columns[time] = pl.Datetime("us")
    return columns


def frame(files: Files, context: SourceContext, reading: Reading) -> pl.LazyFrame:
    """All files as one lazy frame whose schema is known, the timestamp as Datetime("us", "UTC")."""
    chosen = _with_rows(files, context)
    try:
        names = _scan(chosen, reading, {}).collect_schema().names()
        for column in reading.types:
            if column not in names:
                hint = did_you_mean(column, names)
                raise SourceError(f"source {context.name!r}: `types` names {column!r}, which is no column{hint}")
        # The timestamp is read as text: inference would take 01/02/2024 for the first of February and say nothing.
        times = _times(names, context, reading)
        scan = _scan(chosen, reading, dict.fromkeys(times, pl.String()))
        if files.remote is None and not any(_has_rows(file, files, context) for file in files.local):
            # A header tells no types: text, as which it would be read, is none that the rows to come need have.
            scan = scan.with_columns(pl.lit(None).alias(name) for name in names if name not in (*reading.types, *times))
        else:
            scan = _without_false_text(scan, chosen, reading, times)
        read = [time for time in times if time == context.timestamp or reading.timestamp_format is not None]
        scan = scan.with_columns(_instant(pl.col(time), reading, context).alias(time) for time in read)
        scan.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, files, context, reading) or unexplained(error, context) from error
    return scan


def _times(names: Iterable[str], context: SourceContext, reading: Reading) -> tuple[str, ...]:
    """The columns that are read as text to be read as times: the timestamp, and the arrival unless `types` has it.

    The arrival stays text where it is ISO 8601: then each of its times may have an offset or not.
    """
    wanted = (context.timestamp, None if context.arrival in reading.types else context.arrival)
    return tuple(name for name in dict.fromkeys(wanted) if name is not None and name in names)


def part(files: Files, context: SourceContext, reading: Reading, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """One of the files of a source, as `frame` reads it among the others: `schema` is that of all of them."""
    chosen = _with_rows(files, context)
    try:
        names = _scan(chosen, reading, {}).collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, files, context, reading) or unexplained(error, context) from error
    types = {name: kind for name, kind in reading.types.items() if name in names}
    # A column with text in any file is text in all; this one may hold only numbers.
    times = (context.timestamp, context.arrival)
    types |= {name: "text" for name in names if schema.get(name) == pl.String and name not in times}
    return frame(files, context, replace(reading, types=types))


def _without_false_text(scan: pl.LazyFrame, files: Files, reading: Reading, times: tuple[str, ...]) -> pl.LazyFrame:
    """Columns that are text only because files hold nothing in them: of the type of the other files, else of none."""
    suspects = {name for name, dtype in scan.collect_schema().items() if dtype == pl.String}
    suspects -= {*reading.types, *times}
    empty = {name: where for name, where in _empty_in(files, reading, suspects).items() if where}
    units = _units(files)
    overrides: dict[str, pl.DataType] = {}
    for where in set(empty.values()):
        filled = tuple(unit for unit in units if unit not in where)
        if filled:
            rest = filled[0] if len(filled) == 1 else replace(files, local=tuple(unit.local[0] for unit in filled))
            types = _scan(rest, reading, {}).collect_schema()
            mended = [name for name, held in empty.items() if held == where]
            overrides |= {name: types[name] for name in mended if types[name] != pl.String()}
    if overrides:
        scan = _scan(files, reading, {**overrides, **dict.fromkeys(times, pl.String())})
    none = [name for name, where in empty.items() if len(where) == len(units)]
    return scan.with_columns(pl.lit(None).alias(name) for name in none)


def _empty_in(files: Files, reading: Reading, suspects: set[str]) -> dict[str, frozenset[Files]]:
    """In which of the files each of these columns holds nothing, or is not there."""
    found: dict[str, set[Files]] = {name: set() for name in suspects}
    names = tuple(sorted(suspects))
    for unit in _units(files):
        if unit.remote is None:
            facts = os.stat(unit.local[0])
            empty = _empty_in_file(unit, reading, names, facts.st_mtime_ns, facts.st_size)
        else:
            empty = _empty_columns(unit, reading, names)
        for name in empty:
            found[name].add(unit)
    return {name: frozenset(where) for name, where in found.items()}


def _units(files: Files) -> tuple[Files, ...]:
    """Each file that has a say in the types; those of a URL together."""
    if files.remote is not None:
        return (files,)
    return tuple(replace(files, local=(file,)) for file in files.local[:_FILES])


@lru_cache(maxsize=1024)
def _empty_in_file(
    unit: Files, reading: Reading, names: tuple[str, ...], _modified: int, _size: int
) -> tuple[str, ...]:
    """Looked at once per state of the file: a run asks for the schema several times."""
    return _empty_columns(unit, reading, names)


def _empty_columns(unit: Files, reading: Reading, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns that hold nothing. A few rows acquit nearly all of them; the others are read to the end."""
    scan = _scan(unit, reading, {})
    columns = set(scan.collect_schema())
    suspects = [name for name in names if name in columns]
    for rows in (scan.head(_GLANCE), scan):
        if suspects:
            counts = rows.select(pl.col(suspects).count()).collect().row(0, named=True)
            suspects = [name for name in suspects if not counts[name]]
    return (*suspects, *(name for name in names if name not in columns))


def _instant(text: pl.Expr, reading: Reading, context: SourceContext) -> pl.Expr:
    if reading.timestamp_format is not None:
        return from_format(text, reading.timestamp_format, context.timezone).cast(INSTANT)
    return from_text(text, context.timezone)


def _scan(files: Files, reading: Reading, overrides: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    declared = {column: _TYPES[name] for column, name in reading.types.items()}
    return pl.scan_csv(
        files.scannable,
        separator=reading.separator,
        quote_char=reading.quote,
        null_values=list(reading.null_values) or None,
        encoding="utf8-lossy" if reading.lossy else "utf8",
        schema_overrides={**declared, **overrides},
        try_parse_dates=True,
        infer_schema_length=10_000,
        infer_schema_files=_FILES,
        missing_columns="insert",
        extra_columns="raise",  # "ignore" would cut off the ends of lines that are too long, silently
        storage_options=reading.storage,
    )


def _with_rows(files: Files, context: SourceContext) -> Files:
    """The files without those that hold a header only, unless all do; SourceError where one does not open."""
    if files.remote is not None:
        return files
    filled = tuple(file for file in files.local if _has_rows(file, files, context))
    return replace(files, local=filled or files.local[-1:])


def _has_rows(file: str, files: Files, context: SourceContext) -> bool:
    """Whether there is a line below the header; SourceError where the file does not open or has not even a header."""
    try:
        size = os.path.getsize(file)
        with open(file, "rb") as stream:
            start = stream.read(_MAYBE_EMPTY) if size < _MAYBE_EMPTY else b""
    except OSError as error:
        cause = not_opened(error)
    else:
        if size:
            return size >= _MAYBE_EMPTY or file.endswith(_COMPRESSED) or b"\n" in start.strip()
        cause = "is empty: it has not even a header; write one, or take the file out of `path`"
    raise SourceError(f"source {context.name!r}: {files.name(file)} {cause}")


def explain(error: Exception, files: Files, context: SourceContext, reading: Reading) -> SourceError | None:
    """Why a scan failed: the file that does not open or parse; None when all do."""
    if files.remote is not None:
        return remote_failure(error, context, files.label)
    for file in files.local:
        _has_rows(file, files, context)
    time = unreadable_time(error, reading.timestamp_format)
    if time is not None:
        step = (
            "correct `timestamp_format`" if reading.timestamp_format else "say how it is written in `timestamp_format`"
        )
        return SourceError(f"source {context.name!r}: {time}; {step}, or list the text under `null_values`")
    if not isinstance(error, pl.exceptions.PolarsError):
        return None
    return _unfit_types(error, files, context, reading) or _broken_file(files, context, reading)


def _unfit_types(error: Exception, files: Files, context: SourceContext, reading: Reading) -> SourceError | None:
    """Two files whose types of a column have nothing in common."""
    if "supertype" not in str(error):
        return None
    seen: dict[str, tuple[pl.DataType, str]] = {}
    for file in files.local:
        for column, dtype in _scan(replace(files, local=(file,)), reading, {}).collect_schema().items():
            known, where = seen.setdefault(column, (dtype, file))
            if known.is_temporal() and dtype.is_temporal() and known != dtype and column != context.timestamp:
                return SourceError(
                    f"source {context.name!r}: the column {column!r} is {known} in {files.name(where)} and {dtype} in "
                    f"{files.name(file)}; give it one type under `types`, such as `{column}: text`"
                )
    return None


def _broken_file(files: Files, context: SourceContext, reading: Reading) -> SourceError | None:
    """The first file that does not parse with the types of all."""
    types: dict[str, pl.DataType] = {}
    with suppress(pl.exceptions.PolarsError):  # then each file is read with its own types
        types = dict(_scan(_with_rows(files, context), reading, {}).collect_schema())
    types |= dict.fromkeys(_times(types, context, reading), pl.String())
    for file in files.local:
        try:
            _scan(replace(files, local=(file,)), reading, types).select(pl.all().last()).collect()
        except pl.exceptions.PolarsError as found:
            return SourceError(f"source {context.name!r}: {files.name(file)} {_cause(found, types)}")
    return None


def _cause(error: Exception, types: Mapping[str, pl.DataType]) -> str:
    """The reader's words for what the CSV parser says. Values are not quoted: they may be private."""
    text = str(error)
    column = re.search(r"as dtype `([^`]+)` at column '(.*?)' \(column", text)
    if column is not None:
        name = column.group(2)
        return (
            f"holds a value of {name!r} that is not {types.get(name, column.group(1))} as the first rows are; "
            f"declare it under `types` (`{name}: text`), or list the text under `null_values`"
        )
    if "utf-8" in text.lower():
        return "is not UTF-8; convert it, or set `encoding: utf8-lossy`"
    if "more fields" in text:
        return "has a line with more fields than its header; correct the line, or `separator` and `quote`"
    return "does not parse as CSV; check `separator`, `quote` and `encoding`"
