"""A Delta Lake table as a lazy frame: its log is read by `deltalake`, its files by Polars."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import polars as pl

from driftline import clock
from driftline.config.document import Secret, Text
from driftline.errors import SourceError
from driftline.sources._failures import remote_failure, unexplained, unreadable_time
from driftline.sources._files import Files, is_remote, key_of, reveal, storage_options
from driftline.sources._timestamps import as_instant
from driftline.sources.base import FileFacts, SourceContext, SourceFile

if TYPE_CHECKING:
    from deltalake import DeltaTable


@dataclass(frozen=True)
class Table:
    """An opened version of a table; `label` is its place as a message may show it, `folder` where it lies on disk."""

    opened: DeltaTable
    label: str
    folder: Path | None  # None: in an object store


def table(
    path: Text, version: int | None, as_of: str | None, storage: Mapping[str, Text] | None, context: SourceContext
) -> Table:
    """The table in the version that is asked for; SourceError where there is none."""
    if version is not None and as_of is not None:
        raise SourceError(f"source {context.name!r} has both a `version` and an `as_of`; keep one of them")
    written = reveal(path)
    remote = is_remote(written)
    label = "its path (a secret, not shown)" if isinstance(path, Secret) else written
    place = written if remote else _folder(written, label, context)
    options = {key: str(value) for key, value in (storage_options(storage, context) or {}).items()}
    opened = _opened(place, version, options, label, context)
    if not remote and unquote(opened.table_uri) != opened.table_uri:
        raise SourceError(
            f"source {context.name!r}: the path of the folder {label} has a space or another character that the reader "
            "of Delta tables does not follow; rename the folder"
        )
    if as_of is not None:
        _travel(opened, as_of, label, context)
    return Table(opened, label, None if remote else Path(place))


def _folder(written: str, label: str, context: SourceContext) -> str:
    """The folder of a table on disk."""
    folder = context.directory / Path(written.removeprefix("file://")).expanduser()
    if not folder.is_dir():
        what = "is a file, not the folder of a Delta table" if folder.is_file() else "does not exist"
        raise SourceError(f"source {context.name!r}: {label} {what}; correct `path`")
    if not (folder / "_delta_log").is_dir():
        raise SourceError(
            f"source {context.name!r}: {label} is no Delta table: it has no folder `_delta_log`; correct `path`, or "
            "say what its files are (`type: parquet`)"
        )
    if not os.access(folder / "_delta_log", os.R_OK | os.X_OK):
        raise SourceError(f"source {context.name!r}: the log of {label} may not be read; give this user permission")
    return str(folder)


def _opened(place: str, version: int | None, options: dict[str, str], label: str, context: SourceContext) -> DeltaTable:
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError
    except ImportError:
        raise SourceError(
            f"source {context.name!r} needs the package that reads Delta tables; pip install 'driftline[delta]'"
        ) from None
    try:
        newest = DeltaTable(place, storage_options=options or None)
    except TableNotFoundError:
        raise SourceError(f"source {context.name!r}: there is no Delta table at {label}; correct `path`") from None
    except (DeltaError, OSError, ValueError) as error:
        failure = remote_failure(error, context, label) if is_remote(place) else None
        raise failure or SourceError(
            f"source {context.name!r}: the log of the Delta table {label} cannot be read ({type(error).__name__}): it "
            "is damaged, or needs a newer reader"
        ) from None
    if version is None or version == newest.version():
        return newest
    try:
        return DeltaTable(place, version=version, storage_options=options or None)
    except (DeltaError, OSError):
        raise SourceError(
            f"source {context.name!r}: {label} has no version {version} that can still be read; the newest is "
            f"{newest.version()}"
        ) from None


def _travel(opened: DeltaTable, as_of: str, label: str, context: SourceContext) -> None:
    """Go back to the version that was the newest at an instant; SourceError where there was none."""
    from deltalake.exceptions import DeltaError

    try:
        instant = clock.parse_instant(as_of, context.timezone)
    except ValueError as error:
        raise SourceError(f"source {context.name!r}: `as_of`: {error}") from None
    first = min((entry["timestamp"] for entry in opened.history() if "timestamp" in entry), default=0)
    began = datetime.fromtimestamp(first / 1000, UTC)
    if instant < began:
        raise SourceError(
            f"source {context.name!r}: {label} has no version of {as_of}: its log begins at {began:%Y-%m-%dT%H:%M:%SZ}"
        )
    try:
        opened.load_as_version(instant)
    except (DeltaError, OSError):
        raise SourceError(
            f"source {context.name!r}: the version that {label} had at {as_of} can no longer be read; name a later "
            "instant"
        ) from None


def frame(table: Table, context: SourceContext) -> pl.LazyFrame:
    """The table as a lazy frame whose schema is known."""
    failure = _file_failure(table, context)
    if failure is not None:
        raise failure
    scan = pl.scan_delta(table.opened)
    try:
        scan.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, table, context) or unexplained(error, context) from error
    return scan


# Where the log says which rows of a file no longer count, or that its columns have other names, its files do not say
# what the table holds.
_NOT_AS_THE_FILE = {"deletionVectors", "columnMapping"}


def listed(table: Table, context: SourceContext, hidden: bool) -> tuple[SourceFile, ...] | None:
    """The table's files, with what the log says of each; None in an object store, or where they do not tell the rows.

    A file of a table never changes: its name is enough.
    """
    features = table.opened.protocol().reader_features or []
    if table.folder is None or _NOT_AS_THE_FILE & set(features):
        return None
    found = []
    for action in _actions(table).iter_rows(named=True):
        place = str(table.folder / unquote(action["path"]))
        fixed = {name[len("partition.") :]: value for name, value in action.items() if name.startswith("partition.")}
        told = _told(action, context)
        found.append(SourceFile(key_of(place, context, hidden), str(action["size_bytes"]), place, told, fixed))
    return tuple(sorted(found, key=lambda file: file.key))


def _actions(table: Table) -> pl.DataFrame:
    """The files of the table's version, one a row, their statistics in columns such as `min.at`."""
    return pl.DataFrame(table.opened.get_add_actions(flatten=True))


def _told(action: Mapping[str, object], context: SourceContext) -> FileFacts | None:
    """What the log knows of a file, to the millisecond; None where it has no statistics, or `where` leaves rows out."""
    rows, time = action.get("num_records"), context.timestamp
    if not isinstance(rows, int) or context.where is not None:
        return None
    if time is None:
        return FileFacts(None, None, rows)
    without, ends = action.get(f"null_count.{time}"), (action.get(f"min.{time}"), action.get(f"max.{time}"))
    if not isinstance(without, int):
        return None
    if without == rows:
        return FileFacts(None, None, rows, without)
    first, last = (_instant(end, context.timezone) for end in ends)
    return None if first is None or last is None else FileFacts(first, last, rows, without)


def _instant(value: object, timezone: str) -> datetime | None:
    """A time of the log as an instant; None for text, whose order is not that of time."""
    if isinstance(value, datetime):
        return as_instant(value, pl.Datetime("us", "UTC" if value.tzinfo is not None else None), timezone)
    return as_instant(value, pl.Date(), timezone) if isinstance(value, date) else None


def part(file: SourceFile, files: Files, context: SourceContext, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """One file of the table with its partition's columns; SourceError where it does not open."""
    try:
        frame = pl.scan_parquet(file.place, hive_partitioning=False, glob=False)
        fixed = [pl.lit(value).cast(schema[name]).alias(name) for name, value in file.fixed.items() if name in schema]
        frame = frame.with_columns(fixed)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise file_failure(error, files, context) or unexplained(error, context) from error
    return frame


def file_failure(error: Exception, files: Files, context: SourceContext) -> SourceError | None:
    """Why one file of the table cannot be read."""
    time = unreadable_time(error)
    if time is not None:
        return SourceError(f"source {context.name!r}: {time} in ISO 8601; store the column as a timestamp")
    file = files.local[0]
    state = "is damaged; restore it" if os.path.isfile(file) else "is gone, though the table's log names it"
    return SourceError(f"source {context.name!r}: {files.name(file)} {state}")


def _file_failure(table: Table, context: SourceContext) -> SourceError | None:
    """A file on disk that is not as the log says. Polars would meet it late, and a cut one may make it panic."""
    if table.folder is None:
        return None
    for path, size in _actions(table).select("path", "size_bytes").iter_rows():
        file = table.folder / unquote(path)
        if not file.is_file():
            state = (
                "is gone, though the table's log names it; was it vacuumed? Read a later version, or repair the table"
            )
        elif file.stat().st_size != size:
            state = "is not of the size that the table's log says: half-written or damaged; restore it"
        else:
            continue
        return SourceError(f"source {context.name!r}: the file {file.name} of {table.label} {state}")
    return None


def explain(error: Exception, table: Table, context: SourceContext) -> SourceError | None:
    """Why a scan failed: a file of the table that is gone or damaged; None when all are sound."""
    if table.folder is None:
        return remote_failure(error, context, table.label)
    time = unreadable_time(error)
    if time is not None:
        return SourceError(f"source {context.name!r}: {time} in ISO 8601; store the column as a timestamp")
    failure = _file_failure(table, context)
    if failure is not None:
        return failure
    for path in _actions(table)["path"]:
        file = table.folder / unquote(path)
        try:
            pl.scan_parquet(file, use_statistics=False).select(pl.all().last()).collect()
        except (pl.exceptions.PolarsError, OSError):
            return SourceError(f"source {context.name!r}: the file {file.name} of {table.label} is damaged; restore it")
    return None
