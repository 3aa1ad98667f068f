"""An HTTP receiver on loopback that stands for every channel: real notices arrive, and nobody is told."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

LOOPBACK = "127.0.0.1"
_KINDS = {"failure": "critical", "warning": "warning", "success": "resolved"}


@dataclass(frozen=True)
class Received:
    """A notice as it arrived."""

    channel: str
    kind: str  # critical | warning | resolved
    title: str
    text: str


@dataclass
class Receiver:
    """What has arrived since it was last asked."""

    port: int = 0
    arrived: list[Received] = field(default_factory=list)

    def url(self, channel: str) -> str:
        """The Apprise URL that stands for a channel."""
        return f"json://{LOOPBACK}:{self.port}/{quote(channel, safe='')}"

    def take(self) -> tuple[Received, ...]:
        """What has arrived, and forget it."""
        taken, self.arrived = tuple(self.arrived), []
        return taken

    def add(self, path: str, body: Mapping[str, object]) -> None:
        kind = _KINDS.get(str(body.get("type")), "warning")
        channel = unquote(path.strip("/"))
        self.arrived.append(Received(channel, kind, str(body.get("title", "")), str(body.get("message", ""))))


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port of this machine until the end."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.add(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: what arrives is part of the result."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    state.port = int(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with _without_proxy():
            yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _without_proxy() -> Iterator[None]:
    """What is sent to this machine does not go through a proxy that the environment names."""
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    for name, value in before.items():
        os.environ[name] = f"{value},{LOOPBACK}" if value else LOOPBACK
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
