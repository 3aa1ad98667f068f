"""Leases: one runner at a time for what must not be done twice.

A lease is a row with an expiry that a thread keeps pushing on. Who records under a lease proves in the same transaction
that it is still his, so that a runner that was stopped for longer than its lease cannot write over its successor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from driftline.errors import StoreError
from driftline.store.database import Database
from driftline.store.holder import is_gone
from driftline.store.statements import insert_new
from driftline.store.tables import leases


@dataclass(frozen=True)
class Lease:
    """The right to do what `name` says, until it is given back or not renewed for `seconds`."""

    name: str
    holder: str
    seconds: float


def acquire(connection: Connection, lease: Lease, now: datetime) -> str | None:
    """Take a lease that is free, expired or left by a dead process; the name of the holder when it is none of these."""
    found = connection.execute(select(leases).where(leases.c.name == lease.name).with_for_update()).first()
    expires = now + timedelta(seconds=lease.seconds)
    if found is None:
        row = {"name": lease.name, "holder": lease.holder, "expires": expires}
        insert_new(connection, leases, [row], ("name",))
        # Another may have inserted first: PostgreSQL waits for him and then does nothing.
        holder = str(connection.execute(select(leases.c.holder).where(leases.c.name == lease.name)).scalar())
        return None if holder == lease.holder else holder
    if found.expires > now and found.holder != lease.holder and not is_gone(found.holder):
        return str(found.holder)
    connection.execute(update(leases).where(leases.c.name == lease.name).values(holder=lease.holder, expires=expires))
    return None


def confirm(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Renew a lease inside a transaction; False when it is another's by now."""
    own = (leases.c.name == lease.name) & (leases.c.holder == lease.holder)
    expires = now + timedelta(seconds=lease.seconds)
    return connection.execute(update(leases).where(own).values(expires=expires)).rowcount == 1


def release(connection: Connection, lease: Lease) -> None:
    """Give a lease back; nothing happens when it is another's by now."""
    connection.execute(delete(leases).where(leases.c.name == lease.name, leases.c.holder == lease.holder))


class Heartbeat:
    """Renews a lease from a thread until it is stopped: a scan may take longer than a lease should."""

    def __init__(self, database: Database, lease: Lease, now: Callable[[], datetime]) -> None:
        self._database = database
        self._lease = lease
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease {lease.name}", daemon=True)

    def start(self) -> None:
        """Begin to renew, three times per length of the lease."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it may be in the middle of a renewal, which is waited for."""
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(self._lease.seconds / 3):
            try:
                with self._database.write() as connection:
                    if not confirm(connection, self._lease, self._now()):
                        return
            except StoreError:
                continue  # a store that is busy now may answer next time; whether the lease held is asked on recording
