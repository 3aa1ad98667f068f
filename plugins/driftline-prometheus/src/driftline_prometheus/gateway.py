"""Metrics to a push gateway: one group is replaced as a whole."""

from __future__ import annotations

import base64
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from prometheus_client import push_to_gateway
from prometheus_client.exposition import basic_auth_handler, default_handler

from driftline_prometheus.earlier import Earlier, parse
from driftline_prometheus.errors import ExportError
from driftline_prometheus.families import Exposition
from driftline_prometheus.targets import PushTarget

TIMEOUT = 10.0  # seconds for the gateway to answer
SHOWN = 300  # characters of its answer that are shown

Handler = Callable[[str, str, float | None, list[tuple[str, str]], bytes], Callable[[], None]]


def read(target: PushTarget) -> Earlier:
    """What the gateway holds of the group. Raises ExportError."""
    request = Request(f"{target.url}/metrics")
    if target.user is not None:
        given = base64.b64encode(f"{target.user}:{target.password or ''}".encode()).decode()
        request.add_header("Authorization", f"Basic {given}")
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            return parse(answer.read().decode(), {"job": target.job, **target.labels})
    except (OSError, HTTPException) as error:
        raise _failure(target, error) from None
    except ValueError as error:
        reason = f"what {target.url}/metrics answers is no Prometheus text ({error}); is it a push gateway?"
        raise ExportError(reason) from None


def write(target: PushTarget, exposition: Exposition) -> None:
    """Replace the group by these metrics. Raises ExportError."""
    group, handler = dict(target.labels), _handler(target)
    try:
        push_to_gateway(target.url, target.job, exposition, group, TIMEOUT, handler)
    except (OSError, HTTPException) as error:
        raise _failure(target, error) from None


def _handler(target: PushTarget) -> Handler:
    if target.user is None:
        return default_handler

    def handler(url: str, method: str, timeout: float | None, headers: Any, data: bytes) -> Callable[[], None]:
        return basic_auth_handler(url, method, timeout, headers, data, target.user, target.password or "")

    return handler


def _failure(target: PushTarget, error: OSError | HTTPException) -> ExportError:
    """The cause in words, and the next step."""
    if isinstance(error, HTTPError):
        with error:
            body = " ".join(error.read(4 * SHOWN).decode("utf-8", "replace").split())[:SHOWN]
        said = f"{error.code} {error.reason}" + (f": {body}" if body else "")
        return ExportError(f"the push gateway {target.url} answered {said}; {_advice(error.code)}")
    cause = error.reason if isinstance(error, URLError) else error
    text = (getattr(cause, "strerror", None) or str(cause) or type(cause).__name__).strip()
    return ExportError(
        f"the push gateway {target.url} cannot be reached: {text}; is it running, and is the address right?"
    )


def _advice(code: int) -> str:
    if code in (401, 403):
        return "give user and password as in push:https://USER:PASSWORD@HOST"
    if code < 500:
        return "nothing was changed there; is it a push gateway, of version 0.10 or newer?"
    return "nothing was changed there; see its log, then run again"
