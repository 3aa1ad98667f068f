"""What later versions of the schema added, and how a store of an earlier one gets it.

Every step adds a table or a column, so an older store is upgraded in one transaction without a row being rewritten,
and can be read as it stands: what it lacks is put in front of its tables for the length of one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Inspector, Table, inspect, text, update
from sqlalchemy.schema import CreateColumn, CreateTable

from driftline.store.tables import SCHEMA_VERSION, alert_states, files, marks, panes, results, schema_version


@dataclass(frozen=True)
class Step:
    """One table or column more. `filled` is the column that says what rows that are there hold in the new one."""

    added: Table | Column[object]
    filled: Column[object] | None = None


STEPS: Mapping[int, tuple[Step, ...]] = {
    2: (
        Step(alert_states.c.owner),  # came while the version was 1: stores of that version have it or not
        Step(alert_states.c.first),
        Step(marks.c.since),
        Step(marks.c.known),
        Step(results.c.judged_at),
        Step(results.c.first_value, filled=results.c.value),
        Step(results.c.first_judged_at),
        Step(panes),
        Step(files),
    ),
}


def migrate(connection: Connection, version: int) -> None:
    """Bring a store of an earlier `version` to the present one, inside the caller's transaction."""
    for step in _missing(connection, version):
        if isinstance(step.added, Table):
            step.added.create(connection)
            continue
        connection.execute(text(f"ALTER TABLE {step.added.table.name} ADD COLUMN {_declared(connection, step.added)}"))
        if step.filled is not None:
            connection.execute(update(step.added.table).values({step.added: step.filled}))
    connection.execute(update(schema_version).values(version=SCHEMA_VERSION))


def stand_before(connection: Connection, version: int) -> None:
    """Let this transaction read a store of an earlier `version` as one of the present: temporary views and tables.

    They shadow those of the store, which is not written; the caller rolls back, and they are gone.
    """
    lacking: dict[Table, list[Step]] = {}
    for step in _missing(connection, version):
        if isinstance(step.added, Table):
            declared = str(CreateTable(step.added).compile(connection))
            connection.execute(text(declared.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1)))
        else:
            lacking.setdefault(step.added.table, []).append(step)
    schema = "main" if connection.dialect.name == "sqlite" else connection.scalar(text("SELECT current_schema()"))
    for table, steps in lacking.items():
        more = ", ".join(f"{_value(connection, step)} AS {_quoted(connection, step.added.name)}" for step in steps)
        origin = f"{_quoted(connection, str(schema))}.{table.name}"
        connection.execute(text(f"CREATE TEMPORARY VIEW {table.name} AS SELECT *, {more} FROM {origin}"))


def _missing(connection: Connection, version: int) -> list[Step]:
    """The steps since `version` that a store has not taken yet, in order."""
    inspector = inspect(connection)
    since = [step for number in sorted(STEPS) if number > version for step in STEPS[number]]
    return [step for step in since if not _is_there(inspector, step.added)]


def _is_there(inspector: Inspector, added: Table | Column[object]) -> bool:
    if isinstance(added, Table):
        return inspector.has_table(added.name)
    return added.name in {column["name"] for column in inspector.get_columns(added.table.name)}


def _declared(connection: Connection, column: Column[object]) -> str:
    return str(CreateColumn(column).compile(dialect=connection.dialect))


def _value(connection: Connection, step: Step) -> str:
    """What a row that lacks the column reads there."""
    assert isinstance(step.added, Column)
    if step.filled is not None:
        return _quoted(connection, step.filled.name)
    default = "NULL" if step.added.nullable else "''"
    return f"CAST({default} AS {step.added.type.compile(connection.dialect)})"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
