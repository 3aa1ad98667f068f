"""The demo: run the example as it stands, and show the notice that a receiver on this machine gets.

A copy of the example runs in a temporary folder, so every run starts with an empty store and the tree stays clean.
Exit code 0 when the run succeeded and a notice arrived.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = "monitors.example.yaml"
COMMAND = ("run", EXAMPLE, "--at", "latest", "--fail-on", "never")


class Receiver(ThreadingHTTPServer):
    """An HTTP server on loopback that keeps what is posted to it."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        super().__init__(("127.0.0.1", 0), Inbox)

    @property
    def channel(self) -> str:
        """Its address as a channel's URL."""
        return f"json://127.0.0.1:{self.server_port}/"


class Inbox(BaseHTTPRequestHandler):
    """Takes every POST."""

    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.notices.append(self.rfile.read(length).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the demo prints the notices themselves."""


def run_example(channel: str) -> int:
    """Run the example in a folder of its own; the data and schemas it names are linked, not copied."""
    with tempfile.TemporaryDirectory(prefix="driftline-demo-") as name:
        folder = Path(name)
        shutil.copy(PROJECT / EXAMPLE, folder)
        for needed in ("tests", "schemas"):
            (folder / needed).symlink_to(PROJECT / needed)
        print(f"$ driftline {' '.join(COMMAND)}\n", flush=True)
        driftline = [sys.executable, "-m", "driftline.cli.main", *COMMAND]
        return subprocess.run(driftline, cwd=folder, env={**os.environ, "OPS_URL": channel}, check=False).returncode


def shown(notice: str) -> str:
    """A notice as a person reads it: its title and text, or all of it when it is not Apprise's JSON."""
    try:
        content = json.loads(notice)
    except ValueError:
        return notice
    if not isinstance(content, dict) or "message" not in content:
        return json.dumps(content, indent=2, ensure_ascii=False)
    return f"{content.get('title', '')}\n\n{content['message']}".strip()


def main() -> int:
    """Start the receiver, run the example, show what arrived."""
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        code = run_example(receiver.channel)
        receiver.shutdown()
    for notice in receiver.notices:
        print(f"\n──── received by the channel `ops` ────\n{shown(notice)}")
    if code:
        print(f"\nThe run ended with exit code {code}.", file=sys.stderr)
        return code
    if not receiver.notices:
        print("\nNo notice arrived.", file=sys.stderr)
        return 1
    print(f"\n{len(receiver.notices)} notice(s) received.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
