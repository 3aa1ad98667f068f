"""A PostgreSQL server of one's own: a fresh cluster in a temporary folder, with a password, statements logged."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.services.processes import free_port, program

USER = "watcher"
PASSWORD = "correct-horse"  # of a server that lives for one test session
_BINARIES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        """The database `postgres`, for a superuser."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"


@contextlib.contextmanager
def server() -> Iterator[Postgres]:
    """Start a server, hand it out, end it. Root cannot run PostgreSQL, so root runs it as the user `postgres`."""
    owner = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="driftline-postgres-"))
    password, log, data = folder / "password", folder / "log", folder / "data"
    password.write_text(PASSWORD)
    if owner is not None:
        account = pwd.getpwnam(owner)
        for path in (folder, password):
            os.chown(path, account.pw_uid, account.pw_gid)
    port = free_port()

    def run(name: str, *arguments: str) -> None:
        command = [program(name, *_BINARIES), "-D", str(data), *arguments]
        done = subprocess.run(
            command, user=owner, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise RuntimeError(f"{name} failed: {done.stderr}{log.read_text() if log.exists() else ''}")

    try:
        run("initdb", "-U", USER, "-A", "scram-sha-256", "--pwfile", str(password), "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c log_statement=all"
        # pg_ctl's own output goes to a file: the server inherits it, and a pipe would stay open as long as it lives.
        command = [program("pg_ctl", *_BINARIES), "-D", str(data), "-o", options, "-l", str(log), "-w", "start"]
        with (folder / "start").open("w") as output:
            subprocess.run(command, user=owner, cwd=folder, stdout=output, stderr=output, check=True)
        try:
            yield Postgres(port, log)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
