"""Drain the outbox: every notice that waits, in order, one channel independent of the other.

At least once: a notice is marked sent right after the channel took it. Should the process die between these two, it is
sent again, with the same idempotency key; nothing that two systems share could rule that out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from driftline import clock
from driftline.channels.base import Channel, DeliveryOutcome, Outcome
from driftline.model import Notice
from driftline.route.decide import Decision
from driftline.store.queue import LeaseHeld, QueuedNotice

ATTEMPTS = 3
PAUSES = (0.5, 1.5)  # seconds between attempts
PATIENCE = 5.0  # seconds that a service may ask us to wait within a run
LEASE_SECONDS = 60.0


class Outbox(Protocol):
    """What delivery needs of the store."""

    def pending_notices(self, environment: str | None, channel: str | None = None) -> tuple[QueuedNotice, ...]: ...

    def mark_sent(self, notice_id: str) -> None: ...

    def mark_failed(
        self, notice_id: str, reason: str, *, final: bool = False, not_before: datetime | None = None
    ) -> None: ...

    def mark_dropped(self, notice_id: str, reason: str) -> None: ...

    def lease(self, name: str, *, seconds: float, wait: float) -> AbstractContextManager[Any]: ...


class DeliveryStatus(StrEnum):
    """What became of a notice in this run (DESIGN 7)."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    QUEUED = "queued"
    FAILED = "failed"


@dataclass(frozen=True)
class Delivery:
    """One row of `deliveries` in the JSON document; a failed one makes the exit code 4."""

    channel: str
    status: DeliveryStatus
    reason: str
    notice: str | None = None


@dataclass(frozen=True)
class Delivering:
    """The circumstances of a delivery: where notices wait, and the time."""

    outbox: Outbox
    environment: str | None
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


def deliver(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    environment: str | None,
    *,
    now: Callable[[], datetime] = clock.now,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Delivery, ...]:
    """Send what waits in the outbox of an environment, earlier runs' notices first; what became of each.

    After a channel has failed, its further notices of this run stay queued. Never raises for a channel; StoreError
    for the store.
    """
    circumstances = Delivering(outbox, environment, now, sleep)
    waiting = outbox.pending_notices(environment)
    done: list[Delivery] = []
    for name in dict.fromkeys(queued.notice.channel for queued in waiting):
        channel = channels.get(name)
        if channel is None:
            done.extend(_drop(outbox, [queued for queued in waiting if queued.notice.channel == name]))
            continue
        try:
            with outbox.lease(f"deliver to {name}", seconds=LEASE_SECONDS, wait=LEASE_SECONDS):
                # Read again: another run may have sent them while we waited for it.
                done.extend(_drain(circumstances, channel, outbox.pending_notices(environment, name)))
        except LeaseHeld:
            reason = "another run is delivering to this channel"
            done.extend(_queued(queued, reason) for queued in waiting if queued.notice.channel == name)
    return tuple(done)


def suppressed(decisions: Iterable[Decision]) -> tuple[Delivery, ...]:
    """Decisions not to tell a channel that a route leads to, counted by reason, as rows of `deliveries`."""
    counts: dict[tuple[str, str], int] = {}
    for decision in decisions:
        if decision.matched and not decision.sent:
            key = decision.channel, decision.reason
            counts[key] = counts.get(key, 0) + 1
    return tuple(
        Delivery(channel, DeliveryStatus.SUPPRESSED, f"{count} alert{'s' if count > 1 else ''}: {reason}")
        for (channel, reason), count in counts.items()
    )


def _drop(outbox: Outbox, queued: Sequence[QueuedNotice]) -> list[Delivery]:
    reason = "the channel is no longer in the configuration; the notice was dropped"
    for each in queued:
        outbox.mark_dropped(each.notice.id, reason)
    return [Delivery(each.notice.channel, DeliveryStatus.SUPPRESSED, reason, each.notice.id) for each in queued]


def _drain(circumstances: Delivering, channel: Channel, waiting: Sequence[QueuedNotice]) -> list[Delivery]:
    """Send to one channel, in order, until it fails."""
    done: list[Delivery] = []
    stopped: str | None = None
    for queued in waiting:
        if stopped is None and queued.not_before is not None and queued.not_before > circumstances.now():
            stopped = f"the channel asked to be left alone until {queued.not_before:%Y-%m-%d %H:%M:%S} UTC"
        if stopped is not None:
            done.append(_queued(queued, stopped))
            continue
        outcome = _attempt(circumstances, channel, queued.notice)
        done.append(_settle(circumstances, queued, outcome))
        if outcome.outcome not in (Outcome.SENT, Outcome.REJECTED):
            stopped = "the channel failed before in this run; the next run tries again"
    return done


def _attempt(circumstances: Delivering, channel: Channel, notice: Notice) -> DeliveryOutcome:
    """A few attempts within a few seconds, as long as one may help."""
    outcome = channel.send(notice)
    for pause in PAUSES[: ATTEMPTS - 1]:
        asked = outcome.retry_after or 0.0
        if outcome.outcome is not Outcome.BUSY or asked > PATIENCE:
            break
        circumstances.sleep(max(pause, asked))
        outcome = channel.send(notice)
    return outcome


def _settle(circumstances: Delivering, queued: QueuedNotice, outcome: DeliveryOutcome) -> Delivery:
    notice, outbox = queued.notice, circumstances.outbox
    if outcome.outcome is Outcome.SENT:
        outbox.mark_sent(notice.id)
        return Delivery(notice.channel, DeliveryStatus.SENT, notice.title, notice.id)
    is_final = outcome.outcome is Outcome.REJECTED
    not_before = None
    if outcome.retry_after is not None:
        not_before = circumstances.now() + timedelta(seconds=outcome.retry_after)
    outbox.mark_failed(notice.id, outcome.reason, final=is_final, not_before=not_before)
    kept = "the notice is given up" if is_final else "the next run tries again"
    return Delivery(notice.channel, DeliveryStatus.FAILED, f"{outcome.reason}; {kept}", notice.id)


def _queued(queued: QueuedNotice, reason: str) -> Delivery:
    return Delivery(queued.notice.channel, DeliveryStatus.QUEUED, reason, queued.notice.id)
