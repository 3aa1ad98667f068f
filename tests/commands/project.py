"""A small project in a folder of its own, and the command run on it, in this process or as one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl
import pytest

from driftline.cli.main import outcome
from driftline.store.store import Store

ROOT = Path(__file__).parents[2]
FLIGHTS = ROOT / "tests" / "data" / "flights"
Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.stdout)

    @property
    def results(self) -> list[Row]:
        found: list[Row] = self.document["results"]
        return found

    @property
    def alerts(self) -> list[Row]:
        found: list[Row] = self.document["alerts"]
        return found

    @property
    def deliveries(self) -> list[tuple[str, str]]:
        return [(each["channel"], each["status"]) for each in self.document["deliveries"]]

    def of(self, monitor: str, **where: object) -> list[Row]:
        """The results of a monitor whose keys are as given."""
        return [r for r in self.results if r["monitor"] == monitor and all(r[k] == v for k, v in where.items())]

    def one(self, monitor: str, **where: object) -> Row:
        found = self.of(monitor, **where)
        assert len(found) == 1, f"{len(found)} results of {monitor} {where}\n{self.stderr}"
        return found[0]

    def statuses(self, monitor: str, key: str = "column") -> dict[Any, str]:
        """The status by column, or by another key."""
        return {each[key]: each["status"] for each in self.of(monitor)}

    def values(self, monitor: str) -> list[Any]:
        return [each["value"] for each in self.of(monitor)]


@dataclass(frozen=True)
class Project:
    """A folder with a monitors.yaml and data beside it."""

    folder: Path

    def write(self, *parts: str, name: str = "monitors.yaml") -> Path:
        """A file of these parts, each without its own indentation."""
        path = self.folder / name
        path.write_text("\n".join(dedent(part).strip("\n") for part in parts) + "\n", "utf-8")
        return path

    def data(self, name: str, frame: pl.DataFrame) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)
        return path

    def call(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """The command in this process, its exit code and all it says."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["driftline", *arguments])
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = outcome("json" if "json" in arguments[:2] else "text")
        assert "Traceback" not in err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, file: str = "monitors.yaml") -> Ran:
        """`driftline run --format json`, in this process."""
        return self.call("run", str(self.folder / file), "--format", "json", *arguments, env=env)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """`driftline …` as a process in the project's folder, still running."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine"), **(env or {})}
        command = [sys.executable, "-m", "driftline.cli.main", *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def process(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """`driftline …` as a process, run to its end."""
        with self.start(*arguments, env=env) as process:
            out, err = process.communicate()
        assert "Traceback" not in err, err
        return Ran(process.returncode, out, err)

    def store(self) -> Store:
        """The state, to look at."""
        return Store.open("sqlite:///.driftline/state.db", self.folder, read_only=True)

    def files(self) -> list[str]:
        """Every file of the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def holding(self, text: str, *, besides: Sequence[str] = ()) -> list[str]:
        """The files in which a text stands, but for those named."""
        found = [name for name in self.files() if text.encode() in (self.folder / name).read_bytes()]
        return [name for name in found if name not in besides]


def is_alike(one: Any, other: Any) -> bool:
    """Equal; sums in another order differ in their last bits."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_alike(value, other[name]) for name, value in one.items())
    return bool(one == other)
