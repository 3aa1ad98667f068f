"""What is fuzzed: text -> `driftline validate`, in this process, under the eyes of an audit hook."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
import sysconfig
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from driftline.cli.validate import FORMATS, command

SECONDS = 6.0  # of processor time for one input: what hangs takes longer on any machine
WAITING = 60.0  # seconds of wall clock, for what waits: the machine may be busy
PROJECT = Path(__file__).parents[2]
SECRET = "s3cr3t-0f-the-file"
PART = "windows: {weekly: {size: 7d}}\nchannels: {ops: {url: json://localhost:1}}\n"
# Python's own files and driftline's, which are opened by imports, and the time zones.
_OURS = (PROJECT / "engine", PROJECT / "schemas", PROJECT / "docs")
_OWN = tuple(
    os.path.realpath(str(path))
    for path in (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *_OURS, *zoneinfo.TZPATH)
)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Failed(AssertionError):
    """An input that `validate` does not deal with."""


class Watch:
    """Notes what is opened while it is on; a hook stays for the life of the process, so there is one."""

    def __init__(self) -> None:
        self.on = False
        self.opened: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event in ("open", "os.scandir", "os.listdir"):
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                self.opened.append(os.fsdecode(path))
        elif event.startswith(("socket.connect", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")):
            self.opened.append(f"<{event}>")

    def outside(self, folder: Path, text: str) -> list[str]:
        """What was opened and is neither in the folder, nor Python's, nor named by the text as a secret file."""
        allowed = (os.path.realpath(folder), *_OWN)
        named = {os.path.realpath(folder / name) for name in re.findall(r"\$\{file:([^{}\0]*)\}", text)}
        return [
            path
            for path in dict.fromkeys(self.opened)
            if not (real := os.path.realpath(path)).startswith(allowed) and real not in named
        ]


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Failed("not done in time")

    timers = ((signal.SIGPROF, signal.ITIMER_PROF, seconds), (signal.SIGALRM, signal.ITIMER_REAL, WAITING))
    before = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, limit in timers:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


_watch: list[Watch] = []


def check(content: bytes, folder: Path, form: str = "text", options: Sequence[str] = ()) -> int:
    """Validate one input; its exit code. Raises Failed, or whatever escapes from `validate`."""
    if not _watch:
        _watch.append(Watch())
    watch = _watch[0]
    file = folder / "monitors.yaml"
    file.write_bytes(content)
    said = io.StringIO()
    watch.opened.clear()
    watch.on = True
    try:
        with _limit(SECONDS), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = command.main([str(file), "--format", form, *options], standalone_mode=False)
    finally:
        watch.on = False
    if code not in (0, 1, 2):
        raise Failed(f"exit code {code}")
    if outside := watch.outside(folder, content.decode("utf-8", "replace")):
        raise Failed(f"opened {', '.join(outside)}")
    if form == "text" and (found := _CONTROL.search(said.getvalue())) is not None:
        raise Failed(f"the control character {ord(found.group()):#x} is shown")
    if SECRET in said.getvalue() and b"include" not in content:  # what is included may be quoted
        raise Failed("the secret is shown")
    return int(code)


def project(folder: Path) -> Path:
    """A folder with what inputs may name: a file to include, and one with a secret."""
    (folder / "part.yaml").write_text(PART, "utf-8")
    (folder / "secret.txt").write_text(f"{SECRET}\n", "utf-8")
    return folder


__all__ = ["FORMATS", "Failed", "check", "project"]
