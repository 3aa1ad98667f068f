"""Draining the outbox: order, retries, one channel independent of the other, and nothing sent twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from driftline.channels.apprise import AppriseChannel
from driftline.channels.base import DeliveryOutcome, Outcome
from driftline.channels.deliver import Delivery, deliver, suppressed
from driftline.model import Notice, Severity
from driftline.route.decide import Decision
from driftline.store.store import Batch, Store
from tests.services.processes import free_port
from tests.services.receiver import Answer, receiver
from tests.unit.alert_values import SERIES, day

SENT = DeliveryOutcome(Outcome.SENT, "ok")
NOW = datetime(2026, 3, 10, tzinfo=UTC)


@dataclass
class Scripted:
    """A channel that does what the script says, then takes everything."""

    name: str
    script: list[DeliveryOutcome] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def send(self, notice: Notice) -> DeliveryOutcome:
        self.tried.append(notice.id)
        return self.script.pop(0) if self.script else SENT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open("sqlite:///state.db", tmp_path) as opened:
        yield opened


def notice(number: int, channel: str = "ops", environment: str | None = None) -> Notice:
    title = f"{channel}{number}"
    return Notice(title, channel, "g", title, title, title, Severity.WARNING, day(number), ("a",), environment)


def run(store: Store, *channels: Scripted | AppriseChannel, at: datetime = NOW) -> tuple[list[str], list[float]]:
    """One delivery: `channel status` per notice, and the pauses it made."""
    pauses: list[float] = []
    done = deliver(store, {each.name: each for each in channels}, None, now=lambda: at, sleep=pauses.append)
    return [f"{each.notice} {each.status}" for each in done], pauses


def queue(store: Store, *notices: Notice) -> None:
    store.record(Batch(notices=notices))


def test_notices_go_out_once_and_in_order(store: Store) -> None:
    queue(store, notice(0), notice(1))
    queue(store, notice(2))
    ops = Scripted("ops")
    assert run(store, ops) == (["ops0 sent", "ops1 sent", "ops2 sent"], [])
    assert ops.tried == ["ops0", "ops1", "ops2"]
    assert run(store, ops) == ([], [])


def test_a_busy_service_is_tried_again_with_growing_pauses(store: Store) -> None:
    busy = DeliveryOutcome(Outcome.BUSY, "the service answered 500: it failed")
    queue(store, notice(0))
    assert run(store, Scripted("ops", [busy, busy])) == (["ops0 sent"], [0.5, 1.5])


def test_a_service_that_asks_to_wait_is_waited_for_or_left(store: Store) -> None:
    queue(store, notice(0), notice(1))
    soon = DeliveryOutcome(Outcome.BUSY, "429", 2.0)
    late = DeliveryOutcome(Outcome.BUSY, "429", 600.0)
    ops = Scripted("ops", [soon, late])
    assert run(store, ops) == (["ops0 failed", "ops1 queued"], [2.0])
    assert run(store, ops, at=NOW + timedelta(seconds=599)) == (["ops0 queued", "ops1 queued"], [])
    assert len(ops.tried) == 2
    assert run(store, ops, at=NOW + timedelta(seconds=601)) == (["ops0 sent", "ops1 sent"], [])


@pytest.mark.parametrize("outcome", [Outcome.BROKEN, Outcome.UNSURE])
def test_what_another_attempt_would_not_help_waits_for_the_next_run(store: Store, outcome: Outcome) -> None:
    queue(store, notice(0), notice(1))
    ops = Scripted("ops", [DeliveryOutcome(outcome, "the service answered 401: it refuses the credentials")])
    assert run(store, ops) == (["ops0 failed", "ops1 queued"], [])
    assert ops.tried == ["ops0"]
    assert run(store, ops) == (["ops0 sent", "ops1 sent"], [])


def test_a_notice_that_a_service_will_never_take_does_not_block_the_next(store: Store) -> None:
    queue(store, notice(0), notice(1))
    ops = Scripted("ops", [DeliveryOutcome(Outcome.REJECTED, "the service answered 413")])
    assert run(store, ops) == (["ops0 failed", "ops1 sent"], [])
    assert run(store, ops) == ([], [])
    assert store.outbox_counts() == {"failed": 1, "sent": 1}


def test_one_channel_that_is_down_does_not_hold_up_another(store: Store) -> None:
    queue(store, notice(0, "down"), notice(0, "ops"), notice(1, "down"))
    with receiver() as service:
        down = AppriseChannel("down", f"json://127.0.0.1:{free_port()}/hook")
        done, pauses = run(store, down, AppriseChannel("ops", service.url()))
    assert (done, pauses) == (["down0 failed", "down1 queued", "ops0 sent"], [0.5, 1.5])
    assert service.titles == ["ops0"]


def test_a_service_that_failed_twice_and_then_works_gets_it_once(store: Store) -> None:
    queue(store, notice(0))
    with receiver(Answer(500), Answer(429, {"Retry-After": "1"})) as service:
        assert run(store, AppriseChannel("ops", service.url())) == (["ops0 sent"], [0.5, 1.5])
    assert {each["idempotency_key"] for each in service.got} == {"ops0"}
    assert len(service.got) == 3


def test_a_reason_says_whether_it_is_tried_again(store: Store) -> None:
    queue(store, notice(0), notice(1))
    with receiver(Answer(400), Answer(401)) as service:
        done = deliver(store, {"ops": AppriseChannel("ops", service.url())}, None)
    assert [each.reason for each in done] == [
        "the service answered 400: it does not accept the message; the notice is given up",
        "the service answered 401: it refuses the credentials; the next run tries again",
    ]


def test_a_channel_that_left_the_configuration_is_dropped_but_not_that_of_another_environment(store: Store) -> None:
    queue(store, notice(0, "gone"), notice(1, "prod-only", "prod"))
    assert run(store, Scripted("ops"))[0] == ["gone0 suppressed"]
    assert store.outbox_counts() == {"dropped": 1, "queued": 1}


def test_two_runs_at_once_send_each_notice_once(store: Store) -> None:
    queue(store, *(notice(number) for number in range(5)))
    with receiver(Answer(delay=0.3)) as service:
        channel = AppriseChannel("ops", service.url())
        runs = [threading.Thread(target=deliver, args=(store, {"ops": channel}, None)) for _ in range(3)]
        for each in runs:
            each.start()
        for each in runs:
            each.join()
    assert service.titles == [f"ops{number}" for number in range(5)]


def test_while_another_run_delivers_notices_stay_queued(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftline.channels.deliver.LEASE_SECONDS", 0.2)
    queue(store, notice(0))
    with store.lease("deliver to ops"):
        assert run(store, Scripted("ops"))[0] == ["ops0 queued"]


def test_decisions_not_to_tell_are_rows_of_deliveries() -> None:
    told = "already told that it fires (critical)"
    decisions = [
        Decision("ops", SERIES, "a", False, told),
        Decision("ops", SERIES, "b", False, told),
        Decision("ops", SERIES, "c", True, "fires"),
        Decision("ops", SERIES, "d", False, "no route", matched=False),
    ]
    assert [f"{each.channel} {each.status}: {each.reason}" for each in suppressed(decisions)] == [
        f"ops suppressed: 2 alerts: {told}"
    ]
    assert Delivery("ops", suppressed(decisions)[0].status, "x").notice is None
