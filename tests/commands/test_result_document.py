"""`driftline run --format json` prints what `schemas/result.schema.json` describes, whatever happens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.services.processes import free_port
from tests.services.receiver import receiver

PROJECT = Path(__file__).parents[2]
EXAMPLE = "monitors.example.yaml"
SCHEMA: dict[str, Any] = json.loads((PROJECT / "schemas" / "result.schema.json").read_text("utf-8"))

# Every status but ok: a threshold that breaches, too few rows, a window without rows, a column and a source that fail.
TROUBLE = """
version: 1
sources:
  rows: {path: rows.csv, timestamp: at}
  gone: {path: gone.csv}
models:
  m: {source: rows, baseline: gone}
windows: {daily: {size: 1d}}
monitors:
  volume: {check: row_count, window: daily, threshold: {critical: {below: 5}}}
  gaps: {check: missing_rate, columns: [x], window: daily, min_rows: 50, threshold: {warning: {above: 1%}}}
  empty: {check: mean, columns: [y], window: daily, min_rows: 0, threshold: {warning: {above: 1}}}
  drift: {check: psi, columns: [x], window: daily}
"""


def run(folder: Path, *arguments: str, url: str) -> Mapping[str, Any]:
    """The document that the command prints."""
    command = [sys.executable, "-m", "driftline.cli.main", "run", *arguments, "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "engine"), "OPS_URL": url}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def faults(document: Any) -> list[str]:
    """What the schema has against a document, with its place."""
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with a store of its own; the data that it names are linked."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copy(PROJECT / EXAMPLE, folder)
    (folder / "tests").symlink_to(PROJECT / "tests")
    return folder


@pytest.fixture(scope="module")
def documents(example: Path) -> Iterator[dict[str, Mapping[str, Any]]]:
    """A dry run, a first run whose channel cannot be reached, and a run that reaches it."""
    arguments = (EXAMPLE, "--at", "latest")
    dead = f"json://127.0.0.1:{free_port()}"
    with receiver() as service:
        yield {
            "dry": run(example, *arguments, "--dry-run", url=dead),
            "unreachable": run(example, *arguments, url=dead),
            "delivered": run(example, *arguments, url=service.url()),
        }


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_object_names_all_its_keys_requires_them_and_allows_no_other() -> None:
    objects = [SCHEMA, *SCHEMA["$defs"].values(), SCHEMA["properties"]["summary"]]
    objects.append(SCHEMA["$defs"]["result"]["properties"]["window"])
    closed = [each for each in objects if each.get("type") == "object"]
    assert len(closed) == 7
    for each in closed:
        assert each["required"] == list(each["properties"])
        assert each["additionalProperties"] is False


@pytest.mark.parametrize("name", ["dry", "unreachable", "delivered"])
def test_the_example_prints_what_the_schema_describes(documents: dict[str, Mapping[str, Any]], name: str) -> None:
    document = documents[name]
    assert faults(document) == []
    assert sum(document["summary"].values()) == len(document["results"]) > 40
    assert {each["state"] for each in document["alerts"]} == {"pending", "firing"}


def test_deliveries_say_what_became_of_the_notices(documents: dict[str, Mapping[str, Any]]) -> None:
    status = {name: {each["status"] for each in document["deliveries"]} for name, document in documents.items()}
    assert status["dry"] == set()
    assert status["unreachable"] == {"failed", "queued"}
    assert "sent" in status["delivered"]


def test_what_cannot_be_judged_is_in_the_document_as_well(tmp_path: Path) -> None:
    (tmp_path / "monitors.yaml").write_text(TROUBLE, "utf-8")
    rows = [f"2026-03-01T0{hour}:00:00Z,{hour}.5," for hour in range(3)]
    (tmp_path / "rows.csv").write_text("\n".join(["at,x,y", *rows, "2026-03-02T00:00:00Z,1,2.5", ""]), "utf-8")
    document = run(tmp_path, "--at", "2026-03-02T00:00:00Z", url="json://unused")
    assert faults(document) == []
    status = {each["monitor"]: each["status"] for each in document["results"]}
    assert status == {"volume": "critical", "gaps": "insufficient_data", "empty": "no_data", "drift": "error"}


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("extra",), 1, "$: Additional properties are not allowed"),
        (("at",), "2026-03-01T00:00:00+01:00", "$.at: "),
        (("results", 0, "extra"), 1, "$.results[0]: Additional properties are not allowed"),
        (("results", 0, "value"), "1", "$.results[0].value: "),
        (("results", 0, "status"), "fine", "$.results[0].status: "),
        (("results", 0, "p_value"), 1.5, "$.results[0].p_value: "),
        (("results", 0, "segment"), {}, "$.results[0].segment: "),
        (("results", 0, "metric"), "revenue", "$.results[0].metric: "),
        (("alerts", 0, "state"), "inactive", "$.alerts[0].state: "),
        (("alerts", 0, "since"), None, "$.alerts[0].since: "),
    ],
)
def test_the_schema_refuses_what_is_not_so(
    documents: dict[str, Mapping[str, Any]], path: tuple[str | int, ...], value: object, fault: str
) -> None:
    document = json.loads(json.dumps(documents["dry"]))
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = value
    assert any(each.startswith(fault) for each in faults(document)), faults(document)


@pytest.mark.parametrize("place", ["", "summary", "results", "alerts"])
def test_the_schema_refuses_a_document_that_lacks_any_key(documents: dict[str, Mapping[str, Any]], place: str) -> None:
    document = json.loads(json.dumps(documents["dry"]))
    inner = document[place] if place else document
    inner = inner[0] if isinstance(inner, list) else inner
    for name in list(inner):
        removed = inner.pop(name)
        assert any("is a required property" in each for each in faults(document)), name
        inner[name] = removed
