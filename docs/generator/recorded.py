"""Outputs that the documents show, recorded from real runs.

A document marks a block by a comment in the line above it: `<!-- recorded: COMMAND -->` is followed by what the shell
command printed, `<!-- recorded: notices -->` by the notices that a local receiver got since the last such block, and
`<!-- file: NAME -->` by a file that the commands may name; `<!-- shown: PATH -->` by a file of the project.

A document is one session: its commands run in order, in a folder of their own that holds the example, its data and the
files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.demo.demo import EXAMPLE, PROJECT, Receiver, shown

DOCUMENTS = (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
_FILE = re.compile(r"<!-- file: (\S+) -->\n+```\w[^\n]*\n(.*?\n)```", re.DOTALL)
_RECORDED = re.compile(r"(<!-- recorded: (.+?) -->\n+```\w[^\n]*\n).*?(```)", re.DOTALL)
_SHOWN = re.compile(r"(<!-- shown: (\S+) -->\n+```\w[^\n]*\n).*?(```)", re.DOTALL)
_SPACES = re.compile(r" +$", re.MULTILINE)


@dataclass(frozen=True)
class Session:
    """A folder to run commands in, and the receiver that the example's channel leads to."""

    folder: Path
    receiver: Receiver

    def output(self, command: str) -> str:
        """What a marker stands for: the notices, or the command and what it printed."""
        if command == "notices":
            texts = [shown(notice) for notice in self.receiver.notices]
            self.receiver.notices.clear()
            return "\n\n".join(texts) + "\n"
        path = os.pathsep.join((str(self.folder / "bin"), os.environ["PATH"]))
        environment = {**os.environ, "PATH": path, "OPS_URL": self.receiver.channel, "NO_COLOR": "1"}
        environment["PYTHONPATH"] = str(PROJECT / "engine")
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return f"$ {command}\n{_SPACES.sub('', done.stdout).rstrip()}\n"


def as_recorded(document: Path) -> str:
    """The text of a document with every recorded block as it reads now."""
    text = document.read_text("utf-8")
    text = _SHOWN.sub(lambda found: found[1] + (PROJECT / found[2]).read_text("utf-8") + found[3], text)
    if _RECORDED.search(text) is None:
        return text
    with tempfile.TemporaryDirectory(prefix="driftline-docs-") as name, Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        _prepare(Path(name), text)
        session = Session(Path(name), receiver)
        filled = _RECORDED.sub(lambda found: found.group(1) + session.output(found.group(2)) + found.group(3), text)
        receiver.shutdown()
    return filled


def _prepare(folder: Path, text: str) -> None:
    """The example and its data, the document's own files, and `driftline` as a command."""
    shutil.copy(PROJECT / EXAMPLE, folder)
    for needed in ("tests", "schemas"):
        (folder / needed).symlink_to(PROJECT / needed)
    for file, content in _FILE.findall(text):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    command = folder / "bin" / "driftline"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m driftline.cli.main "$@"\n')
    command.chmod(0o755)


def write() -> Iterator[str]:
    """Record every document again; the paths that changed."""
    for document in DOCUMENTS:
        text = as_recorded(document)
        if text != document.read_text("utf-8"):
            document.write_text(text, "utf-8")
            yield str(document)
