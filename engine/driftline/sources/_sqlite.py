"""Queries on SQLite, through the standard library. SQLite types values, not columns: a sample says what they hold."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl

from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources._sql import Column, Query, quoted, unique
from driftline.sources._timestamps import local_bound
from driftline.sources.base import SourceContext

_SAMPLE = 10_000
_BATCH = 50_000
_LOCK_SECONDS = 5.0

# Declared types, by a part of their name, as SQLite's own rules of affinity read them; times are text.
_DECLARED: tuple[tuple[str, pl.DataType], ...] = (
    ("DATE", pl.String()),
    ("TIME", pl.String()),
    ("BOOL", pl.Boolean()),
    ("INT", pl.Int64()),
    ("CHAR", pl.String()),
    ("CLOB", pl.String()),
    ("TEXT", pl.String()),
    ("BLOB", pl.Binary()),
    ("REAL", pl.Float64()),
    ("FLOA", pl.Float64()),
    ("DOUB", pl.Float64()),
    ("NUM", pl.Float64()),
    ("DEC", pl.Float64()),
)

_CAUSES = (
    ("locked", "the database is locked by a writer; try later"),
    ("busy", "the database is locked by a writer; try later"),
    ("unable to open", "its database file cannot be opened; let this user read it and its folder"),
    ("readonly", "its query tries to change data; a source only reads"),
    ("not a database", "its file is no SQLite database, or it is encrypted; correct `url`"),
    ("malformed", "its database file is damaged; restore it"),
    ("disk i/o", "its database file cannot be read (disk error)"),
)


@dataclass(frozen=True)
class Sqlite:
    """One query on one database file."""

    context: SourceContext
    path: str = field(repr=False)  # as the URL has it: absolute, or relative to the context's directory
    query: Query = field(repr=False)
    reads_text_times: bool = True  # it has no other kind of time
    cast_to_time: str = "convert it in the query, such as `datetime(…, 'unixepoch')`"

    def columns(self) -> dict[str, Column]:
        """The columns by what the first rows hold and by what is declared where they hold nothing."""
        with self._cursor() as cursor, self._refusals():
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.execute(f"CREATE TEMP VIEW driftline_query AS\n{self.query.text}")
            declared = {row[1]: row[2].upper() for row in cursor.execute("PRAGMA temp.table_info(driftline_query)")}
            names = unique(list(declared), self.context)
            cursor.execute(f"CREATE TEMP TABLE driftline_sample AS SELECT * FROM temp.driftline_query LIMIT {_SAMPLE}")
            present = {name: _kinds(cursor, name) for name in names}
        return {name: _column(name, declared[name], present[name]) for name in names}

    def frames(self, statement: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
        """Batches of some ten thousand rows."""
        with self._cursor() as cursor:
            with self._refusals():
                cursor.execute(statement)
            while True:
                with self._refusals():
                    rows = cursor.fetchmany(_BATCH)
                if not rows:
                    return
                yield pl.DataFrame(
                    [
                        self._series(name, values, schema[name])
                        for name, values in zip(schema, zip(*rows, strict=True), strict=True)
                    ]
                )

    def _series(self, name: str, values: tuple[object, ...], dtype: pl.DataType) -> pl.Series:
        try:
            if dtype == pl.Boolean:
                return pl.Series(name, values, pl.Int64, strict=True).cast(pl.Boolean)
            return pl.Series(name, values, dtype, strict=True)
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            raise SourceError(
                f"source {self.context.name!r}: the column {name!r} is {dtype} in the first rows and something else in "
                f"later ones; give it one type in the query, such as CAST({quoted(name)} AS TEXT)"
            ) from None

    def bounds(self, column: str, dtype: pl.DataType, timezone: str, span: Interval) -> tuple[list[str], bool]:
        """Conditions that every row in the span meets, whatever ISO 8601 form its time is written in; Polars decides.

        Times are text, with or without an offset. The first condition compares dates as text, so that an index serves;
        the second compares instants. A form that SQLite does not read passes, to be read or refused later.
        """
        name = quoted(column)
        conditions = [f"{name} IS NOT NULL"]
        for bound, is_end in ((span.start, False), (span.end, True)):
            if bound is None:
                continue
            written = (bound.astimezone(UTC).replace(tzinfo=None), local_bound(bound, timezone, is_end)[0])
            second = timedelta(seconds=1)  # SQLite rounds to milliseconds
            limit = max(written) + second if is_end else min(written) - second
            day = limit.date() + timedelta(days=2 if is_end else -1)
            operator = "<=" if is_end else ">="
            conditions.append(f"{name} {operator} '{day.isoformat()}'")
            instant = f"JULIANDAY({name})"
            conditions.append(f"({instant} IS NULL OR {instant} {operator} JULIANDAY('{limit.isoformat(' ')}'))")
        return conditions, False

    def extremes(self, column: str, source: str) -> str:
        """The distinct times within a second of the earliest and the latest; Polars picks the two."""
        time = quoted(column)
        return (
            f'WITH "times" AS (SELECT {time} AS "time", JULIANDAY({time}) AS "day" {source}), '
            f'"ends" AS (SELECT MIN("day") + 0.00001 AS "low", MAX("day") - 0.00001 AS "high" FROM "times") '
            f'SELECT DISTINCT "time" FROM "times", "ends" WHERE "day" <= "low" OR "day" >= "high" OR '
            f'("day" IS NULL AND "time" IS NOT NULL)'
        )

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[sqlite3.Cursor]:
        path = self.context.directory / Path(self.path).expanduser()
        if not self.path or not path.is_file():
            raise SourceError(
                f"source {self.context.name!r}: its database file does not exist; correct `url` "
                "(`sqlite:///relative.db`, `sqlite:////absolute.db`)"
            )
        with self._refusals():
            # Polars may resume a batch on another of its threads; only one uses the connection at a time.
            connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_LOCK_SECONDS, check_same_thread=False
            )
        with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
            yield cursor

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """What SQLite refuses, as a SourceError."""
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            text = str(error)
            for word, cause in _CAUSES:
                if word in text.lower():
                    raise SourceError(f"source {self.context.name!r}: {cause}") from None
            detail = "" if self.query.hidden else f": {text}"
            raise SourceError(f"source {self.context.name!r}: its query or `where` is refused{detail}") from None


def _kinds(cursor: sqlite3.Cursor, name: str) -> set[str]:
    """Which of SQLite's kinds of value the first rows hold in a column, NULL left out."""
    column = quoted(name)
    cursor.execute(f"SELECT DISTINCT TYPEOF({column}) FROM temp.driftline_sample WHERE {column} IS NOT NULL")
    return {kind for (kind,) in cursor.fetchall()}


def _column(name: str, declared: str, present: set[str]) -> Column:
    """A column by the kinds of values in the sample, with SQL that gives values of one kind."""
    raw = quoted(name)
    expected = next((dtype for part, dtype in _DECLARED if part in declared), pl.String())
    if not present:
        return Column(expected, raw)
    if present == {"blob"}:
        return Column(pl.Binary(), raw)
    if present == {"integer"} and expected in (pl.Boolean, pl.Float64):
        present = {"real"} if expected == pl.Float64 else present
        if expected == pl.Boolean:
            return Column(pl.Boolean(), raw)
    if present == {"integer"}:
        return Column(pl.Int64(), raw)
    if present <= {"integer", "real"}:
        return Column(pl.Float64(), f"CASE TYPEOF({raw}) WHEN 'integer' THEN CAST({raw} AS REAL) ELSE {raw} END")
    return Column(pl.String(), f"CAST({raw} AS TEXT)" if present != {"text"} else raw)
