"""`python -m tests.fuzz --inputs 10000 --seed 1`: fuzz `validate`; what fails is kept in tests/fuzz/corpus/.

The same seed makes the same inputs. Of a failure, the lines that it does not need are taken out before it is kept.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.inputs import CORPUS, make
from tests.fuzz.target import FORMATS, Failed, check, project


def failure(content: bytes, folder: Path, form: str) -> str | None:
    """What is wrong with `validate` on an input: the kind of error and where it is raised; None when all is well."""
    try:
        check(content, folder, form)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        return str(error)[:60] if isinstance(error, Failed) else f"{type(error).__name__} in {where}"
    return None


def smaller(content: bytes, folder: Path, form: str, reason: str) -> bytes:
    """The input without the lines that its failure does not need."""
    lines = content.split(b"\n")
    step = max(len(lines) // 2, 1)
    while step:
        start = 0
        while start < len(lines):
            fewer = lines[:start] + lines[start + step :]
            if failure(b"\n".join(fewer), folder, form) == reason:
                lines = fewer
            else:
                start += step
        step //= 2
    return b"\n".join(lines)


def main() -> None:
    """Run, keep what fails, say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    codes: Counter[str] = Counter()
    failures: dict[str, Path] = {}
    slowest, started = 0.0, time.perf_counter()
    gc.set_threshold(100_000)
    CORPUS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name).resolve())
        for number in range(arguments.inputs):
            content = make(random).encode("utf-8", "replace")
            form = FORMATS[number % len(FORMATS)]
            begun = time.process_time()
            reason = failure(content, folder, form)
            slowest = max(slowest, time.process_time() - begun)
            codes["failed" if reason else "handled"] += 1
            if reason is not None and reason not in failures:
                content = smaller(content, folder, form, reason)
                failures[reason] = CORPUS / f"{hashlib.sha256(content).hexdigest()[:12]}.yaml"
                failures[reason].write_bytes(content)
                print(f"{number}: {reason} -> {failures[reason]}", flush=True)
            if number % 10_000 == 9_999:
                print(f"{number + 1:,} inputs, {(number + 1) / (time.perf_counter() - started):.0f}/s", flush=True)
    took = time.perf_counter() - started
    print(f"{arguments.inputs:,} inputs of seed {arguments.seed}: {arguments.inputs / took:.0f}/s, the slowest took")
    print(f"{slowest:.2f} s of processor time; {codes['failed']:,} failed in {len(failures)} ways")


if __name__ == "__main__":
    main()
