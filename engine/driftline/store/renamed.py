"""A store as it will be once former names are carried over: for what only looks, such as a plan and a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from driftline.alert.replay import History, Judged
from driftline.alert.state import SeriesState
from driftline.compile.renames import Renames
from driftline.model import SeriesKey, Status, Transition
from driftline.route.message import Told
from driftline.store.mark import Mark
from driftline.store.renaming import Moves, marked, present_mark
from driftline.store.store import Store


class Renamed(Store):
    """Reads another store, with series and marks of former names under the present ones; writes nothing."""

    def __init__(self, store: Store, renames: Renames, environment: str | None, owner: str) -> None:
        super().__init__(store._database, store._now)
        self._renames = renames
        self._moves: Moves = store.moves(renames, environment, owner)

    @cached_property
    def _former(self) -> Mapping[SeriesKey, SeriesKey]:
        return {present: former for former, present in self._moves.items()}

    def last_judged(self, environment: str | None) -> dict[tuple[str, str], Mark]:
        moved = {(former.monitor, former.subject) for former in self._moves}
        found: dict[tuple[str, str], Mark] = {}
        for key, mark in super().last_judged(environment).items():
            present = present_mark(key, self._renames) if (marked(key[0]), key[1]) in moved else key
            found[present] = mark.furthest(found.get(present))
        return found

    def states(self, environment: str | None) -> dict[SeriesKey, SeriesState]:
        found = super().states(environment)
        moved = {present: found.pop(former) for former, present in self._moves.items()}
        return found | moved

    def first_judged(self, environment: str | None) -> dict[SeriesKey, datetime]:
        found = super().first_judged(environment)
        moved = {present: found.pop(former) for former, present in self._moves.items() if former in found}
        return found | moved

    def owned(self, environment: str | None, owner: str) -> frozenset[SeriesKey]:
        return frozenset(self._moves.get(series, series) for series in super().owned(environment, owner))

    def told(self, environment: str | None) -> dict[tuple[str, SeriesKey], Told]:
        found = super().told(environment)
        moved = {(name, self._moves[key]): told for (name, key), told in found.items() if key in self._moves}
        return {key: told for key, told in found.items() if key[1] not in self._moves} | moved

    def firing(self, environment: str | None) -> tuple[Transition, ...]:
        found = super().firing(environment)
        return tuple(
            replace(each, series=self._moves.get(each.series, each.series))
            for each in found
            if each.series not in self._former
        )

    def history(self, series: SeriesKey, since: datetime) -> History:
        return super().history(self._former.get(series, series), since)

    def verdicts(
        self, environment: str | None, after: datetime | None, until: datetime
    ) -> tuple[tuple[SeriesKey, datetime, Status], ...]:
        found = super().verdicts(environment, after, until)
        return tuple((self._moves.get(key, key), at, status) for key, at, status in found if key not in self._former)

    def last_result(self, series: SeriesKey) -> Judged | None:
        return super().last_result(self._former.get(series, series))
