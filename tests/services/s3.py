"""An object store that speaks S3: moto's server on loopback, filled over plain HTTP."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from tests.services.processes import free_port, listens, wait_until


@dataclass(frozen=True)
class ObjectStore:
    """A running store with one bucket, `data`."""

    port: int

    @property
    def storage(self) -> dict[str, str]:
        """What a source's `storage` says to reach it."""
        return {
            "aws_endpoint_url": f"http://127.0.0.1:{self.port}",
            "aws_access_key_id": "an-access-key",
            "aws_secret_access_key": "a-secret-key",
            "aws_region": "us-east-1",
            "aws_allow_http": "true",
        }

    def put(self, key: str, content: bytes = b"") -> None:
        """Store an object; the bucket itself is the key ''."""
        address = f"http://127.0.0.1:{self.port}/data/{key}".rstrip("/")
        headers = {"Content-Type": "application/octet-stream"}  # as a form, moto would parse it
        request = urllib.request.Request(address, data=content, headers=headers, method="PUT")
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextlib.contextmanager
def server() -> Iterator[ObjectStore]:
    """Start the store, hand it out, end it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: listens(port), "moto_server")
        store = ObjectStore(port)
        store.put("")
        yield store
    finally:
        process.terminate()
        process.wait(timeout=10)
