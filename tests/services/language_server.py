"""The YAML language server that editors start, spoken to over its protocol (LSP: JSON-RPC on stdin and stdout)."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from tests.services import node
from tests.services.processes import program

PATIENCE = 30.0  # seconds until an answer that does not come is a failure
SETTINGS: Mapping[str, Any] = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "format": {"enable": False},
        "schemaStore": {"enable": False, "url": ""},
        "kubernetesCRDStore": {"enable": False},
        "yamlVersion": "1.2",
    },
}
CAPABILITIES: Mapping[str, Any] = {
    "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}},
    "textDocument": {
        "completion": {"completionItem": {"documentationFormat": ["plaintext"], "snippetSupport": True}},
        "hover": {"contentFormat": ["plaintext"]},
    },
}


@dataclass(frozen=True)
class Problem:
    """An error or warning that the editor underlines; `line` counts from 1."""

    line: int
    message: str


@dataclass
class LanguageServer:
    """A running server. A document is opened by its text and asked about by line and column, which count from 0."""

    process: subprocess.Popen[bytes]
    answers: queue.Queue[Mapping[str, Any]] = field(default_factory=queue.Queue)
    problems: dict[str, queue.Queue[list[Problem]]] = field(default_factory=dict)
    asked: int = 0
    opened: int = 0

    def open(self, text: str) -> str:
        """The URI of a new document with this text."""
        self.opened += 1
        uri = f"file:///editor/{self.opened}.yaml"
        self.problems[uri] = queue.Queue()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        return uri

    def close(self, uri: str) -> None:
        self._send("textDocument/didClose", {"textDocument": {"uri": uri}})

    def completions(self, text: str, line: int, column: int) -> Mapping[str, str]:
        """What is offered at a position: the sentence that is shown beside each label."""
        uri = self.open(text)
        result = self._at("textDocument/completion", uri, line, column)
        self.close(uri)
        items = result["items"] if isinstance(result, dict) else result or []
        return {item["label"]: _text(item.get("documentation")) for item in items}

    def hover(self, text: str, line: int, column: int) -> str:
        """What is shown when the pointer rests on a position."""
        uri = self.open(text)
        result = self._at("textDocument/hover", uri, line, column)
        self.close(uri)
        return _text(result["contents"]) if result else ""

    def diagnose(self, text: str) -> list[Problem]:
        """What is underlined in a document."""
        uri = self.open(text)
        found = self.problems[uri].get(timeout=PATIENCE)
        self.close(uri)
        return found

    def request(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """The result of a request; RuntimeError with what the server says of one that failed."""
        self.asked += 1
        self._send(method, parameters, self.asked)
        answer = self.answers.get(timeout=PATIENCE)
        assert answer["id"] == self.asked
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def notify(self, method: str, parameters: Mapping[str, Any]) -> None:
        self._send(method, parameters)

    def _at(self, method: str, uri: str, line: int, column: int) -> Any:
        return self.request(method, {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}})

    def _send(self, method: str, parameters: Mapping[str, Any], number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": parameters}
        self._write(message if number is None else message | {"id": number})

    def _write(self, message: Mapping[str, Any]) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        body = json.dumps(message).encode()
        stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stdin.flush()

    def listen(self, stdout: IO[bytes]) -> None:
        """Take what the server says until it ends; its own questions are about settings, and are answered."""
        while (message := _read(stdout)) is not None:
            if "method" not in message:
                self.answers.put(message)
            elif message["method"] == "textDocument/publishDiagnostics":
                found = message["params"]
                known = self.problems.get(found["uri"])
                if known is not None:
                    known.put([Problem(d["range"]["start"]["line"] + 1, d["message"]) for d in found["diagnostics"]])
            elif "id" in message:
                asked = (
                    message.get("params", {}).get("items", []) if message["method"] == "workspace/configuration" else []
                )
                result = [SETTINGS.get(item.get("section"), {}) for item in asked]
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": result or None})
        self.answers.put({"id": self.asked, "error": {"message": "the language server has ended"}})


def _read(stdout: IO[bytes]) -> Any:
    """The next message, or None at the end."""
    length = 0
    while (line := stdout.readline().strip()) or not length:
        if not line:
            return None
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stdout.read(length))


def _text(contents: Any) -> str:
    """Markup or plain text as text."""
    return str(contents["value"] if isinstance(contents, dict) else contents or "")


@contextmanager
def server() -> Iterator[LanguageServer]:
    """A server that is ready to answer, and is ended afterwards."""
    script = node.modules() / "yaml-language-server" / "bin" / "yaml-language-server"
    process = subprocess.Popen(
        [program("node"), str(script), "--stdio"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    running = LanguageServer(process)
    assert process.stdout is not None
    reader = threading.Thread(target=running.listen, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        running.request("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        running.notify("initialized", {})
        running.notify("workspace/didChangeConfiguration", {"settings": SETTINGS})
        yield running
        running.request("shutdown", {})
        running.notify("exit", {})
        process.wait(10)
    finally:
        process.kill()
        process.wait()
        reader.join(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
