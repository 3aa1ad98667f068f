"""What of a store is needed no more, by age and by count; and its removal.

Age counts from the newest verdict, or from now where a verdict lies behind that: a store of which nobody made use for a
year loses nothing by it, and neither does one of which the clock once ran ahead.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, false, func, not_, or_, select

from driftline.model import AlertState, Interval
from driftline.store.codec import load_state
from driftline.store.panes import IN_TIME, chunks
from driftline.store.survey import text_in
from driftline.store.tables import alert_states, files, outbox, panes, results, transitions

DONE = ("sent", "failed", "dropped")


@dataclass(frozen=True)
class Need:
    """What is still read of one source: panes of the last `reach` (None: of all time) and of some spans.

    `whats` are the panes that the configuration asks for, None where that cannot be told.
    """

    reach: timedelta | None
    spans: tuple[Interval, ...] = ()
    whats: frozenset[str] | None = None

    def joined(self, other: Need | None) -> Need:
        """What both need."""
        if other is None:
            return self
        reach = None if self.reach is None or other.reach is None else max(self.reach, other.reach)
        whats = None if self.whats is None or other.whats is None else self.whats | other.whats
        return Need(reach, tuple(dict.fromkeys((*self.spans, *other.spans))), whats)


@dataclass(frozen=True)
class Retention:
    """What one root file in one environment keeps.

    `keep` is the age that is asked for and `needed` the one that its windows and baselines reach; the longer holds.
    `most` verdicts of a series are kept, unless more are needed. `sources` are its sources by their key in the store;
    None where they could not be told, so that panes are left alone.
    """

    owner: str
    environment: str | None
    keep: timedelta
    needed: timedelta = timedelta(0)
    most: int | None = None
    sources: Mapping[str, Need] | None = None


@dataclass(frozen=True)
class Removed:
    """How many of a kind, and how many bytes they take."""

    count: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Removal:
    """What goes: verdicts before an instant by series, other rows by their keys, panes by conditions."""

    verdicts: Removed = Removed()
    transitions: Removed = Removed()
    notices: Removed = Removed()
    panes: Removed = Removed()
    reference: datetime | None = None  # from where age counts
    is_shared: bool = False  # other root files or environments use the store: what FILE does not name is left
    _before: Mapping[str, datetime] = field(default_factory=dict)
    _transitions: tuple[str, ...] = ()
    _notices: tuple[str, ...] = ()
    _panes: ColumnElement[bool] = field(default_factory=false)
    _sources: frozenset[str] = frozenset()  # of which nothing is kept

    @property
    def bytes(self) -> int:
        return self.verdicts.bytes + self.transitions.bytes + self.notices.bytes + self.panes.bytes


def first_kept(at: Sequence[datetime], oldest: datetime, needed: datetime, most: int | None) -> int:
    """Which of a series' verdicts is the first that is kept: the one before `oldest`, where a replay starts from.

    What is `needed` stays in any case, and the verdict before it. `at` is sorted and not empty.
    """
    by_age = max(bisect_left(at, min(oldest, needed)) - 1, 0)
    if most is None:
        return by_age
    return max(by_age, min(len(at) - most, bisect_left(at, needed) - 1))


def planned(connection: Connection, retention: Retention, now: datetime) -> Removal:
    """What goes, as of `now`."""
    everyone = connection.execute(select(alert_states.c.owner, alert_states.c.environment).distinct())
    owners = {(row.owner, row.environment) for row in everyone}
    own = (retention.owner, retention.environment or "")
    is_shared = bool({each for each in owners if each[0]} - {own})
    mine = [retention.owner] if is_shared else [retention.owner, ""]  # "": from before the store knew owners
    scope = and_(alert_states.c.environment == own[1], alert_states.c.owner.in_(mine))
    newest = connection.scalar(
        select(func.max(results.c.at)).join(alert_states, alert_states.c.series == results.c.series).where(scope)
    )
    reference = min(now, newest) if newest is not None else now
    before, verdicts = _verdicts(connection, scope, retention, reference)
    gone, transitions_removed = _transitions(connection, scope, reference - max(retention.keep, retention.needed))
    notices, notices_removed = _notices(connection, retention, mine, now - retention.keep)
    which, sources = _panes(connection, retention, reference, is_shared)
    count, taken = connection.execute(select(func.count(), func.sum(panes.c.bytes)).where(which)).one()
    return Removal(
        verdicts,
        transitions_removed,
        notices_removed,
        Removed(count, int(taken or 0)),
        reference,
        is_shared,
        before,
        gone,
        notices,
        which,
        sources,
    )


def remove(connection: Connection, removal: Removal) -> None:
    """Delete what was planned, inside the caller's transaction."""
    for series, at in removal._before.items():
        connection.execute(delete(results).where(results.c.series == series, results.c.at < at))
    for chunk in chunks(removal._transitions):
        connection.execute(delete(transitions).where(transitions.c.id.in_(chunk)))
    for chunk in chunks(removal._notices):
        connection.execute(delete(outbox).where(outbox.c.id.in_(chunk)))
    connection.execute(delete(panes).where(removal._panes))
    for each in removal._sources:
        connection.execute(delete(files).where(files.c.source == each))


def _verdicts(
    connection: Connection, scope: ColumnElement[bool], retention: Retention, reference: datetime
) -> tuple[dict[str, datetime], Removed]:
    """By series, the instant before which verdicts go."""
    taken = func.length(results.c.result) + func.length(results.c.state)
    query = (
        select(results.c.series, results.c.at, taken, alert_states.c.state)
        .join(alert_states, alert_states.c.series == results.c.series)
        .where(scope)
        .order_by(results.c.series, results.c.at)
    )
    before: dict[str, datetime] = {}
    count = size = 0
    for series, rows in groupby(connection.execute(query), key=lambda row: row.series):
        found = list(rows)
        state = load_state(found[0].state)
        since = [state.since] if state.alert is not None and state.since is not None else []
        needed = min(reference - retention.needed, *since) if since else reference - retention.needed
        at = [row.at for row in found]
        first = first_kept(at, reference - retention.keep, needed, retention.most)
        if first:
            before[series] = at[first]
            count, size = count + first, size + sum(row[2] for row in found[:first])
    return before, Removed(count, size)


def _transitions(
    connection: Connection, scope: ColumnElement[bool], oldest: datetime
) -> tuple[tuple[str, ...], Removed]:
    """Old transitions that are no longer true, and all those of alerts that ended so long ago."""
    inner = select(transitions.c.alert).where(
        transitions.c.state == AlertState.RESOLVED.value, ~transitions.c.superseded, transitions.c.at < oldest
    )
    query = (
        select(transitions.c.id, func.length(transitions.c.transition))
        .join(alert_states, alert_states.c.series == transitions.c.series)
        .where(scope, transitions.c.at < oldest, or_(transitions.c.superseded, transitions.c.alert.in_(inner)))
    )
    return _keyed(connection.execute(query))


def _notices(
    connection: Connection, retention: Retention, owners: Sequence[str], oldest: datetime
) -> tuple[tuple[str, ...], Removed]:
    """Notices that nobody waits for any more."""
    owner = func.coalesce(text_in(connection, "owner", outbox.c.notice), "")
    query = select(outbox.c.id, func.length(outbox.c.notice)).where(
        outbox.c.environment == (retention.environment or ""),
        outbox.c.status.in_(DONE),
        outbox.c.created < oldest,
        owner.in_(owners),
    )
    return _keyed(connection.execute(query))


def _keyed(rows: Iterable[Any]) -> tuple[tuple[str, ...], Removed]:
    found = [(row[0], row[1]) for row in rows]
    return tuple(key for key, _ in found), Removed(len(found), sum(size for _, size in found))


def _panes(
    connection: Connection, retention: Retention, reference: datetime, is_shared: bool
) -> tuple[ColumnElement[bool], frozenset[str]]:
    """Which panes go, and the sources of which nothing is kept."""
    if retention.sources is None:
        return false(), frozenset()
    held = set(connection.scalars(select(panes.c.source).distinct()))
    unknown = frozenset() if is_shared else frozenset(held - set(retention.sources))
    parts: list[ColumnElement[bool]] = [panes.c.source == each for each in sorted(unknown)]
    for source in sorted(held & set(retention.sources)):
        need = retention.sources[source]
        parts += [and_(panes.c.source == source, each) for each in _outdated(need, retention.keep, reference)]
        if not is_shared and need.whats is not None:
            parts += [and_(panes.c.source == source, each) for each in _not_asked_for(connection, source, need.whats)]
    return or_(false(), *parts), unknown


def _outdated(need: Need, keep: timedelta, reference: datetime) -> Iterator[ColumnElement[bool]]:
    """Panes that lie further back than anything reaches."""
    if need.reach is not None:
        touched = [and_(panes.c.end > span.start, panes.c.start < span.end) for span in need.spans]
        yield and_(IN_TIME, panes.c.end <= reference - max(keep, need.reach), not_(or_(false(), *touched)))


def _not_asked_for(connection: Connection, source: str, whats: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    """Panes of slices that no monitor has."""
    there = connection.scalars(select(panes.c.what).where(panes.c.source == source).distinct())
    for chunk in chunks(sorted(set(there) - whats)):
        yield panes.c.what.in_(chunk)
