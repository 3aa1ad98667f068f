"""The part of a store that looks after itself: what it holds, what is needed no more, what is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from driftline.store import integrity, retention
from driftline.store import survey as surveys
from driftline.store.integrity import Checkup, Kind, Problem, Rules
from driftline.store.inventory import Inventory, inventory
from driftline.store.leases import Lease
from driftline.store.opened import OpenStore
from driftline.store.queue import StoreDamaged
from driftline.store.retention import Removal, Retention


class Upkeep(OpenStore):
    """What `driftline store` does."""

    def inventory(self) -> Inventory:
        """What is held, by anyone."""
        with self._database.read() as connection:
            return inventory(connection, self.label, self._database.version())

    def removable(self, retention_: Retention) -> Removal:
        """What `collect` would remove."""
        with self._database.read() as connection:
            return retention.planned(connection, retention_, self._now())

    def collect(self, retention_: Retention, lease: Lease | None = None) -> Removal:
        """Remove what is needed no more, in one transaction, under `lease`."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            removal = retention.planned(connection, retention_, self._now())
            retention.remove(connection, removal)
            return removal

    def damaged(self) -> int:
        """How many rows cannot be read."""
        with self._database.read() as connection:
            return sum(len(each.rows) for each in integrity.unreadable(connection))

    def drop_damaged(self, lease: Lease | None = None) -> int:
        """Remove the rows that cannot be read; how many there were."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            return integrity.drop(connection, integrity.unreadable(connection))

    def size(self) -> int | None:
        """Bytes that it takes."""
        with self._database.read() as connection:
            return surveys.size(connection)

    def shrink(self) -> None:
        """Give back what is free in an SQLite file; PostgreSQL does so by itself."""
        self._database.shrink()

    def check(self, rules: Rules | None = None, names: Mapping[str, str] = MappingProxyType({})) -> Checkup:
        """What is wrong with it; damage of the file itself is a finding like any other. `names` are of sources."""
        try:
            with self._database.read() as connection:
                return integrity.check(connection, self._now(), rules, names)
        except StoreDamaged as error:
            return Checkup(problems=(Problem(Kind.FILE, str(error), integrity.RESTORE),))
