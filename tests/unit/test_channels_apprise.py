"""Channels against real receivers: what comes back, and that no word of the address does."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from driftline.channels import apprise
from driftline.channels.apprise import AppriseChannel
from driftline.channels.base import DeliveryOutcome, Outcome
from driftline.channels.http import observed, retry_after
from driftline.config.document import Secret
from driftline.model import Notice, Severity
from tests.services.processes import free_port
from tests.services.receiver import Answer, receiver
from tests.unit.alert_values import day

SECRET = "CANARYs3cr3tTOKEN"
NOTICE = Notice(
    "0123456789abcdef", "ops", "group", "[CRITICAL] late_arrival · drift: psi of a_b", "plain *a_b*", "**bold** a\\_b",
    Severity.CRITICAL, day(0), ("alert",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def spoken(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this file may print or log anything of an address."""
    caplog.set_level(logging.DEBUG)
    yield
    output = capfd.readouterr()
    for text in (output.out, output.err, caplog.text):
        assert SECRET[:6] not in text
        assert "127.0.0.1" not in text


def send(url: str, notice: Notice = NOTICE) -> DeliveryOutcome:
    outcome = AppriseChannel("ops", Secret(url)).send(notice)
    for piece in (SECRET[:6], "127.0.0.1", "hook", "json", "://"):
        assert piece not in outcome.reason
    return outcome


def test_a_notice_arrives_with_its_key() -> None:
    with receiver() as service:
        assert send(service.url(f"hook/{SECRET}", f"user:{SECRET}@")).outcome is Outcome.SENT
    assert service.titles == [NOTICE.title]
    assert service.got[0]["message"] == "plain *a_b*"
    assert service.got[0]["type"] == "failure"
    assert service.got[0]["idempotency_key"] == NOTICE.id
    assert service.headers[0]["Idempotency-Key"] == NOTICE.id


def test_a_channel_that_reads_markdown_gets_markdown() -> None:
    with receiver() as service:
        assert send(service.url() + "?format=markdown").outcome is Outcome.SENT
    assert service.got[0]["message"] == "**bold** a\\_b"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, Outcome.BUSY),
        (503, Outcome.BUSY),
        (408, Outcome.BUSY),
        (429, Outcome.BUSY),
        (401, Outcome.BROKEN),
        (403, Outcome.BROKEN),
        (404, Outcome.BROKEN),
        (302, Outcome.BROKEN),
        (400, Outcome.REJECTED),
        (413, Outcome.REJECTED),
    ],
)
def test_a_status_decides_what_to_do_next(status: int, outcome: Outcome) -> None:
    with receiver(Answer(status)) as service:
        sent = send(service.url("hook", f"user:{SECRET}@") + "?retry=3")
    assert sent.outcome is outcome
    assert f"answered {status}" in sent.reason
    assert len(service.got) == 1


def test_retry_after_is_heard() -> None:
    with receiver(Answer(429, {"Retry-After": "7"})) as service:
        assert send(service.url()).retry_after == 7.0
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert retry_after({"Retry-After": format_datetime(now + timedelta(seconds=90))}, now) == 90.0
    assert retry_after({"Retry-After": format_datetime(now - timedelta(seconds=90))}, now) == 0.0
    assert retry_after({"Retry-After": "soon"}, now) is None
    assert retry_after({}, now) is None


def test_a_service_that_is_down_or_does_not_answer() -> None:
    assert send(f"json://user:{SECRET}@127.0.0.1:{free_port()}/hook") == DeliveryOutcome(
        Outcome.BUSY, "the service cannot be reached: the connection failed"
    )
    with receiver(Answer(delay=30)) as service:
        outcome = send(service.url("hook", f"user:{SECRET}@") + "?rto=0.3")
    assert outcome == DeliveryOutcome(Outcome.UNSURE, "the service did not answer within the time-out")


def test_a_service_that_trickles_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.1):
                    connection.sendall(b" ")

        thread = threading.Thread(target=trickle)
        thread.start()
        started = time.monotonic()
        outcome = send(f"json://user:{SECRET}@127.0.0.1:{server.getsockname()[1]}/hook")
        assert time.monotonic() - started < 5
        stop.set()
        thread.join()
    for left in threading.enumerate():  # it speaks when the connection breaks: while its logger is off
        if isinstance(left, apprise.Attempt):
            left.join()
    logging.getLogger("apprise").disabled = False
    assert outcome == DeliveryOutcome(Outcome.UNSURE, "the service did not answer within the time-out")


@pytest.mark.parametrize("url", ["", "nonsense", f"jsn://{SECRET}@host", f"slack://{SECRET}"])
def test_an_address_that_cannot_be_used_is_told_by_the_channel_only(url: str) -> None:
    channel = AppriseChannel("ops", Secret(url))
    assert channel.problem() is not None
    outcome = channel.send(NOTICE)
    assert outcome.outcome is Outcome.BROKEN
    assert "channel 'ops'" in outcome.reason
    assert SECRET[:6] not in outcome.reason


def test_an_address_that_can_be_used_is_no_problem() -> None:
    assert AppriseChannel("ops", "json://localhost/hook").problem() is None


def test_a_channel_without_http_that_fails_says_so() -> None:
    outcome = send(f"mailto://127.0.0.1:{free_port()}?from=a@example.org&to={SECRET}@example.org&mode=insecure")
    assert outcome.outcome is Outcome.UNSURE
    assert "did not take it" in outcome.reason


def test_logging_is_given_back(caplog: pytest.LogCaptureFixture) -> None:
    with observed():
        logging.getLogger("urllib3.connectionpool").error("%s", SECRET)
    logging.getLogger("driftline").warning("heard")
    assert [record.message for record in caplog.records] == ["heard"]
