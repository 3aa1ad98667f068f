"""Prometheus, its push gateway and promtool, as they are installed: real servers on loopback."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.processes import free_port, program, wait_until

CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: gateway
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{gateway}"]}}]
"""


@dataclass(frozen=True)
class Gateway:
    """A running push gateway."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def metrics(self) -> str:
        """What it would let Prometheus scrape."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            return str(answer.read(), "utf-8")


@dataclass(frozen=True)
class Prometheus:
    """A running server that scrapes a gateway every second."""

    port: int

    def ask(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer of its HTTP interface."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result of PromQL, now."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found


@contextlib.contextmanager
def gateway() -> Iterator[Gateway]:
    """Start a push gateway, hand it out, end it."""
    running = Gateway(free_port())
    with _process("prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{running.port}", url=running.url):
        yield running


@contextlib.contextmanager
def server(scraped: Gateway, rules: Path, folder: Path) -> Iterator[Prometheus]:
    """Start Prometheus with alerting rules, hand it out, end it."""
    running = Prometheus(free_port())
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(rules=rules, gateway=scraped.port), "utf-8")
    arguments = (
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{running.port}",
    )
    with _process("prometheus", *arguments, url=f"http://127.0.0.1:{running.port}"):
        yield running


@contextlib.contextmanager
def _process(name: str, *arguments: str, url: str) -> Iterator[None]:
    command = [program(name), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or _is_ready(url), name)
        if process.poll() is not None:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1):
            return True
    except OSError:
        return False


def promtool(*arguments: str, text: str = "") -> str:
    """What promtool says; an empty text means that it has nothing against it. AssertionError when it fails."""
    done = subprocess.run([program("promtool"), *arguments], input=text, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    assert done.returncode == 0, said
    return said
