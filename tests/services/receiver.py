"""An HTTP receiver on loopback that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What to answer: a status with headers, after a while."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Receiver:
    """`answers` are given one after the other, then 200; `got` are the bodies of what came, in order."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "hook", user: str = "") -> str:
        """An Apprise URL that leads here."""
        return f"json://{user}127.0.0.1:{self.port}/{path}"

    @property
    def titles(self) -> list[str]:
        return [str(each["title"]) for each in self.got]


@contextlib.contextmanager
def receiver(*answers: Answer) -> Iterator[Receiver]:
    """Start a receiver, hand it out, end it."""
    state = Receiver(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = state.answers.pop(0) if state.answers else Answer()
            state.got.append(json.loads(body))
            state.headers.append(dict(self.headers.items()))
            state.closing.wait(answer.delay)
            with contextlib.suppress(ConnectionError):
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: what a test shows is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = int(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
