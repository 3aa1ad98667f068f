"""What a service answered to Apprise, which keeps neither the status nor the headers of a response.

Without them nothing tells a wrong password (do not try again) from a busy service (do, after as long as it asks).
"""

from __future__ import annotations

import email.utils
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_ONE_AT_A_TIME = threading.Lock()


@dataclass
class Exchange:
    """The last answer seen: a status with its headers, or the kind of failure that came instead."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: BaseException | None = None


@contextmanager
def observed() -> Iterator[Exchange]:
    """Watch the HTTP exchange of one delivery, and keep every log and warning of it to ourselves.

    Apprise and the libraries below it log hosts and paths, which are the secret of many webhooks; no filter by logger
    covers the libraries of a hundred plug-ins, so logging is off for the moment of the call.
    """
    import requests

    exchange = Exchange()
    original = requests.Session.send

    def send(self: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        try:
            response = original(self, request, **kwargs)
        except requests.RequestException as error:
            exchange.status, exchange.headers, exchange.failure = None, {}, error
            raise
        exchange.status, exchange.headers, exchange.failure = response.status_code, response.headers, None
        return response

    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        requests.Session.send = send  # type: ignore[method-assign]
        try:
            yield exchange
        finally:
            requests.Session.send = original  # type: ignore[method-assign]
            logging.disable(before)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from a Retry-After header, given as a number or a date (RFC 9110, 10.2.3); None without a usable one."""
    text = headers.get("Retry-After", "").strip()
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
