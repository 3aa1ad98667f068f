"""Who holds a lease: a process, named so that another on the same machine can see that it is gone."""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path


def new_holder() -> str:
    """A name for one lease of this process: `host/pid/start/machine/nonce`."""
    pid = os.getpid()
    return "/".join((socket.gethostname(), str(pid), _started(pid), _machine(), uuid.uuid4().hex[:8]))


def is_gone(holder: str) -> bool:
    """Whether the holder is certainly dead: it ran on this machine, and no such process runs any more.

    False when that cannot be known: then the lease ends when it expires.
    """
    parts = holder.split("/")
    if len(parts) != 5 or not parts[1].isdigit():
        return False
    _, pid, started, machine, _ = parts
    return machine != "" and machine == _machine() and started != "" and started != _started(int(pid))


def _machine() -> str:
    """The boot and the process namespace that a process number counts in; empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in clock ticks: numbers of processes are used again. Empty when there is none.

    A zombie counts as none: it will write nothing any more.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
