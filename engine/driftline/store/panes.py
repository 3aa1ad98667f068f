"""Panes that are kept between runs, as bytes, and what is known of the files that they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zlib import crc32

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, or_, select, true, tuple_

from driftline.model import Interval
from driftline.store.statements import upsert
from driftline.store.tables import files, panes

_CHUNK = 500  # keys per statement, well below what either database takes
PaneKey = tuple[str, str, Interval]  # what, contents, span
WHOLE = Interval(None, None)
IN_TIME = panes.c.start >= datetime.min.replace(tzinfo=UTC)  # no whole data set
_COLUMNS = (
    panes.c.what,
    panes.c.source,
    panes.c.start,
    panes.c.end,
    panes.c.rows,
    panes.c.token,
    panes.c.contents,
)
_WITH_DATA = select(*_COLUMNS, panes.c.checksum, panes.c.data)
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class StoredPane:
    """What is kept of one pane: `what` says of which rows and slices, `contents` which profiles of them.

    A whole data set has an open span, and is valid for the files whose identity is `token`.
    """

    what: str
    source: str
    span: Interval
    rows: int
    data: bytes
    token: str | None = None
    contents: str = ""


@dataclass(frozen=True)
class PaneEntry:
    """What is known of a pane without its data; `size` in bytes."""

    what: str
    source: str
    span: Interval
    rows: int
    size: int
    token: str | None = None
    contents: str = ""


@dataclass(frozen=True)
class StoredFile:
    """A file of a source as it was read last: its events, its rows, and how many of them have no time."""

    token: str
    first: datetime | None
    last: datetime | None
    rows: int
    without_time: int = 0


def put(connection: Connection, new: Iterable[StoredPane], made_at: datetime) -> None:
    """Keep panes; one that is there is replaced."""
    rows = [
        {
            "what": each.what,
            "start": each.span.start,
            "end": each.span.end,
            "contents": each.contents,
            "source": each.source,
            "token": each.token,
            "rows": each.rows,
            "made_at": made_at,
            "bytes": len(each.data),
            "checksum": crc32(each.data),
            "data": each.data,
        }
        for each in new
    ]
    upsert(connection, panes, rows)


def fetched(connection: Connection, whats: Iterable[str], span: Interval | None) -> dict[str, tuple[StoredPane, ...]]:
    """By `what`, the panes that touch a span, in order; all of them without one.

    A damaged one is left out: it is as good as none, and made again.
    """
    found: dict[str, list[StoredPane]] = {}
    for row in _rows(connection, _WITH_DATA, whats, span):
        pane = _sound(row)
        if pane is not None:
            found.setdefault(row.what, []).append(pane)
    return {what: tuple(each) for what, each in found.items()}


def named(connection: Connection, keys: Iterable[PaneKey]) -> Iterator[StoredPane]:
    """The panes of some keys; one that is gone or damaged is left out."""
    wanted = [(what, contents, span.start, span.end) for what, contents, span in keys]
    for chunk in chunks(wanted, 200):
        where = tuple_(panes.c.what, panes.c.contents, panes.c.start, panes.c.end).in_(chunk)
        yield from (pane for row in connection.execute(_WITH_DATA.where(where)) if (pane := _sound(row)) is not None)


def _sound(row: Any) -> StoredPane | None:
    """A pane; None of one whose bytes are not those that were written."""
    data = bytes(row.data)
    if crc32(data) != row.checksum:
        return None
    return StoredPane(row.what, row.source, Interval(row.start, row.end), row.rows, data, row.token, row.contents)


def index(connection: Connection, whats: Iterable[str], span: Interval | None) -> dict[str, tuple[PaneEntry, ...]]:
    """As `fetched`, without the data."""
    found: dict[str, list[PaneEntry]] = {}
    for row in _rows(connection, select(*_COLUMNS, panes.c.bytes), whats, span):
        span_of = Interval(row.start, row.end)
        entry = PaneEntry(row.what, row.source, span_of, row.rows, row.bytes, row.token, row.contents)
        found.setdefault(row.what, []).append(entry)
    return {what: tuple(each) for what, each in found.items()}


def has_any(connection: Connection, source: str) -> bool:
    """Whether a source has panes."""
    return connection.execute(select(panes.c.what).where(panes.c.source == source).limit(1)).first() is not None


def drop(connection: Connection, source: str, spans: Iterable[Interval]) -> int:
    """Forget the panes of a source that touch any of some spans; the number of them.

    A whole data set goes by the identity of its files: it is dropped with an open span only.
    """
    count = 0
    for chunk in chunks(list(dict.fromkeys(spans)), 100):
        wanted = or_(*(_touches(span) if span == WHOLE else and_(_touches(span), IN_TIME) for span in chunk))
        count += connection.execute(delete(panes).where(panes.c.source == source, wanted)).rowcount
    return count


def remove(connection: Connection, entries: Iterable[PaneEntry]) -> None:
    """Forget single panes."""
    keys = [
        {"what_": each.what, "start_": each.span.start, "end_": each.span.end, "contents_": each.contents}
        for each in entries
    ]
    own = (
        panes.c[name] == bindparam(f"{name}_", type_=panes.c[name].type)
        for name in ("what", "start", "end", "contents")
    )
    if keys:
        connection.execute(delete(panes).where(*own), keys)


def put_files(connection: Connection, source: str, known: Mapping[str, StoredFile]) -> None:
    """Keep what is known of files, by their keys."""
    rows = [
        {
            "source": source,
            "file": key,
            "token": each.token,
            "first": each.first,
            "last": each.last,
            "rows": each.rows,
            "without_time": each.without_time,
        }
        for key, each in known.items()
    ]
    upsert(connection, files, rows)


def files_of(connection: Connection, source: str) -> dict[str, StoredFile]:
    """What is known of the files of a source, by their keys."""
    rows = connection.execute(select(files).where(files.c.source == source))
    return {row.file: StoredFile(row.token, row.first, row.last, row.rows, row.without_time) for row in rows}


def chunks(each: Sequence[_Item], size: int = _CHUNK) -> Iterator[Sequence[_Item]]:
    """A sequence in parts that a statement can take."""
    for start in range(0, len(each), size):
        yield each[start : start + size]


def _rows(connection: Connection, query: Select[Any], whats: Iterable[str], span: Interval | None) -> Iterator[Any]:
    for chunk in chunks(sorted(set(whats))):
        wanted = query.where(panes.c.what.in_(chunk), _touches(span or WHOLE))
        yield from connection.execute(wanted.order_by(*panes.primary_key))


def _touches(span: Interval) -> ColumnElement[bool]:
    """Overlap in time; every span touches one that is open."""
    before = [panes.c.start < span.end] if span.end is not None else []
    behind = [panes.c.end > span.start] if span.start is not None else []
    return and_(true(), *before, *behind)
