"""What a store holds in numbers: verdicts, alerts, notices and size, counted by the database and not row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Text, and_, bindparam, case, cast, distinct, func, select, text

from driftline.model import AlertState, SeriesKey, Status
from driftline.store.codec import load_series, series_id
from driftline.store.tables import alert_states, metadata, outbox, results, told, transitions

_CHUNK = 500  # keys per statement, well below what either database takes
_MISSING = (Status.NO_DATA.value, Status.INSUFFICIENT_DATA.value, Status.ERROR.value)


@dataclass(frozen=True)
class Spread:
    """The least and the greatest of the numbers that were stored; None where there was none."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SeriesSurvey:
    """One series over all its stored verdicts.

    `counts` are verdicts by status, `compared` is what the threshold saw, `rows` and `labelled` are means over windows.
    """

    key: SeriesKey
    counts: Mapping[Status, int]
    first: datetime
    last: datetime
    compared: Spread = Spread()
    baseline: Spread = Spread()
    rows: float | None = None
    labelled: float | None = None

    @property
    def judged(self) -> int:
        """Every verdict."""
        return sum(self.counts.values())

    @property
    def breaches(self) -> int:
        return self.counts.get(Status.WARNING, 0) + self.counts.get(Status.CRITICAL, 0)

    @property
    def read(self) -> int:
        """Verdicts that rest on a number."""
        return self.breaches + self.counts.get(Status.OK, 0)


@dataclass(frozen=True)
class Episodes:
    """The alerts of one series: how many fired, how many of them were resolved, whether one fires now.

    `told`: whether a channel ever heard of it.
    """

    key: SeriesKey
    fired: int
    resolved: int
    firing: bool
    told: bool


@dataclass(frozen=True)
class ChannelSurvey:
    """The notices to one channel, by status, and what went wrong last. `tries` is the most that one notice took."""

    channel: str
    counts: Mapping[str, int]
    tries: int
    last_error: str | None


@dataclass(frozen=True)
class Survey:
    """A store as one root file sees it. Without a store, or before the first run, everything is empty."""

    series: tuple[SeriesSurvey, ...] = ()
    reasons: Mapping[tuple[str, str, Status], tuple[str, int]] = field(default_factory=dict)
    episodes: tuple[Episodes, ...] = ()
    channels: tuple[ChannelSurvey, ...] = ()
    verdicts: int = 0  # of every root file and environment
    oldest: datetime | None = None
    newest: datetime | None = None
    size: int | None = None  # bytes


def survey(connection: Connection, environment: str | None, owner: str) -> Survey:
    """Everything but single verdicts, of the series that a root file judged last."""
    named = _identities(connection, environment, owner)
    oldest, newest, verdicts = connection.execute(
        select(func.min(results.c.at), func.max(results.c.at), func.count())
    ).one()
    return Survey(
        series=tuple(_series(connection, environment, owner, named)),
        reasons=_reasons(connection, environment, owner),
        episodes=tuple(_episodes(connection, environment, named)),
        channels=tuple(_channels(connection, environment, owner)),
        verdicts=verdicts,
        oldest=oldest,
        newest=newest,
        size=size(connection),
    )


def compared(connection: Connection, series: Iterable[SeriesKey], most: int) -> tuple[float, ...]:
    """What the thresholds of some series saw: the newest numbers, at most `most`, in order of size."""
    number = _number(connection, "compared")
    found: list[tuple[datetime, float]] = []
    for chunk in _chunks([series_id(key) for key in series]):
        query = select(results.c.at, number).where(results.c.series.in_(chunk), number.is_not(None))
        found += [(at, value) for at, value in connection.execute(query.order_by(results.c.at.desc()).limit(most))]
    newest = sorted(found, key=lambda pair: pair[0], reverse=True)[:most]
    return tuple(sorted(value for _, value in newest))


def _identities(connection: Connection, environment: str | None, owner: str) -> dict[str, SeriesKey]:
    query = select(alert_states.c.series, alert_states.c.identity).where(_owned(environment, owner))
    return {row.series: load_series(row.identity) for row in connection.execute(query)}


def _owned(environment: str | None, owner: str) -> ColumnElement[bool]:
    return and_(alert_states.c.environment == (environment or ""), alert_states.c.owner == owner)


def _series(
    connection: Connection, environment: str | None, owner: str, named: Mapping[str, SeriesKey]
) -> Iterator[SeriesSurvey]:
    seen, before = _number(connection, "compared"), _number(connection, "baseline_value")
    rows, labelled = _number(connection, "rows"), _number(connection, "labelled_rows")
    read = results.c.status.not_in(_MISSING)  # a value that failed a gate was held against no threshold
    query = (
        select(
            results.c.series,
            *(func.sum(case((results.c.status == status.value, 1), else_=0)) for status in Status),
            func.min(results.c.at),
            func.max(results.c.at),
            func.min(case((read, seen))),
            func.max(case((read, seen))),
            func.min(before),
            func.max(before),
            func.avg(rows),
            func.avg(labelled),
        )
        .join(alert_states, alert_states.c.series == results.c.series)
        .where(_owned(environment, owner))
        .group_by(results.c.series)
    )
    for series, *numbers in connection.execute(query):
        counts, rest = numbers[: len(Status)], numbers[len(Status) :]
        first, last, low, high, base_low, base_high, mean_rows, mean_labelled = rest
        yield SeriesSurvey(
            key=named[series],
            counts={status: int(count) for status, count in zip(Status, counts, strict=True)},
            first=first,
            last=last,
            compared=Spread(low, high),
            baseline=Spread(base_low, base_high),
            rows=None if mean_rows is None else float(mean_rows),
            labelled=None if mean_labelled is None else float(mean_labelled),
        )


def _reasons(
    connection: Connection, environment: str | None, owner: str
) -> dict[tuple[str, str, Status], tuple[str, int]]:
    """By monitor, subject and status: the reason that was given most often for having no number, and how often."""
    reason = text_in(connection, "reason")
    query = (
        select(
            results.c.monitor, results.c.subject, results.c.status, reason.label("said"), func.count().label("times")
        )
        .join(alert_states, alert_states.c.series == results.c.series)
        .where(_owned(environment, owner), results.c.status.in_(_MISSING), reason.is_not(None))
        .group_by(results.c.monitor, results.c.subject, results.c.status, text("said"))
        .order_by(text("times"))
    )
    return {
        (monitor, subject, Status(status)): (said, times)
        for monitor, subject, status, said, times in connection.execute(query)
    }


def _episodes(connection: Connection, environment: str | None, named: Mapping[str, SeriesKey]) -> Iterator[Episodes]:
    def alerts(state: AlertState) -> ColumnElement[int]:
        return func.count(distinct(case((transitions.c.state == state.value, transitions.c.alert))))

    known = set(connection.scalars(select(told.c.series).distinct().where(told.c.environment == (environment or ""))))
    query = (
        select(transitions.c.series, alert_states.c.phase, alerts(AlertState.FIRING), alerts(AlertState.RESOLVED))
        .join(alert_states, alert_states.c.series == transitions.c.series)
        .where(transitions.c.environment == (environment or ""), ~transitions.c.superseded)
        .group_by(transitions.c.series, alert_states.c.phase)
    )
    for series, phase, fired, resolved in connection.execute(query):
        if series in named and fired:
            fires = phase == AlertState.FIRING.value
            yield Episodes(named[series], fired, min(fired, resolved), fires, series in known)


def _channels(connection: Connection, environment: str | None, owner: str) -> Iterator[ChannelSurvey]:
    whose = text_in(connection, "owner", outbox.c.notice)
    query = (
        select(
            outbox.c.channel, outbox.c.status, func.count(), func.max(outbox.c.attempts), func.max(outbox.c.last_error)
        )
        .where(outbox.c.environment == (environment or ""), whose == owner)
        .group_by(outbox.c.channel, outbox.c.status)
        .order_by(outbox.c.channel)
    )
    by_channel: dict[str, list[tuple[str, int, int, str | None]]] = {}
    for channel, *rest in connection.execute(query):
        by_channel.setdefault(channel, []).append((rest[0], rest[1], rest[2], rest[3]))
    for channel, rows in by_channel.items():
        errors = [error for status, _, _, error in rows if error is not None and status in ("queued", "failed")]
        counts = {status: count for status, count, _, _ in rows}
        yield ChannelSurvey(channel, counts, max(tries for _, _, tries, _ in rows), errors[0] if errors else None)


def size(connection: Connection) -> int | None:
    """Bytes that the store takes."""
    if connection.dialect.name == "postgresql":
        # By schema: what an older store lacks stands before its tables under their names (migrations.stand_before).
        named = func.to_regclass(func.quote_ident(func.current_schema()) + "." + bindparam("name", type_=Text))
        query = select(func.pg_total_relation_size(named))
        return sum(connection.scalar(query, {"name": table.name}) or 0 for table in metadata.sorted_tables)
    pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size"))
    return int(pages or 0) * int(size or 0)


def _number(connection: Connection, key: str) -> ColumnElement[Any]:
    """A number out of a stored verdict; null where it is none. Infinity is kept as a word, which is none either."""
    if connection.dialect.name == "postgresql":
        member = cast(results.c.result, JSON)[key]
        return case((func.json_typeof(member) == "number", member.as_float()))
    value = func.json_extract(results.c.result, f"$.{key}")
    return case((func.typeof(value).in_(("integer", "real")), value))


def text_in(connection: Connection, key: str, column: ColumnElement[Any] = results.c.result) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        member: ColumnElement[Any] = cast(column, JSON)[key].as_string()
        return member
    return func.json_extract(column, f"$.{key}")


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
