"""What all servers for tests share: where a program is, a port that is free, waiting until something answers."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import time
from collections.abc import Callable


def program(name: str, *patterns: str) -> str:
    """The path of a program, on PATH or where a distribution keeps it; a test never passes for want of one."""
    found = shutil.which(name)
    for pattern in patterns:
        found = found or next(iter(sorted(glob.glob(os.path.join(pattern, name)), reverse=True)), None)
    if found is None:
        raise RuntimeError(f"{name} is not installed; `make test` installs what the tests need")
    return found


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Return as soon as `ready` says so; fail with the name of what did not come."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {seconds:g} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
