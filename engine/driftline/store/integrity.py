"""What is wrong with a store: damage of the file, rows that cannot be read, states that do not follow, orphans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, literal, select

from driftline.alert.fold import fold
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, SeriesKey
from driftline.store import codec
from driftline.store.holder import is_gone
from driftline.store.queue import StoreDamaged
from driftline.store.tables import alert_states, leases, marks, outbox, panes, results, told, transitions

RESTORE = "restore a copy, or move it away and start with an empty one"
_SHOWN = 5  # examples of one kind
Rules = Callable[[SeriesKey], tuple[AlertPolicy, tzinfo] | None]  # None: nothing in the configuration judges it


class Kind(StrEnum):
    """What may be found."""

    FILE = "file"
    UNREADABLE = "unreadable"
    PANE = "pane"
    STATE = "state"
    ORPHAN = "orphan"
    LEASE = "lease"
    FUTURE = "future"
    RULES = "rules"


@dataclass(frozen=True)
class Problem:
    """One finding over all rows that it holds of. `is_note`: it is no damage, only worth knowing."""

    kind: Kind
    what: str
    remedy: str
    examples: tuple[str, ...] = ()
    is_note: bool = False


@dataclass(frozen=True)
class Checkup:
    """What a check looked at, and what it found."""

    looked_at: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def is_clean(self) -> bool:
        return all(each.is_note for each in self.problems)


@dataclass(frozen=True)
class Unreadable:
    """Rows of a table that cannot be read: the condition of each, and its name for people."""

    table: Table
    rows: tuple[tuple[ColumnElement[bool], str], ...]


def check(connection: Connection, now: datetime, rules: Rules | None, names: Mapping[str, str]) -> Checkup:
    """Everything that can be told from the store alone and, by `rules`, the alert rules of its configuration.

    `names` are those of sources by their keys.
    """
    looked = {
        name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for name, table in (("verdicts", results), ("transitions", transitions), ("notices", outbox), ("panes", panes))
    }
    parts = (
        _file(connection),
        (_said(each) for each in unreadable(connection, names)),
        _states(connection, rules),
        _orphans(connection),
        _leases(connection, now),
        _future(connection, now),
    )
    return Checkup(looked, tuple(dict.fromkeys(problem for part in parts for problem in _found(part))))


def _found(part: Iterable[Problem]) -> Iterator[Problem]:
    """The findings of one part; a value that is none ends it."""
    try:
        yield from part
    except (ValueError, StoreDamaged):
        yield Problem(Kind.UNREADABLE, "an instant or an identity cannot be read", RESTORE)


def _file(connection: Connection) -> Iterator[Problem]:
    if connection.dialect.name != "sqlite":
        return
    said = [str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars()]
    if said != ["ok"]:
        what = "SQLite finds its file damaged"
        yield Problem(Kind.FILE, what, RESTORE, tuple(said[:_SHOWN]))


def unreadable(connection: Connection, names: Mapping[str, str] = MappingProxyType({})) -> Iterator[Unreadable]:
    """By table, the rows that cannot be read, if there are any."""
    readers: tuple[tuple[Table, Any, Any, tuple[Any, ...]], ...] = (
        (results, results.c.name, results.c.result, (codec.load_result,)),
        (results, results.c.name, results.c.state, (codec.load_state,)),
        (alert_states, alert_states.c.identity, alert_states.c.state, (codec.load_state,)),
        (alert_states, alert_states.c.identity, alert_states.c.identity, (codec.load_series,)),
        (transitions, transitions.c.name, transitions.c.transition, (codec.load_transition,)),
        (outbox, outbox.c.id, outbox.c.notice, (codec.load_notice,)),
        (told, told.c.channel, told.c.identity, (codec.load_series,)),
    )
    for table, name, text, (read,) in readers:
        found = [
            row
            for row in connection.execute(select(*table.primary_key, name.label("name"), text.label("text")))
            if not _reads(read, row.text)
        ]
        if found:
            yield Unreadable(table, tuple((_key(table, row), _named(table, row)) for row in found))
    damaged = [
        row
        for row in connection.execute(select(*panes.primary_key, panes.c.source, panes.c.checksum, panes.c.data))
        if crc32(bytes(row.data)) != row.checksum
    ]
    if damaged:
        yield Unreadable(panes, tuple((_key(panes, row), _pane(row, names)) for row in damaged))


def drop(connection: Connection, damaged: Iterable[Unreadable]) -> int:
    """Delete rows that cannot be read; the number of them."""
    return sum(
        connection.execute(delete(each.table).where(condition)).rowcount
        for each in damaged
        for condition, _ in each.rows
    )


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except StoreDamaged:
        return False
    return True


def _key(table: Table, row: Any) -> ColumnElement[bool]:
    return and_(*(column == literal(row._mapping[column.name], column.type) for column in table.primary_key))


def _named(table: Table, row: Any) -> str:
    return f"{row.name} at {row.at:%Y-%m-%d %H:%M}" if table is results else str(row.name)


def _pane(row: Any, names: Mapping[str, str]) -> str:
    time = "all rows" if row.start is None else f"{row.start:%Y-%m-%d %H:%M}"
    return f"{names.get(row.source, row.source)}: {time} ({row.what})"


_TABLES = {
    results.name: (
        "verdict",
        "`driftline store gc --damaged` drops them; `driftline run --since` judges their windows again",
    ),
    alert_states.name: ("state", "`driftline store gc --damaged` drops them; those series start anew"),
    transitions.name: ("transition", "`driftline store gc --damaged` drops them from the history of alerts"),
    outbox.name: ("notice", "`driftline store gc --damaged` drops them; those that were queued are not sent"),
    told.name: ("note of what a channel was told", "`driftline store gc --damaged` drops them; it may be told again"),
    panes.name: (
        "pane",
        "nothing reads them: the next run makes them again; `driftline store gc --damaged` drops them",
    ),
}


def _said(each: Unreadable) -> Problem:
    noun, remedy = _TABLES[each.table.name]
    kind = Kind.PANE if each.table is panes else Kind.UNREADABLE
    number = len(each.rows)
    what = f"{number:,} {noun if number == 1 else noun + 's'} cannot be read"
    return Problem(kind, what, remedy, tuple(name for _, name in each.rows[:_SHOWN]))


def _states(connection: Connection, rules: Rules | None) -> Iterator[Problem]:
    """The state of a series is that after its newest verdict, unless the series was ended."""
    firing = transitions.c.state == AlertState.FIRING.value
    begun = set(connection.scalars(select(transitions.c.alert).where(firing, ~transitions.c.superseded)))
    heads = {row.series: row for row in connection.execute(select(alert_states))}
    differing, unbegun, changed = [], [], []
    for series, state, last in _last_two(connection):
        head = heads.get(series)
        stored = _state(head.state) if head is not None else None
        if head is None or stored is None:
            continue
        name = last[-1].name
        if stored != state and stored != SeriesState(last=state.last):
            differing.append(name)
        if stored.phase is AlertState.FIRING and stored.alert not in begun:
            unbegun.append(name)
        if rules is not None and not _follows(last, codec.load_series(head.identity), rules):
            changed.append(name)
    if differing:
        what = f"the state of {len(differing):,} series is not that after the last verdict"
        yield Problem(Kind.STATE, what, _AGAIN, tuple(differing[:_SHOWN]))
    if unbegun:
        what = f"{len(unbegun):,} series fire, but the history of their alert lacks how it began"
        yield Problem(Kind.STATE, what, _AGAIN, tuple(unbegun[:_SHOWN]))
    if changed:
        what = f"today's alert rules make something else of the last verdict of {len(changed):,} series"
        remedy = (
            "they were edited since the last run, or its state was changed; the next run goes on from what is stored"
        )
        yield Problem(Kind.RULES, what, remedy, tuple(changed[:_SHOWN]), is_note=True)


_AGAIN = "`driftline run --since` with the start of their last window judges it again, and sets the state right"


def _last_two(connection: Connection) -> Iterator[tuple[str, SeriesState, list[Any]]]:
    """By series: the state after its newest verdict, and its two newest rows in order; none that cannot be read."""
    place = func.row_number().over(partition_by=results.c.series, order_by=results.c.at.desc()).label("place")
    newest = select(results.c.series, results.c.at, results.c.name, results.c.result, results.c.state, place).subquery()
    query = select(newest).where(newest.c.place <= 2).order_by(newest.c.series, newest.c.at)
    for series, rows in groupby(connection.execute(query), key=lambda row: row.series):
        last = list(rows)
        state = _state(last[-1].state)
        if state is not None:
            yield series, state, last


def _follows(last: list[Any], series: SeriesKey, rules: Rules) -> bool:
    """Whether the newest verdict, folded into the state before it, gives the state that is kept with it."""
    known = rules(series)
    before = _state(last[0].state) if len(last) == 2 else None
    after = _state(last[-1].state)
    if known is None or before is None or after is None or not _reads(codec.load_result, last[-1].result):
        return True
    policy, zone = known
    state, _ = fold(before, codec.load_result(last[-1].result), policy, last[-1].at, zone)
    return replace(state, alert=None) == replace(
        after, alert=None
    )  # an alert keeps its name when its series is renamed


def _state(text: str) -> SeriesState | None:
    try:
        return codec.load_state(text)
    except StoreDamaged:
        return None


def _orphans(connection: Connection) -> Iterator[Problem]:
    known = select(alert_states.c.series)
    judged = select(results.c.series)
    for table, name, others, noun in (
        (results, results.c.name, known, "verdicts of series without a state"),
        (transitions, transitions.c.name, known, "transitions of series without a state"),
        (told, told.c.channel, known, "notes of what a channel was told, of series without a state"),
        (alert_states, alert_states.c.identity, judged, "states of series without a verdict"),
    ):
        rows = connection.execute(select(name, func.count()).where(table.c.series.not_in(others)).group_by(name)).all()
        if rows:
            number = sum(count for _, count in rows)
            remedy = "nothing reads them; they do no harm" if table is not alert_states else _AGAIN
            yield Problem(Kind.ORPHAN, f"{number:,} {noun}", remedy, tuple(str(row[0]) for row in rows[:_SHOWN]))


def _leases(connection: Connection, now: datetime) -> Iterator[Problem]:
    left = [row.name for row in connection.execute(select(leases)) if row.expires <= now or is_gone(row.holder)]
    if left:
        what = f"{len(left):,} leases were left by runs that died" if len(left) > 1 else "a run died and left its lease"
        yield Problem(Kind.LEASE, what, "the next run takes it over", tuple(left[:_SHOWN]), is_note=True)


def _future(connection: Connection, now: datetime) -> Iterator[Problem]:
    rows = connection.execute(select(marks.c.monitor, marks.c.subject, marks.c.at).where(marks.c.at > now))
    ahead = [f"{row.monitor}/{row.subject} up to {row.at:%Y-%m-%d %H:%M}" for row in rows]
    if ahead:
        what = f"{len(ahead):,} monitors are judged up to an instant in the future"
        remedy = (
            "a clock was wrong, or `run --at` lay ahead; `driftline run --since` judges the windows until then again"
        )
        yield Problem(Kind.FUTURE, what, remedy, tuple(ahead[:_SHOWN]))
