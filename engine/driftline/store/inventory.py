"""What a store holds, whoever put it there: rows, bytes and their time, counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from driftline.store.outbox import counted
from driftline.store.panes import IN_TIME
from driftline.store.survey import size
from driftline.store.tables import alert_states, files, outbox, panes, results, transitions


@dataclass(frozen=True)
class Held:
    """How many there are, and the instants of the oldest and the newest."""

    count: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class SourcePanes:
    """The panes of one source: those of its time, from `oldest` to `newest`, and `whole` ones of all its rows."""

    source: str
    count: int
    whole: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None
    files: int = 0


@dataclass(frozen=True)
class Inventory:
    """A store as a whole. `schema` is None where there is no store yet; bytes are of everything."""

    label: str
    schema: int | None = None
    bytes: int | None = None
    series: int = 0
    firing: int = 0
    verdicts: Held = Held()
    transitions: Held = Held()
    superseded: int = 0
    notices: Held = Held()
    notices_by_status: Mapping[str, int] = field(default_factory=dict)
    panes: tuple[SourcePanes, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()  # (root file, environment) whose series it holds


def inventory(connection: Connection, label: str, schema: int | None) -> Inventory:
    """Everything that is there."""
    if schema is None:
        return Inventory(label)
    firing = select(func.count()).select_from(alert_states).where(alert_states.c.phase == "firing")
    superseded = select(func.count()).select_from(transitions).where(transitions.c.superseded)
    owners = select(alert_states.c.owner, alert_states.c.environment).distinct()
    return Inventory(
        label=label,
        schema=schema,
        bytes=size(connection),
        series=int(connection.scalar(select(func.count()).select_from(alert_states)) or 0),
        firing=int(connection.scalar(firing) or 0),
        verdicts=_held(connection, results.c.at),
        transitions=_held(connection, transitions.c.at),
        superseded=int(connection.scalar(superseded) or 0),
        notices=_held(connection, outbox.c.created),
        notices_by_status=counted(connection),
        panes=_panes(connection),
        owners=tuple(sorted((row.owner, row.environment) for row in connection.execute(owners))),
    )


def _held(connection: Connection, at: Any) -> Held:
    count, oldest, newest = connection.execute(select(func.count(), func.min(at), func.max(at))).one()
    return Held(count, oldest, newest)


def _panes(connection: Connection) -> tuple[SourcePanes, ...]:
    known = {
        row[0]: row[1] for row in connection.execute(select(files.c.source, func.count()).group_by(files.c.source))
    }
    everything = select(panes.c.source, func.count(), func.sum(panes.c.bytes)).group_by(panes.c.source)
    timed = (
        select(panes.c.source, func.count(), func.min(panes.c.start), func.max(panes.c.end))
        .where(IN_TIME)
        .group_by(panes.c.source)
    )
    times = {source: rest for source, *rest in connection.execute(timed)}
    found = []
    for source, count, taken in connection.execute(everything.order_by(panes.c.source)):
        dated, oldest, newest = times.get(source, (0, None, None))
        whole = count - dated
        found.append(SourcePanes(source, count, whole, int(taken), oldest, newest, known.get(source, 0)))
    return tuple(found)
