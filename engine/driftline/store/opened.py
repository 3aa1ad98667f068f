"""A store that is open: its address, its end, and the leases of those who write to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from driftline import clock
from driftline.config.document import Text
from driftline.store import leases
from driftline.store.database import Database
from driftline.store.holder import new_holder
from driftline.store.leases import Heartbeat, Lease
from driftline.store.queue import LeaseHeld, LeaseLost


class OpenStore:
    """What every part of a store shares."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    @classmethod
    def open(
        cls, url: Text, directory: Path, *, read_only: bool = False, now: Callable[[], datetime] = clock.now
    ) -> Self:
        """A store by its SQLAlchemy URL; a relative SQLite path counts from `directory`, the root file's folder.

        `now` is the clock of leases and delivery times, the only ones that follow the wall clock.
        """
        return cls(Database(url, directory, read_only=read_only), now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    @property
    def label(self) -> str:
        """The store as people name it, without credentials."""
        return self._database.label

    @contextmanager
    def lease(
        self, name: str, *, seconds: float = 60.0, wait: float = 0.0, holder: str | None = None
    ) -> Iterator[Lease]:
        """Hold a lease for a while; a thread renews it.

        LeaseHeld when another holds it and does not give it back within `wait` seconds. A lease that a process on this
        machine left behind when it died is taken at once, any other when it expires.
        """
        lease = Lease(name, holder or new_holder(), seconds)
        deadline = time.monotonic() + wait
        while (other := self._acquire(lease)) is not None:
            if time.monotonic() >= deadline:
                host, _, rest = other.partition("/")
                process = f" (process {rest.partition('/')[0]} on {host})" if rest else ""
                raise LeaseHeld(f"{self.label}: another run{process} is at it ({name}); run again when it has ended")
            time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))
        heartbeat = Heartbeat(self._database, lease, self._now)
        heartbeat.start()
        try:
            yield lease
        finally:
            heartbeat.stop()
            with self._database.write() as connection:
                leases.release(connection, lease)

    def _acquire(self, lease: Lease) -> str | None:
        with self._database.write() as connection:
            return leases.acquire(connection, lease, self._now())

    def _confirm(self, connection: Connection, lease: Lease | None) -> None:
        if lease is not None and not leases.confirm(connection, lease, self._now()):
            raise LeaseLost(f"{self.label}: another run took over ({lease.name}); nothing of this run was recorded")
