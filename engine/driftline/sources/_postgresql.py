"""Queries on PostgreSQL, through ADBC: columns arrive as Arrow, in batches, without a loop over rows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources._sql import Column, Query, quoted, unique
from driftline.sources._timestamps import first_day_from, local_bound
from driftline.sources.base import SourceContext

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_manager.dbapi import Connection, Cursor

# What Arrow has no plain type for, and what it is read as. Anything else that is not plain is read as text.
_CASTS = {"numeric": "double precision", "money": "numeric::double precision"}

# libpq's words when no connection comes about. They name host and user, so they are recognised and not quoted.
_CONNECTION_CAUSES = (
    (
        r"password|authentication|role .* does not exist|pg_hba",
        "the server refused the user or the password; correct `url`, or let this user in",
    ),
    (r"database .* does not exist", "the server has no database of that name; correct `url`"),
    (
        r"too many (clients|connections)|connection slots",
        "the server has no connection left; try later, or raise its limit",
    ),
    (r"certificate|SSL|TLS", "the server and the client do not agree on TLS; check `sslmode` in `url`"),
    (
        r"refused|translate host|time(d )?out|route|unreachable|closed|No such file|reset|starting up|shutting down",
        "the server cannot be reached; check that it runs, and the host and port in `url`",
    ),
)

# SQLSTATE, by its beginning. Texts of these classes speak of the query alone and are quoted; others may hold data.
_QUOTED = ("42", "0A")
_QUERY_CAUSES = (
    ("42501", "the user may not read what the query names; grant SELECT on it"),
    ("42", "its query or `where` is refused"),
    ("0A", "its query does what a source cannot do"),
    ("25006", "its query tries to change data; a source only reads"),
    ("22", "its query cannot convert or compute a value; correct the expression"),
    ("57014", "its query was cancelled or took longer than the server allows; read less, or raise statement_timeout"),
    ("53", "the server is out of memory, disk or connections; try later"),
    ("55P03", "a table is locked; try later"),
)


@dataclass(frozen=True)
class Postgresql:
    """One query on one server."""

    context: SourceContext
    url: str = field(repr=False)
    query: Query = field(repr=False)
    reads_text_times: bool = False
    cast_to_time: str = "convert it in the query, such as `to_timestamp(…)` or `…::timestamptz`"

    def columns(self) -> dict[str, Column]:
        """The columns as the server describes them; no row is read."""
        with self._cursor() as cursor, self._refusals():
            cursor.execute(f'SELECT * FROM (\n{self.query.text}\n) AS "rows" LIMIT 0')
            schema = cursor.fetch_record_batch().schema
        unique(list(schema.names), self.context)
        return {name: _column(schema.field(name)) for name in schema.names}

    def frames(self, statement: str, schema: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
        """Batches of some megabytes, as the driver cuts them."""
        with self._cursor() as cursor:
            with self._refusals():
                cursor.execute(statement)
                reader = cursor.fetch_record_batch()
            while True:
                with self._refusals():
                    batch = next(reader, None)
                if batch is None:
                    return
                yield pl.DataFrame(batch, schema_overrides=dict(schema))

    def bounds(self, column: str, dtype: pl.DataType, timezone: str, span: Interval) -> tuple[list[str], bool]:
        """Comparisons with literals of the column's own type, so that an index or a partition can serve."""
        conditions, exact = [], True
        for bound, operator in ((span.start, ">="), (span.end, "<")):
            if bound is None:
                continue
            local, is_exact = local_bound(bound, timezone, operator == "<")
            if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
                literal, is_exact = f"TIMESTAMPTZ '{bound.isoformat()}'", True
            elif isinstance(dtype, pl.Datetime):
                literal = f"TIMESTAMP '{local.isoformat()}'"
            else:
                literal = f"DATE '{first_day_from(local).isoformat()}'"
            conditions.append(f"{quoted(column)} {operator} {literal}")
            exact = exact and is_exact
        return conditions, exact

    def extremes(self, column: str, source: str) -> str:
        """MIN and MAX in one statement; an index serves both."""
        name = quoted(column)
        return (
            f'SELECT unnest(ARRAY["low", "high"]) AS "time" '
            f'FROM (SELECT MIN({name}) AS "low", MAX({name}) AS "high" {source}) AS "extremes"'
        )

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                yield cursor
        finally:
            connection.close()

    def _connect(self) -> Connection:
        try:
            import adbc_driver_manager
            import adbc_driver_postgresql.dbapi
            import pyarrow  # noqa: F401 - the driver hands out its record batches
        except ImportError:
            raise SourceError(
                f"source {self.context.name!r} needs the PostgreSQL driver; pip install 'driftline[postgresql]'"
            ) from None
        url = self.url
        if "connect_timeout=" not in url:
            url += ("&" if "?" in url else "?") + "connect_timeout=10"
        try:
            connection: Connection = adbc_driver_postgresql.dbapi.connect(url)
        except adbc_driver_manager.Error as error:
            for pattern, cause in _CONNECTION_CAUSES:
                if re.search(pattern, str(error), re.IGNORECASE):
                    raise SourceError(f"source {self.context.name!r}: {cause}") from None
            raise SourceError(f"source {self.context.name!r}: no connection to the server; check `url`") from None
        return connection

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """What the server refuses, as a SourceError. The original is not chained: it quotes the query and data."""
        import adbc_driver_manager
        import pyarrow as pa

        try:
            yield
        except adbc_driver_manager.Error as error:
            raise self._refusal(error.sqlstate or "", str(error)) from None
        except (OSError, pa.ArrowException) as error:  # while rows are sent, without a SQLSTATE
            text = str(error)
            if "read-only transaction" in text:
                raise self._refusal("25006", text) from None
            cause = "the server broke off while rows were sent; try again"
            if "ERROR:" in text:
                cause = "its query fails on a later row; look for a conversion, a division or a time limit in it"
            raise SourceError(f"source {self.context.name!r}: {cause}") from None

    def _refusal(self, sqlstate: str, text: str) -> SourceError:
        for state, cause in _QUERY_CAUSES:
            if sqlstate.startswith(state):
                said = re.search(r"ERROR: +(.*)", text)
                detail = f": {said.group(1)}" if said and state in _QUOTED and not self.query.hidden else ""
                return SourceError(f"source {self.context.name!r}: {cause}{detail}")
        return SourceError(
            f"source {self.context.name!r}: the server broke off the query (SQLSTATE {sqlstate or 'unknown'})"
        )


def _column(described: pa.Field) -> Column:
    """A column of the query, cast where Arrow has no plain type for it."""
    import pyarrow as pa

    metadata: dict[bytes, bytes] = described.metadata or {}
    postgres_type = metadata.get(b"POSTGRESQL:type", b"").decode()
    name, arrow = quoted(described.name), described.type
    if postgres_type in _CASTS:
        return Column(pl.Float64(), f"{name}::{_CASTS[postgres_type]}")
    item = arrow.value_type if pa.types.is_list(arrow) else arrow
    if isinstance(item, pa.BaseExtensionType) or pa.types.is_interval(item) or pa.types.is_nested(item):
        return Column(pl.String(), f"{name}::text")
    return Column(pl.DataFrame(pa.table({"column": pa.array([], arrow)})).schema["column"], name)
