"""Results, states and transitions of series: what a replay starts from, and what `explain` looks up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from driftline.alert.replay import First, History, Judged, Judgement
from driftline.alert.state import SeriesState
from driftline.model import AlertState, SeriesKey, Severity, Status, Transition
from driftline.route.message import Told
from driftline.store.codec import (
    dump_result,
    dump_series,
    dump_state,
    dump_transition,
    load_result,
    load_series,
    load_state,
    load_transition,
    series_id,
)
from driftline.store.mark import Mark
from driftline.store.statements import upsert
from driftline.store.tables import alert_states, marks, results, told, transitions

_MARK_KEY = ("environment", "monitor", "subject")
_JUDGED = (
    results.c.at,
    results.c.result,
    results.c.state,
    results.c.value,
    results.c.judged_at,
    results.c.first_value,
    results.c.first_judged_at,
)
EARLIEST = datetime.min.replace(tzinfo=UTC)
_CHUNK = 500  # keys per statement, well below what either database takes


def put_judged(connection: Connection, judged: Iterable[Judged]) -> None:
    """Keep verdicts; one for a window that was judged before replaces it, and what was published first is kept."""
    rows = []
    for each in judged:
        series, result = each.result.series, each.result
        rows.append(
            {
                "series": series_id(series),
                "at": each.at,
                **named(series),
                "monitor": series.monitor,
                "subject": series.subject,
                "model": result.model,
                "window_start": result.window.start,
                "window_end": result.window.end,
                "status": result.status.value,
                "value": result.value,
                "result": dump_result(result),
                "judged_at": each.judged_at,
                "first_value": result.value,
                "first_judged_at": each.judged_at,
                "state": dump_state(each.state),
            }
        )
    upsert(connection, results, rows, keep=("first_value", "first_judged_at"))


def put_transitions(connection: Connection, new: Iterable[Transition], superseded: Iterable[Transition]) -> None:
    """Keep new transitions, and mark those that a replay has shown to be no longer true."""
    gone = [each.id for each in superseded]
    for start in range(0, len(gone), _CHUNK):
        chunk = gone[start : start + _CHUNK]
        connection.execute(update(transitions).where(transitions.c.id.in_(chunk)).values(superseded=True))
    rows = [
        {
            "id": each.id,
            "series": series_id(each.series),
            "alert": each.alert,
            **named(each.series),
            "state": each.state.value,
            "severity": each.severity.value,
            "at": each.at,
            "superseded": False,
            "transition": dump_transition(each),
        }
        for each in new
    ]
    upsert(connection, transitions, rows)


def put_states(
    connection: Connection, states: Mapping[SeriesKey, SeriesState], owner: str, judged: Iterable[Judged] = ()
) -> None:
    """Keep the state at the head of each series, which root file it belongs to, and when it was first `judged`."""
    first: dict[SeriesKey, datetime] = {}
    for each in judged:
        first[each.result.series] = min(each.at, first.get(each.result.series, each.at))
    known = _first(connection, [series_id(series) for series in states])
    rows = [
        {
            "series": series_id(series),
            "first": _earlier(known, series_id(series), first.get(series)),
            "identity": dump_series(series),
            "environment": series.environment or "",
            "phase": state.phase.value,
            "state": dump_state(state),
            "owner": owner,
        }
        for series, state in states.items()
    ]
    upsert(connection, alert_states, rows)


def _first(connection: Connection, ids: Sequence[str]) -> dict[str, datetime | None]:
    """When series that are there already were first judged."""
    found: dict[str, datetime | None] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = alert_states.c.series.in_(ids[start : start + _CHUNK])
        for row in connection.execute(select(alert_states.c.series, alert_states.c.first).where(chunk)):
            found[row.series] = row.first
    return found


def _earlier(known: Mapping[str, datetime | None], series: str, at: datetime | None) -> datetime | None:
    """One that is there without an instant has been there for longer than anybody remembers."""
    if series not in known:
        return at
    before = known[series]
    return before if before is None or at is None else min(before, at)


def first_judged(connection: Connection, environment: str | None) -> dict[SeriesKey, datetime]:
    """The end of the first window that each series was judged on."""
    query = select(alert_states.c.identity, alert_states.c.first)
    rows = connection.execute(query.where(alert_states.c.environment == (environment or "")))
    return {load_series(row.identity): row.first or EARLIEST for row in rows}


def put_told(connection: Connection, news: Mapping[tuple[str, SeriesKey], Told]) -> None:
    """Keep what each channel was last told of each series."""
    rows = [
        {
            "environment": series.environment or "",
            "channel": channel,
            "series": series_id(series),
            "identity": dump_series(series),
            "alert": each.alert,
            "state": each.state.value,
            "severity": each.severity.value,
            "at": each.at,
        }
        for (channel, series), each in news.items()
    ]
    upsert(connection, told, rows)


def states(connection: Connection, environment: str | None) -> dict[SeriesKey, SeriesState]:
    """The state at the head of every series of an environment."""
    query = select(alert_states.c.identity, alert_states.c.state).where(
        alert_states.c.environment == (environment or "")
    )
    return {load_series(row.identity): load_state(row.state) for row in connection.execute(query)}


def put_marks(connection: Connection, news: Mapping[tuple[str | None, str, str], Mark]) -> None:
    """How far each monitor is judged now: judging an older window again does not set it back."""
    kept = connection.execute(select(marks))
    before = {(row.environment, row.monitor, row.subject): Mark(row.at, row.known, row.since) for row in kept}
    rows = []
    for (environment, monitor, subject), new in news.items():
        key = (environment or "", monitor, subject)
        mark = new.furthest(before.get(key))
        rows.append({**dict(zip(_MARK_KEY, key, strict=True)), "at": mark.at, "known": mark.known, "since": mark.since})
    upsert(connection, marks, rows)


def marks_of(connection: Connection, environment: str | None) -> dict[tuple[str, str], Mark]:
    """How far each monitor of an environment is judged, by monitor and subject."""
    rows = connection.execute(select(marks).where(marks.c.environment == (environment or "")))
    return {(row.monitor, row.subject): Mark(row.at, row.known, row.since) for row in rows}


def owned(connection: Connection, environment: str | None, owner: str) -> frozenset[SeriesKey]:
    """The series that a root file judged last."""
    query = select(alert_states.c.identity).where(
        alert_states.c.environment == (environment or ""), alert_states.c.owner == owner
    )
    return frozenset(load_series(row.identity) for row in connection.execute(query))


def told_of(connection: Connection, environment: str | None) -> dict[tuple[str, SeriesKey], Told]:
    """What each channel was last told of each series of an environment."""
    rows = connection.execute(select(told).where(told.c.environment == (environment or "")))
    return {
        (row.channel, load_series(row.identity)): Told(row.alert, AlertState(row.state), Severity(row.severity), row.at)
        for row in rows
    }


def judged(
    connection: Connection, series: SeriesKey, since: datetime | None, until: datetime | None
) -> tuple[Judged, ...]:
    """Verdicts of one series with `since` ≤ at < `until`, in order."""
    query = select(*_JUDGED).where(results.c.series == series_id(series))
    if since is not None:
        query = query.where(results.c.at >= since)
    if until is not None:
        query = query.where(results.c.at < until)
    return tuple(_judged(row) for row in connection.execute(query.order_by(results.c.at)))


def verdicts(
    connection: Connection, environment: str | None, after: datetime | None, until: datetime
) -> tuple[tuple[SeriesKey, datetime, Status], ...]:
    """Series, window end and status of what was judged with `after` < at ≤ `until`."""
    query = (
        select(alert_states.c.identity, results.c.at, results.c.status)
        .join(alert_states, alert_states.c.series == results.c.series)
        .where(results.c.environment == (environment or ""), results.c.at <= until)
    )
    if after is not None:
        query = query.where(results.c.at > after)
    return tuple((load_series(row.identity), row.at, Status(row.status)) for row in connection.execute(query))


def last_judged(connection: Connection, series: SeriesKey, before: datetime | None = None) -> Judged | None:
    """The latest verdict of one series, or the latest before an instant."""
    query = select(*_JUDGED).where(results.c.series == series_id(series))
    if before is not None:
        query = query.where(results.c.at < before)
    row = connection.execute(query.order_by(results.c.at.desc()).limit(1)).first()
    return None if row is None else _judged(row)


def history(connection: Connection, series: SeriesKey, since: datetime) -> History:
    """What a replay of one series from `since` on needs."""
    before = last_judged(connection, series, since)
    kept = judged(connection, series, since, None)
    live = select(transitions.c.transition).where(
        transitions.c.series == series_id(series), transitions.c.at >= since, ~transitions.c.superseded
    )
    return History(
        before=before.state if before else SeriesState(),
        judgements=tuple(Judgement(each.at, each.result, each.judged_at, each.first) for each in kept),
        transitions=tuple(load_transition(text) for text in connection.scalars(live.order_by(transitions.c.at))),
    )


def firing(connection: Connection, environment: str | None) -> tuple[Transition, ...]:
    """Of every series that fires now, the transition that brought it to its present level."""
    query = (
        select(transitions.c.series, transitions.c.transition)
        .join(alert_states, alert_states.c.series == transitions.c.series)
        .where(
            alert_states.c.environment == (environment or ""),
            alert_states.c.phase == AlertState.FIRING.value,
            transitions.c.state == AlertState.FIRING.value,
            ~transitions.c.superseded,
        )
        .order_by(transitions.c.at)
    )
    latest = {row.series: row.transition for row in connection.execute(query)}
    return tuple(load_transition(text) for text in latest.values())


def of_alert(connection: Connection, alert: str) -> tuple[tuple[Transition, bool], ...]:
    """Every transition of one alert in order, each with whether it is superseded."""
    query = select(transitions).where(transitions.c.alert == alert).order_by(transitions.c.at)
    return tuple((load_transition(row.transition), row.superseded) for row in connection.execute(query))


def _judged(row: Any) -> Judged:
    first = First(row.first_value, row.first_judged_at)
    is_revised = repr(first) != repr(First(row.value, row.judged_at))  # NaN equals nothing
    result, state = load_result(row.result), load_state(row.state)
    return Judged(row.at, result, state, row.judged_at, first if is_revised else None)


def named(series: SeriesKey) -> dict[str, str]:
    """The columns that say of which series a row is."""
    # PostgreSQL takes no NUL in text; the identity itself is kept escaped, in JSON.
    return {"name": series.text.replace("\x00", "�"), "environment": series.environment or ""}
