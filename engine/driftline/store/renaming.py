"""State under a former name (`was`) is carried to the present one: verdicts, alerts, what was told, how far is judged.

All of it happens in one transaction, and is done once: afterwards nothing is known under the former name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from driftline.alert.state import SeriesState
from driftline.compile.renames import Renames
from driftline.model import Result, SeriesKey
from driftline.store.codec import (
    dump_result,
    dump_series,
    dump_transition,
    load_result,
    load_transition,
    series_id,
)
from driftline.store.history import marks_of, named, put_marks
from driftline.store.tables import alert_states, marks, results, told, transitions

Moves = Mapping[SeriesKey, SeriesKey]
_NEVER = datetime.min.replace(tzinfo=UTC)


def moves(states: Mapping[SeriesKey, SeriesState], renames: Renames) -> Moves:
    """Former -> present identity of the series that are carried over.

    Where both are known, the one that was judged later holds: the other is what was left behind when the name was
    first changed without `was`, or changed back.
    """
    found: dict[SeriesKey, SeriesKey] = {}
    for former, state in states.items():
        present = renames.series(former)
        rival = found.get(present, present)
        if present != former and (rival not in states or _judged(states[rival]) < _judged(state)):
            found[present] = former
    return {former: present for present, former in found.items()}


def _judged(state: SeriesState) -> datetime:
    return state.last or _NEVER


def carry(connection: Connection, moved: Moves, renames: Renames, environment: str | None) -> None:
    """Give all that is kept of the former series to the present ones."""
    for former, present in moved.items():
        ids = series_id(former), series_id(present)

        def renamed(result: Result, present: SeriesKey = present) -> Result:
            return replace(result, series=present, model=renames.models.get(result.model or "", result.model))

        _give(connection, results, ids, results.c.at)
        _give(connection, told, ids, told.c.channel)
        connection.execute(delete(alert_states).where(alert_states.c.series == ids[1]))
        for table in (alert_states, transitions):
            connection.execute(update(table).where(table.c.series == ids[0]).values(series=ids[1]))
        for table in (alert_states, told):
            connection.execute(update(table).where(table.c.series == ids[1]).values(identity=dump_series(present)))
        _rewrite_results(connection, present, renamed)
        _rewrite_transitions(connection, present, renamed)
    for monitor, subject in {(former.monitor, former.subject) for former in moved}:
        _carry_marks(connection, environment or "", (monitor, subject), renames)


def _give(connection: Connection, table: Table, ids: tuple[str, str], key: Any) -> None:
    """The rows of one series to another, which loses those that stand in the way."""
    former, present = ids
    taken = select(key).where(table.c.series == former).scalar_subquery()
    connection.execute(delete(table).where(table.c.series == present, key.in_(taken)))
    connection.execute(update(table).where(table.c.series == former).values(series=present))


def _rewrite_results(connection: Connection, series: SeriesKey, renamed: Callable[[Result], Result]) -> None:
    """Verdicts say which series they are of."""
    key = series_id(series)
    rows = connection.execute(select(results.c.at, results.c.result).where(results.c.series == key)).all()
    changed = [(row.at, renamed(load_result(row.result))) for row in rows]
    about = {**named(series), "monitor": series.monitor, "subject": series.subject}
    statement = update(results).where(results.c.series == key, results.c.at == bindparam("then"))
    if changed:
        connection.execute(
            statement.values(**about, model=bindparam("of"), result=bindparam("text")),
            [{"then": at, "of": result.model, "text": dump_result(result)} for at, result in changed],
        )


def _rewrite_transitions(connection: Connection, series: SeriesKey, renamed: Callable[[Result], Result]) -> None:
    """Transitions keep their ids, and with them their alerts: an episode goes on under the new name."""
    key = series_id(series)
    rows = connection.execute(
        select(transitions.c.id, transitions.c.transition).where(transitions.c.series == key)
    ).all()
    for row in rows:
        before = load_transition(row.transition)
        after = replace(before, series=series, result=renamed(before.result))
        statement = update(transitions).where(transitions.c.id == row.id)
        connection.execute(statement.values(**named(series), transition=dump_transition(after)))


def present_mark(mark: tuple[str, str], renames: Renames) -> tuple[str, str]:
    """Under which (monitor, subject) it is kept how far a monitor was judged; a pace may stand behind its name."""
    monitor = renames.monitor(marked(mark[0]))
    return monitor + mark[0].removeprefix(marked(mark[0])), renames.subject(monitor, mark[1])


def marked(mark: str) -> str:
    """The monitor of a mark: no name has a slash in it, so one belongs to the pace that stands behind."""
    return mark.rpartition(" ")[0] if "/" in mark else mark


def _carry_marks(connection: Connection, environment: str, of: tuple[str, str], renames: Renames) -> None:
    for key, mark in marks_of(connection, environment).items():
        if (marked(key[0]), key[1]) != of:
            continue
        put_marks(connection, {(environment, *present_mark(key, renames)): mark})
        own = (marks.c.environment == environment, marks.c.monitor == key[0], marks.c.subject == key[1])
        connection.execute(delete(marks).where(*own))
