"""The words that the outbox and its reader share; no database in here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftline.errors import StoreError
from driftline.model import Notice


class LeaseHeld(StoreError):
    """Another runner holds the lease."""


class LeaseLost(StoreError):
    """The lease ran out, and another runner took it: nothing was recorded."""


class StoreDamaged(StoreError):
    """What is stored cannot be read."""


@dataclass(frozen=True)
class QueuedNotice:
    """A notice that waits, and what became of it so far. Until `not_before` the channel asked to be left alone."""

    notice: Notice
    created: datetime
    attempts: int = 0
    last_error: str | None = None
    not_before: datetime | None = None
