"""The rows of an SQL query: SQLite or PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from driftline.config.document import Secret, Text
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.parameters import param
from driftline.sources._files import reveal
from driftline.sources.base import Misplaced, Source, SourceContext

if TYPE_CHECKING:
    import polars as pl

    from driftline.sources._sql import Database


@dataclass(frozen=True)
class Sql(Source):
    """The rows that a SELECT yields.

    The time filter, `where` and the choice of columns are part of what the server runs, and rows arrive in batches, so
    memory does not grow with their number. Nothing is ever written: the connection is read-only. `where` is SQL of the
    server's own dialect.
    """

    kind: ClassVar[str] = "sql"

    url: Text = param(
        "The database: `sqlite:///file.db`, relative to the file that names it, or `postgresql://user:password@host/db`.",
        slot="secret",
    )
    query: Text = param(
        "A SELECT without a semicolon; a filter on the timestamp is added around it.",
        slot="text",
        from_environment=True,
    )

    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        """Column names and types, from the server's description of the query."""
        return {name: column.dtype for name, column in self._database(context).columns().items()}

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows in the span; the query runs when the frame is collected, once per collection."""
        from driftline.sources import _sql

        return _sql.scan(self._database(context), context, columns, span)

    def extent(self, context: SourceContext) -> Interval:
        """First and last event time, by MIN and MAX on the server."""
        import polars as pl

        from driftline.sources import _sql
        from driftline.sources._failures import unexplained

        try:
            return _sql.extent(self._database(context), context)
        except pl.exceptions.PolarsError as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def row_count(self, context: SourceContext) -> int | None:
        """None: a server counts rows by reading them."""
        return None

    def misplaced(self, context: SourceContext, now: datetime) -> Misplaced | None:
        """Counted on the server."""
        import polars as pl

        from driftline.sources import _sql
        from driftline.sources._failures import unexplained

        try:
            return _sql.misplaced(self._database(context), context, now)
        except pl.exceptions.PolarsError as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """A time that does not read, or the error itself: a refusal is put into words where it happens."""
        from driftline.sources._failures import unreadable_time

        if isinstance(error, SourceError):
            return error
        time = unreadable_time(error)
        if time is None:
            return None
        return SourceError(f"source {context.name!r}: {time} in ISO 8601; convert it in the query")

    def _database(self, context: SourceContext) -> Database:
        """The database that `url` means; SourceError, which never shows the URL, for one that is not supported."""
        from driftline.sources._sql import Query, checked

        url = reveal(self.url)
        query = Query(checked(reveal(self.query), context), hidden=isinstance(self.query, Secret))
        scheme = url.partition(":")[0].partition("+")[0]
        if scheme == "sqlite":
            from driftline.sources._sqlite import Sqlite

            return Sqlite(context, url.partition(":///")[2], query)
        if scheme in ("postgresql", "postgres"):
            from driftline.sources._postgresql import Postgresql

            return Postgresql(context, "postgresql:" + url.partition(":")[2], query)
        raise SourceError(
            f"source {context.name!r}: its `url` names no database that driftline reads; "
            "write `sqlite:///file.db` or `postgresql://…`"
        )
