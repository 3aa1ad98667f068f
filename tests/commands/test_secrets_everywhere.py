"""A secret at every place of the language, through every command in every form: it is said nowhere and kept nowhere.

Commands, forms and places are found, not listed, so that new ones are covered on the day on which they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import pytest
import yaml

from driftline import registry
from driftline.cli.main import COMMANDS
from driftline.schema.kinds import Language
from driftline.schema.shapes import ChoiceShape, ListShape, MapShape, ScalarShape, Shape
from tests.commands import rows
from tests.commands.project import Project, Ran
from tests.services.processes import free_port
from tests.services.receiver import Receiver, receiver

CANARY = "CANARY/s3cr3t+0f the-team"
IN_CLEAR = "CLEAR-hunter2-in-the-file"
QUOTED = quote(CANARY, safe="")
FORMS_OF_IT = (
    CANARY,
    QUOTED,
    quote(CANARY),
    CANARY[:12],
    quote(CANARY[:12], safe=""),
    CANARY[-10:],
    IN_CLEAR,
)
PLACED = """
sources:
  scored: {path: scored.parquet, timestamp: ts}
  training: {path: "${TRAINING}/training.parquet"}
  gone: {path: "${TRAINING}/${PLANTED}/x.parquet", timestamp: ts}
  cloud:
    path: "s3://bucket/${PLANTED}.parquet"
    storage:
      aws_secret_access_key: "${PLANTED}"
      aws_access_key_id: "${file:token}"
      aws_region: eu
      aws_allow_http: true
      aws_endpoint_url: "http://127.0.0.1:9/${QUOTED}"
      max_retries: 0
  base: {type: sql, url: "postgresql://user:${QUOTED}@127.0.0.1:9/base", query: "SELECT '${PLANTED}' AS x"}
  lite: {type: sql, url: "sqlite:///scored.parquet?${QUOTED}", query: "SELECT '${PLANTED}' AS x"}
models:
  churn: {source: scored, baseline: training, roles: {id: id, score: p, prediction: yhat, target: y}, task: binary}
monitors:
  high-x: {check: mean, model: churn, columns: [x], threshold: {critical: {above: 2}}}
  gone: {source: gone, check: row_count, threshold: none}
  cloud: {source: cloud, check: row_count, threshold: none}
  base: {source: base, check: row_count, threshold: none}
  lite: {source: lite, check: row_count, threshold: none}
channels:
  ops: {url: "${OPS_URL}"}
  down: {url: "json://user:${QUOTED}@127.0.0.1:9/hook?+X-Token=${QUOTED}&-token=${QUOTED}"}
  clear: {url: "json://user:CLEAR-hunter2-in-the-file@127.0.0.1:9/hook?+X-Token=CLEAR-hunter2-in-the-file"}
  odd: {url: "nonsense://${QUOTED}"}
actions:
  retrain: {type: webhook, url: "http://127.0.0.1:9/${QUOTED}", headers: {Authorization: "Bearer ${file:token}"}}
"""


def all_calls(file: Path, data: Path) -> Iterator[tuple[str, ...]]:
    """Every command on a file, in each of its forms, with the flags that make it say more."""
    for name in COMMANDS:
        command: click.Command = import_module(f"driftline.cli.{name}").command
        options = {option: parameter for parameter in command.params for option in parameter.opts}
        about = [str(data), "--output", "-"] if name == "init" else [str(file)] if name != "schema" else []
        about += ["--at", rows.day(2)] if "--at" in options else []
        form = options["--format"].type if "--format" in options else None
        choices = form.choices if isinstance(form, click.Choice) else ("",)
        for choice in choices:
            call = (name, *about, *(("--format", choice) if choice else ()))
            yield call
            yield from ((*call, flag) for flag in ("--dry-run", "--verbose", "--origin", "--data") if flag in options)
        yield ("--log-format", "json", name, *about)


def nowhere(project: Project, said: list[Ran], besides: tuple[str, ...]) -> None:
    for text in FORMS_OF_IT:
        leaks = [ran.said for ran in said if text in ran.said]
        assert not leaks, next(line for line in leaks[0].splitlines() if text in line)
        assert project.holding(text, besides=besides) == []


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def test_no_command_says_or_keeps_a_secret_in_any_form(
    project: Project, service: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    project.data("scored.parquet", rows.scored(4, shift={1: 5.0, 2: 5.0}))
    project.data("training.parquet", rows.training())
    project.write(CANARY, name="token")
    file = project.write("version: 1", PLACED)
    env = {
        "TRAINING": str(project.folder),
        "PLANTED": CANARY,
        "QUOTED": QUOTED,
        "OPS_URL": f"json://user:{QUOTED}@127.0.0.1:{service.port}/hook",
    }
    calls = list(all_calls(file, project.folder / "scored.parquet"))
    assert len(calls) > 20
    said = [project.call(*call, env=env) for call in calls]
    nowhere(project, said, besides=("token", "monitors.yaml"))
    assert len(service.got) == 1  # what it is for it reached
    assert any("critical" in ran.stdout for ran in said)
    assert {0, 4} <= {ran.code for ran in said}  # some are fine, and notices that fail are tried


def test_no_command_says_a_secret_of_a_file_that_cannot_be_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    project.data("scored.parquet", rows.scored(2))
    project.write(CANARY, name="token")
    wrong = PLACED.replace("{url: ", "{urll: 1, url: ").replace("path: ", "pathh: 1, path: ").replace("max_", "max__")
    file = project.write("version: 1", wrong, f'store: "postgresql://u:${{QUOTED}}@127.0.0.1:{free_port()}/state"')
    env = {
        "TRAINING": CANARY,
        "PLANTED": CANARY,
        "QUOTED": QUOTED,
        "OPS_URL": f"json://{quote(CANARY)}",
    }
    said = [project.call(*call, env=env) for call in all_calls(file, project.folder / "scored.parquet")]
    nowhere(project, said, besides=("token", "monitors.yaml"))


# Every place of the schema -------------------------------------------------------------------------------------------

Steps = tuple[str | int, ...]


def places(shape: Shape, path: Steps = (), open_: tuple[int, ...] = ()) -> Iterator[tuple[Steps, bool]]:
    """The paths of all single values, and whether a secret may stand there."""
    if isinstance(shape, ScalarShape):
        yield path, shape.from_environment
    elif isinstance(shape, ChoiceShape):
        forms: tuple[Shape | None, ...] = (*shape.scalars[:1], shape.list_, shape.map_)
        for each in (form for form in forms if form is not None):
            yield from places(each, path, open_)
    elif isinstance(shape, ListShape):
        yield from places(shape.items, (*path, 0), open_)
    elif isinstance(shape, MapShape) and id(shape) not in open_:
        for name, each in shape.properties.items():
            yield from places(each, (*path, name), (*open_, id(shape)))
        if shape.extra is not None:
            yield from places(shape.extra, (*path, "any"), (*open_, id(shape)))


def all_places() -> list[tuple[Steps, bool]]:
    language = Language(registry.load())
    found = [*places(language.root), *((("defaults", *path), may) for path, may in places(language.defaults))]
    for kind in language.registry.sources:
        found += [(("sources", kind, *path), may) for path, may in places(language.source_shape(kind))]
    for kind in language.registry.checks:
        shape = language.monitor_shape(kind).properties["params"]
        found += [(("monitors", kind, "params", *path), may) for path, may in places(shape)]
    return [(path, may) for path, may in dict.fromkeys(found) if path[0] not in ("version", "include", "environments")]


def written_at(path: Steps, value: str) -> Any:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}  # type: ignore[assignment]
    return value


def test_a_secret_is_refused_wherever_the_schema_does_not_say_that_it_is_hidden(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    found = all_places()
    assert len(found) > 200
    assert {path[-1] for path, may in found if may} >= {"url", "path", "query", "store"}
    for path, may in found:
        document = {"version": 1, **written_at(path, "${PLANTED}")}
        if path[0] == "monitors" and "params" in path:
            document["monitors"][path[1]]["check"] = path[1]
        if path[0] == "sources" and path[2] != "type":
            document["sources"][path[1]]["type"] = path[1] if path[1] in registry.load().sources else "parquet"
        project.write(yaml.safe_dump(document))
        ran = project.call("validate", env={"PLANTED": CANARY})
        assert ("error DL170" in ran.stdout) is not may, (path, ran.stdout)
        assert CANARY not in ran.said
