"""Parquet files as one lazy frame: their footers brought to one schema, and the file behind a failure."""

from __future__ import annotations

import os
import re
from functools import lru_cache

import polars as pl

from driftline.errors import SourceError
from driftline.sources._failures import not_opened, remote_failure, unexplained, unreadable_time
from driftline.sources._files import Files
from driftline.sources.base import SourceContext

# A footer costs about 0.1 ms. Of more files than this the oldest and newest stand for the rest, which are still checked
# when they are read.
_FOOTERS = 1000


def frame(
    files: Files, context: SourceContext, hive: bool | None, storage: dict[str, str | int] | None
) -> pl.LazyFrame:
    """All files as one lazy frame whose schema is known; SourceError where a file does not open."""
    scan = pl.scan_parquet(
        files.scannable,
        schema=_union(files, context) if files.remote is None else None,
        hive_partitioning=hive,
        storage_options=storage,
        missing_columns="insert",
        extra_columns="ignore",
        cast_options=pl.ScanCastOptions(
            integer_cast=["upcast", "allow-float"],
            float_cast="upcast",
            datetime_cast=["nanosecond-downcast", "convert-timezone"],
            categorical_to_string="allow",
            missing_struct_fields="insert",
            extra_struct_fields="ignore",
        ),
    )
    try:
        scan.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, files, context) or unexplained(error, context) from error
    return scan


def _union(files: Files, context: SourceContext) -> dict[str, pl.DataType]:
    """The columns of all files, in order of appearance, each with the widest of its types.

    Where types cannot be brought together the newest file wins: the others then fail the scans that use the column.
    """
    chosen = files.local
    if len(chosen) > _FOOTERS:
        chosen = chosen[: _FOOTERS // 2] + chosen[-_FOOTERS // 2 :]
    columns: dict[str, pl.DataType] = {}
    for file in chosen:
        for name, dtype in _footer(file, files, context).items():
            known = columns.get(name)
            columns[name] = dtype if known is None else _wider(known, dtype)
    return columns


def _wider(known: pl.DataType, new: pl.DataType) -> pl.DataType:
    """The type that both can be read as, else the newer."""
    if known == new or new == pl.Null:
        return known
    if known.is_numeric() and new.is_numeric() and not (known.is_decimal() or new.is_decimal()):
        return pl.DataFrame(schema={"a": known, "b": new}).select(pl.col("a") + pl.col("b")).schema["a"]
    if {known.base_type(), new.base_type()} <= {pl.String, pl.Categorical, pl.Enum}:
        return pl.String()
    if isinstance(known, pl.Datetime) and isinstance(new, pl.Datetime) and known.time_zone == new.time_zone:
        units = {known.time_unit, new.time_unit}
        return pl.Datetime("us" if "us" in units else "ms", new.time_zone) if len(units) > 1 else new
    return new


def _footer(file: str, files: Files, context: SourceContext) -> dict[str, pl.DataType]:
    """The columns of one file; SourceError where it does not open."""
    try:
        facts = os.stat(file)
        return _read_footer(file, facts.st_mtime_ns, facts.st_size)
    except OSError as error:
        cause = not_opened(error)
    except pl.exceptions.PolarsError:
        empty = os.path.getsize(file) == 0
        state = (
            "is empty (0 bytes)" if empty else "is not a whole Parquet file: truncated, half-written or another format"
        )
        cause = f"{state}; write it again, or take it out of `path`"
    raise SourceError(f"source {context.name!r}: {files.name(file)} {cause}")


@lru_cache(maxsize=4096)
def _read_footer(file: str, _modified: int, _size: int) -> dict[str, pl.DataType]:
    """Read once per state of the file: a run asks for the schema several times."""
    return dict(pl.read_parquet_schema(file))


def explain(error: Exception, files: Files, context: SourceContext) -> SourceError | None:
    """Why a scan failed: the file on disk that does not open, fit or decode; None when all do."""
    if files.remote is not None:
        return remote_failure(error, context, files.label)
    for file in files.local:
        _footer(file, files, context)
    conflict = re.search(r"(?:mismatch|type).* for column (\S+?):", str(error))
    if isinstance(error, pl.exceptions.SchemaError) and conflict is not None:
        return _conflict(conflict.group(1), files, context)
    time = unreadable_time(error)
    if time is not None:
        return SourceError(f"source {context.name!r}: {time} in ISO 8601; store the column as a timestamp")
    if isinstance(error, pl.exceptions.ComputeError) and "parquet" in str(error):
        for file in files.local:
            if not _decodes(file):
                return SourceError(
                    f"source {context.name!r}: {files.name(file)} is damaged; write it again, or take it out of `path`"
                )
    return None


def _conflict(column: str, files: Files, context: SourceContext) -> SourceError:
    """The two files whose types of a column cannot be brought together."""
    newest = ""
    expected: pl.DataType | None = None
    for file in reversed(files.local):
        dtype = _footer(file, files, context).get(column)
        if dtype is None or dtype == pl.Null:
            continue
        if expected is None:
            newest, expected = file, dtype
        elif _wider(dtype, expected) != _wider(expected, dtype):
            return SourceError(
                f"source {context.name!r}: the column {column!r} is {dtype} in {files.name(file)} and {expected} in "
                f"{files.name(newest)}; write one of them again with the other's type"
            )
    return SourceError(f"source {context.name!r}: the column {column!r} has types that do not fit; make them one type")


def _decodes(file: str) -> bool:
    """Whether every page of a file can be read."""
    try:
        pl.scan_parquet(file, use_statistics=False).select(pl.all().last()).collect()
    except pl.exceptions.PolarsError:
        return False
    return True
