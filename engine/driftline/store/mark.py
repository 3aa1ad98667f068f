"""How far a monitor is judged; no database in here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mark:
    """`at` and `since` are the ends of the last and the first window that was judged.

    `known` is as of when those in between were judged again last. What version 1 of the store did not keep is None.
    """

    at: datetime
    known: datetime | None = None
    since: datetime | None = None

    def furthest(self, other: Mark | None) -> Mark:
        """The furthest of both, each bound for itself: judging an older window again sets nothing back."""
        if other is None:
            return self
        known = [each for each in (self.known, other.known) if each is not None]
        since = [each for each in (self.since, other.since) if each is not None]
        return Mark(max(self.at, other.at), max(known, default=None), min(since, default=None))
