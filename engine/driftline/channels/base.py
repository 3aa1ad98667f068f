"""What a channel is: something that takes a notice, or says why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from driftline.model import Notice


class Outcome(StrEnum):
    """What came of handing a notice over, by what to do next."""

    SENT = "sent"
    BUSY = "busy"  # it may work in a moment: no connection, 429, 5xx
    UNSURE = "unsure"  # no answer: the notice may have been taken, so it is not repeated at once
    BROKEN = "broken"  # the channel does not work as configured: 401, 404, an invalid address
    REJECTED = "rejected"  # the channel works and will never take this notice: 400, 413, 422


@dataclass(frozen=True)
class DeliveryOutcome:
    """The outcome with its reason, in words that hold nothing of the channel's address.

    `retry_after` is the number of seconds that the service asked to be left alone.
    """

    outcome: Outcome
    reason: str
    retry_after: float | None = None


class Channel(Protocol):
    """Somewhere that notices go. `send` makes one attempt, returns in bounded time, and never raises."""

    @property
    def name(self) -> str:
        """The name in the configuration; all that is ever shown of a channel."""
        ...

    def send(self, notice: Notice) -> DeliveryOutcome: ...
