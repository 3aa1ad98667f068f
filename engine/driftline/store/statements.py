"""The two statements that SQLAlchemy spells per database: replace a row, or insert it unless it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]


def upsert(connection: Connection, table: Table, rows: Rows, keep: Collection[str] = ()) -> None:
    """Insert rows, replacing those with the same primary key, of which the columns to `keep` stay as they are."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in (*keys, *keep)}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def insert_new(connection: Connection, table: Table, rows: Rows, key: Sequence[str]) -> None:
    """Insert the rows whose `key` is not there yet."""
    if not rows:
        return
    statement = _insert(connection, table).on_conflict_do_nothing(index_elements=list(key))
    connection.execute(statement, list(rows))


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    # Loaded here: PostgreSQL's dialects take 40 ms, which a run on SQLite has better uses for.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as insert_or_replace

    return insert_or_replace(table)
