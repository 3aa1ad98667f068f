"""The state store: verdicts, alerts, and the outbox, each run's share in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from driftline.alert.replay import History, Judged
from driftline.alert.state import SeriesState
from driftline.compile.renames import Renames
from driftline.model import Notice, SeriesKey, Status, Transition
from driftline.route.message import Told
from driftline.store import history, outbox, renaming
from driftline.store import survey as surveys
from driftline.store.keeping import PaneStore
from driftline.store.leases import Lease
from driftline.store.mark import Mark
from driftline.store.queue import QueuedNotice
from driftline.store.statements import upsert
from driftline.store.survey import Survey
from driftline.store.tables import resolutions

MarkKey = tuple[str | None, str, str]  # environment, monitor, subject


@dataclass(frozen=True)
class Batch:
    """All that one step of a run changes: recorded whole or not at all."""

    judged: tuple[Judged, ...] = ()
    transitions: tuple[Transition, ...] = ()
    superseded: tuple[Transition, ...] = ()
    states: Mapping[SeriesKey, SeriesState] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    told: Mapping[tuple[str, SeriesKey], Told] = field(default_factory=dict)
    marks: Mapping[MarkKey, Mark] = field(default_factory=dict)
    owner: str = ""  # the root file, by its path: several may share a store


class Store(PaneStore):
    """A state store. Every method raises StoreError when the database cannot do what is asked.

    Nothing is created before the first write; a store that does not exist reads as an empty one.
    """

    # What was judged

    def verdicts(
        self, environment: str | None, after: datetime | None, until: datetime
    ) -> tuple[tuple[SeriesKey, datetime, Status], ...]:
        """Series, window end and status of what was judged on windows that end after `after`, up to `until`."""
        with self._database.read() as connection:
            return history.verdicts(connection, environment, after, until)

    def last_judged(self, environment: str | None) -> dict[tuple[str, str], Mark]:
        """By (monitor, subject): how far it is judged."""
        with self._database.read() as connection:
            return history.marks_of(connection, environment)

    def states(self, environment: str | None) -> dict[SeriesKey, SeriesState]:
        """The state at the head of every series."""
        with self._database.read() as connection:
            return history.states(connection, environment)

    def first_judged(self, environment: str | None) -> dict[SeriesKey, datetime]:
        """By series: the end of the first window that it was judged on."""
        with self._database.read() as connection:
            return history.first_judged(connection, environment)

    def owned(self, environment: str | None, owner: str) -> frozenset[SeriesKey]:
        """The series that a root file judged last: only it can say that they are gone."""
        with self._database.read() as connection:
            return history.owned(connection, environment, owner)

    def told(self, environment: str | None) -> dict[tuple[str, SeriesKey], Told]:
        """By (channel, series): what the channel was last told."""
        with self._database.read() as connection:
            return history.told_of(connection, environment)

    def firing(self, environment: str | None) -> tuple[Transition, ...]:
        """Of every series that fires, the transition that brought it to its present level."""
        with self._database.read() as connection:
            return history.firing(connection, environment)

    def history(self, series: SeriesKey, since: datetime) -> History:
        """What a replay of one series from `since` on needs."""
        with self._database.read() as connection:
            return history.history(connection, series, since)

    def results(
        self, series: SeriesKey, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Judged, ...]:
        """Verdicts of one series with `since` ≤ at < `until`, in order."""
        with self._database.read() as connection:
            return history.judged(connection, series, since, until)

    def last_result(self, series: SeriesKey) -> Judged | None:
        """The latest verdict of one series: what the end of a series that was removed rests on."""
        with self._database.read() as connection:
            return history.last_judged(connection, series)

    def transitions(self, alert: str) -> tuple[tuple[Transition, bool], ...]:
        """Every transition of one alert in order, each with whether it is superseded."""
        with self._database.read() as connection:
            return history.of_alert(connection, alert)

    def survey(self, environment: str | None, owner: str) -> Survey:
        """What is held of a root file, in numbers."""
        with self._database.read() as connection:
            return surveys.survey(connection, environment, owner)

    def compared(self, series: Iterable[SeriesKey], most: int) -> tuple[float, ...]:
        """What the thresholds of some series saw: the newest numbers, at most `most`, in order of size."""
        with self._database.read() as connection:
            return surveys.compared(connection, series, most)

    def record(self, batch: Batch, lease: Lease | None = None) -> None:
        """Write one step of a run in one transaction.

        With `lease`, LeaseLost (and nothing written) when another runner holds it by now.
        """
        with self._database.write() as connection:
            self._confirm(connection, lease)
            history.put_judged(connection, batch.judged)
            history.put_transitions(connection, batch.transitions, batch.superseded)
            history.put_states(connection, batch.states, batch.owner, batch.judged)
            history.put_told(connection, batch.told)
            outbox.put(connection, batch.notices, self._now())
            history.put_marks(connection, batch.marks)

    def rename(self, renames: Renames, environment: str | None, owner: str, lease: Lease | None = None) -> int:
        """Carry what is known under former names to the present ones; the number of series that were moved.

        One transaction, under `lease` as in `record`; only series that `owner` judged last are touched.
        """
        if not self.moves(renames, environment, owner):
            return 0
        with self._database.write() as connection:
            self._confirm(connection, lease)
            own = history.owned(connection, environment, owner)
            states = history.states(connection, environment)
            moved = renaming.moves({key: state for key, state in states.items() if key in own}, renames)
            renaming.carry(connection, moved, renames, environment)
        return len(moved)

    def moves(self, renames: Renames, environment: str | None, owner: str) -> renaming.Moves:
        """Former -> present identity of what `rename` would carry over."""
        with self._database.read() as connection:
            own = history.owned(connection, environment, owner)
            states = history.states(connection, environment)
        return renaming.moves({key: state for key, state in states.items() if key in own}, renames)

    # The outbox

    def pending_notices(self, environment: str | None, channel: str | None = None) -> tuple[QueuedNotice, ...]:
        """What waits to be sent, the oldest first."""
        with self._database.read() as connection:
            return outbox.waiting(connection, environment, channel)

    def mark_sent(self, notice_id: str) -> None:
        """The channel took the notice."""
        with self._database.write() as connection:
            outbox.settle(connection, notice_id, "sent", sent_at=self._now(), last_error=None)

    def mark_failed(
        self, notice_id: str, reason: str, *, final: bool = False, not_before: datetime | None = None
    ) -> None:
        """The channel did not take it. It stays queued, unless `final`: the channel never will."""
        with self._database.write() as connection:
            status = "failed" if final else "queued"
            outbox.settle(connection, notice_id, status, last_error=reason, not_before=not_before)

    def mark_dropped(self, notice_id: str, reason: str) -> None:
        """Nobody is there any more to take it."""
        with self._database.write() as connection:
            outbox.settle(connection, notice_id, "dropped", last_error=reason)

    def outbox_counts(self) -> dict[str, int]:
        """How many notices are queued, sent, failed, dropped."""
        with self._database.read() as connection:
            return outbox.counted(connection)

    # Resolutions of histograms

    def resolutions(self, source: str) -> dict[str, int]:
        """By column: the k that its histograms were first made with."""
        with self._database.read() as connection:
            rows = connection.execute(select(resolutions).where(resolutions.c.source == source))
            return {row._mapping["column"]: row.k for row in rows}

    def keep_resolutions(self, source: str, by_column: Mapping[str, int]) -> None:
        """Keep the k of columns."""
        rows = [{"source": source, "column": column, "k": k} for column, k in by_column.items()]
        if rows:
            with self._database.write() as connection:
                upsert(connection, resolutions, rows)
