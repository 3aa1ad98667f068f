"""Notices by Apprise: any of its URLs is a channel.

Of the URL nothing is ever shown: reasons are made from the status of the answer, never from what Apprise says.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from driftline import clock
from driftline.channels.base import DeliveryOutcome, Outcome
from driftline.channels.http import Exchange, observed, retry_after
from driftline.config.document import ChannelDefinition, Secret, Text
from driftline.model import Notice, Severity

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

SECONDS = 20.0  # for one attempt as a whole; Apprise waits 4 s for a connection and 4 s for each piece of an answer
_REJECTED = {400, 405, 411, 413, 414, 415, 422}
_MEANINGS = {
    400: "it does not accept the message",
    401: "it refuses the credentials",
    403: "it refuses access",
    404: "it does not know the address",
    408: "it timed out",
    410: "the address is no longer in use",
    413: "the message is too long for it",
    422: "it does not accept the message",
    429: "too many requests",
}


class AppriseChannel:
    """A channel whose address is an Apprise URL."""

    def __init__(self, name: str, url: Text) -> None:
        self._name = name
        self._url = url

    @classmethod
    def of(cls, definition: ChannelDefinition) -> AppriseChannel:
        """The channel that a configuration defines."""
        return cls(definition.name, definition.url)

    @property
    def name(self) -> str:
        return self._name

    def problem(self) -> str | None:
        """Why the URL cannot be used, without sending anything; None when it can."""
        with observed():
            return None if self._service() else self._unusable

    @property
    def _unusable(self) -> str:
        return f"channel {self._name!r}: its url is no address that Apprise knows; see `channels` in the documentation"

    def send(self, notice: Notice) -> DeliveryOutcome:
        """One attempt."""
        with observed() as exchange:
            service = self._service()
            if service is None:
                return DeliveryOutcome(Outcome.BROKEN, self._unusable)
            _identify(service, notice)
            attempt = Attempt(service, notice)
            attempt.start()
            attempt.join(SECONDS)
            if attempt.is_alive():
                # It is left to itself, logging included: what it says from now on could name the address.
                logging.getLogger("apprise").disabled = True
                exchange.failure = TimeoutError()
        if attempt.is_taken:
            return DeliveryOutcome(Outcome.SENT, "the channel took it")
        return _failure(exchange, clock.now())

    def _service(self) -> NotifyBase | None:
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(
            app_id="driftline", app_desc="driftline", secure_logging=True, storage_mode="memory", service_timeout=0
        )
        url = self._url.reveal() if isinstance(self._url, Secret) else self._url
        service = Apprise.instantiate(url, asset=asset)
        if service is not None:
            # Apprise repeats every failure, wrong passwords too, and knows nothing of Retry-After: we do that.
            service.retry = 0
            service.optional = False
            if "overflow=" not in url:
                service.overflow_mode = _truncating()  # a chat that takes 2,000 characters would refuse more
        return service


def token_schemes() -> frozenset[str]:
    """The schemes of services whose address has a secret part besides user and password, as Apprise declares them."""
    from apprise import Apprise

    found: set[str] = set()
    for service in Apprise().details()["schemas"]:
        parts = service["details"]["tokens"].items()
        if any(part.get("private") and part.get("required") and name != "password" for name, part in parts):
            found.update(service["protocols"] or (), service["secure_protocols"] or ())
    return frozenset(map(str, found))


class Attempt(threading.Thread):
    """One call of Apprise, in a thread that can be left behind.

    Its time-outs are per piece of an answer, so a service that trickles could keep it for ever; and its own deadline
    uses threads that the end of the process waits for.
    """

    def __init__(self, service: NotifyBase, notice: Notice) -> None:
        super().__init__(name=f"notice {notice.id}", daemon=True)
        self._service = service
        self._notice = notice
        self.is_taken = False

    def run(self) -> None:
        from apprise import Apprise, NotifyFormat

        is_markdown = self._service.resolve_format(None) is NotifyFormat.MARKDOWN
        caller = Apprise(asset=self._service.asset)
        caller.add(self._service)
        # Whatever a plug-in raises, Apprise turns into a failed result.
        result = caller.notify(
            title=self._notice.title,
            body=self._notice.markdown if is_markdown else self._notice.body,
            body_format=NotifyFormat.MARKDOWN if is_markdown else NotifyFormat.TEXT,
            notify_type=_kind(self._notice),
        )
        self.is_taken = bool(result)


def _truncating() -> Any:
    from apprise import OverflowMode

    return OverflowMode.TRUNCATE


def _kind(notice: Notice) -> Any:
    from apprise import NotifyType

    kinds = {Severity.CRITICAL: NotifyType.FAILURE, Severity.WARNING: NotifyType.WARNING, None: NotifyType.SUCCESS}
    return kinds[notice.severity]


def _identify(service: NotifyBase, notice: Notice) -> None:
    """Let a receiver recognise a notice that reaches it twice, and an incident that goes on or ends, where it can."""
    extras, headers = getattr(service, "payload_extras", None), getattr(service, "headers", None)
    if isinstance(extras, dict) and isinstance(headers, dict):  # json://, xml://, form://
        extras.setdefault("idempotency_key", notice.id)
        headers.setdefault("Idempotency-Key", notice.id)
    if hasattr(service, "dedup") and not service.dedup:  # PagerDuty and its like: one incident per group
        service.dedup = hashlib.sha256(f"{notice.channel}\x1f{notice.group}".encode()).hexdigest()[:32]


def _failure(exchange: Exchange, now: datetime) -> DeliveryOutcome:
    """What to do about an exchange that failed, and why it did."""
    from requests import ConnectTimeout, Timeout
    from requests.exceptions import ProxyError, SSLError

    status = exchange.status
    if status is not None and not 200 <= status < 300:
        reason = (
            f"the service answered {status}: {_MEANINGS.get(status, 'it failed' if status >= 500 else 'it refuses')}"
        )
        if status in (408, 425, 429) or status >= 500:
            return DeliveryOutcome(Outcome.BUSY, reason, retry_after(exchange.headers, now))
        return DeliveryOutcome(Outcome.REJECTED if status in _REJECTED else Outcome.BROKEN, reason)
    failure = exchange.failure
    if isinstance(failure, ConnectTimeout):
        return DeliveryOutcome(Outcome.BUSY, "the service cannot be reached: no connection within the time-out")
    if isinstance(failure, (Timeout, TimeoutError)):
        return DeliveryOutcome(Outcome.UNSURE, "the service did not answer within the time-out")
    if isinstance(failure, SSLError):
        return DeliveryOutcome(Outcome.BROKEN, "the service cannot be trusted: TLS or its certificate failed")
    if isinstance(failure, ProxyError):
        return DeliveryOutcome(Outcome.BUSY, "the proxy cannot be reached or refuses")
    if failure is not None:
        return DeliveryOutcome(Outcome.BUSY, "the service cannot be reached: the connection failed")
    return DeliveryOutcome(
        Outcome.UNSURE, "the service did not take it; try the channel's url with the apprise command"
    )
