"""What a whole process costs: wall time, processor time and peak memory.

Nothing heavy may be imported here: on Linux a child's peak memory is at least that of the process that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock, seconds of processor (user and system, all threads), bytes of memory at the peak."""

    wall: float
    processor: float
    memory: int


def measure(command: Sequence[str], directory: Path, output: Path, fine: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end, its stdout into a file; RuntimeError with its stderr when its exit code is not fine."""
    errors = output.with_suffix(".stderr")
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen did not see it end
    if process.returncode not in fine:
        raise RuntimeError(f"{' '.join(command)} exited with {process.returncode}: {errors.read_text('utf-8')}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT)
