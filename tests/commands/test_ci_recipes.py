"""What CI systems are given: the pre-commit hook, the GitHub Action and the recipes of docs/ci.md, checked and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.commands.project import ROOT

BIN = Path(sys.executable).parent
CI_PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GOOD = """
version: 1
sources:
  scored:   {path: scored.parquet}
  training: {path: training.parquet}
models:
  churn: {source: scored, baseline: training}
monitors:
  drift: {preset: drift}
channels:
  ops: {url: "${OPS_URL}"}
"""
BAD = GOOD.replace("preset: drift", "preset: drfit")
SAID = "monitors.yaml:9:19: error DL023: `preset` takes one of "


@dataclass(frozen=True)
class Done:
    code: int
    output: str


def execute(*command: str, folder: Path, env: Mapping[str, str] | None = None) -> Done:
    """A program run to its end, both of its outputs together."""
    identity = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    apart = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **identity, **apart, **(env or {})}, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Done(done.returncode, done.stdout)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """A folder for what is installed, which is large and does not stay."""
    folder = tmp_path / "installed"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def commit(folder: Path) -> str:
    """A repository of a folder's files; the commit."""
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--no-verify", "--message", "all")):
        done = execute("git", *command, folder=folder)
        assert done.code == 0, done.output
    return execute("git", "rev-parse", "HEAD", folder=folder).output.strip()


def fits(schema: str, text: str, folder: Path) -> None:
    """The text fits a schema that the CI system's own editor support uses."""
    path = folder / "checked.yaml"
    path.write_text(text, "utf-8")
    done = execute(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path.name, folder=folder)
    assert done.code == 0, done.output


# The recipes of the documentation ------------------------------------------------------------------------------------


def recipes(system: str) -> list[str]:
    return re.findall(rf"```yaml {system}\n(.*?)```", CI_PAGE, re.DOTALL)


def test_every_recipe_fits_the_schema_of_its_system(tmp_path: Path) -> None:
    (workflow,) = recipes("github")
    fits("vendor.github-workflows", workflow, tmp_path)
    (job,) = recipes("gitlab")
    fits("vendor.gitlab-ci", job, tmp_path)
    hooks = recipes("pre-commit")
    assert len(hooks) == 2
    for text in hooks:
        (tmp_path / ".pre-commit-config.yaml").write_text(text, "utf-8")
        assert execute("pre-commit", "validate-config", folder=tmp_path) == Done(0, "")


def test_what_the_recipe_of_github_passes_is_an_input_of_the_action() -> None:
    (workflow,) = recipes("github")
    step = yaml.safe_load(workflow)["jobs"]["validate"]["steps"][1]
    assert set(step["with"]) <= set(ACTION["inputs"])
    for name, declared in ACTION["inputs"].items():
        assert f"| `{name}` | " in CI_PAGE
        assert declared["default"] in ("", *re.findall(rf"\| `{name}` \| `(.*?)` \|", CI_PAGE))


def test_the_recipe_of_gitlab_validates_and_leaves_its_report(tmp_path: Path) -> None:
    (text,) = recipes("gitlab")
    (job,) = yaml.safe_load(text).values()
    install, validate = job["script"]
    assert install == "pip install --quiet driftline"
    (tmp_path / "monitors.yaml").write_text(BAD, "utf-8")
    done = execute("bash", "-c", validate, folder=tmp_path, env=command_on_path(tmp_path))
    assert done.code == 2
    assert done.output.startswith(SAID)
    report = ElementTree.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot()
    assert (report.get("tests"), report.get("failures")) == ("1", "1")


def command_on_path(folder: Path) -> Mapping[str, str]:
    """`driftline` of this checkout as a command."""
    command = folder / "bin" / "driftline"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m driftline.cli.main "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT / "engine")}


# The pre-commit hook -------------------------------------------------------------------------------------------------


def checkout(folder: Path) -> Path:
    """What is needed to install driftline, as it stands."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in listed:
        source = ROOT / name
        if name and not name.startswith(("tests/", "benchmarks/")) and source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def test_the_hook_stops_a_commit_that_breaks_the_configuration(tmp_path: Path, installed: Path) -> None:
    hooks = checkout(tmp_path / "driftline")
    revision = commit(hooks)
    assert execute("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml", folder=hooks) == Done(0, "")
    project = tmp_path / "project"
    project.mkdir()
    repository = {"repo": str(hooks), "rev": revision, "hooks": [{"id": "driftline-validate"}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repository]}), "utf-8")
    (project / "other.yaml").write_text("a: 1\n", "utf-8")
    (project / "monitors.yaml").write_text(BAD, "utf-8")
    commit(project)
    cache = {"PRE_COMMIT_HOME": str(installed)}

    refused = execute("pre-commit", "run", "--all-files", folder=project, env=cache)
    assert refused.code == 1, refused.output
    assert SAID in refused.output
    (project / "monitors.yaml").write_text(GOOD, "utf-8")
    passed = execute("pre-commit", "run", "--all-files", folder=project, env=cache)
    assert (passed.code, "Passed" in passed.output) == (0, True), passed.output
    unrelated = execute("pre-commit", "run", "--files", "other.yaml", folder=project, env=cache)
    assert (unrelated.code, "Skipped" in unrelated.output) == (0, True), unrelated.output


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        ("monitors.yaml", True),
        ("monitors.yml", True),
        ("monitors.example.yaml", True),
        ("team/monitors/fraud.yaml", True),
        ("mymonitors.yaml", False),
        ("monitors.py", False),
        ("deployment.yaml", False),
    ],
)
def test_the_hook_is_started_by_files_of_a_configuration(path: str, starts: bool) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert bool(re.search(hook["files"], path)) is starts


# The GitHub Action ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Runner:
    """A runner of GitHub, as far as the steps of the action see it."""

    workspace: Path
    temporary: Path

    def step(self, name: str, inputs: Mapping[str, str]) -> Done:
        """A step that is a script, run as the runner does."""
        (step,) = (step for step in ACTION["runs"]["steps"] if step.get("name") == name)
        given = {key: inputs.get(key, declared["default"]) for key, declared in ACTION["inputs"].items()}
        own = {key: self._filled(value, given) for key, value in step["env"].items()}
        script = self.temporary / "step.sh"
        script.write_text(step["run"], "utf-8")
        files = {f"GITHUB_{what}": str(self.temporary / what) for what in ("OUTPUT", "STEP_SUMMARY")}
        env = {"RUNNER_TEMP": str(self.temporary), "PYTHONPATH": "", **files, **own}
        return execute("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script), folder=self.workspace, env=env)

    def file(self, name: str) -> str:
        return (self.temporary / name).read_text("utf-8")

    def _filled(self, value: str, inputs: Mapping[str, str]) -> str:
        found = re.fullmatch(r"\$\{\{ (inputs|github)\.([a-z_-]+) \}\}", value)
        assert found is not None, value
        return inputs[found.group(2)] if found.group(1) == "inputs" else {"action_path": str(ROOT)}[found.group(2)]


@pytest.fixture
def runner(tmp_path: Path, installed: Path) -> Runner:
    (tmp_path / "workspace").mkdir()
    return Runner(tmp_path / "workspace", installed)


def test_the_action_fits_the_schema_of_actions(tmp_path: Path) -> None:
    fits("vendor.github-actions", (ROOT / "action.yml").read_text("utf-8"), tmp_path)


def test_no_script_of_the_action_holds_an_expression() -> None:
    """What an author of a pull request writes must not become a part of a script."""
    scripts: list[Any] = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []


def test_the_action_installs_and_validates(runner: Runner) -> None:
    (runner.workspace / "monitors.yaml").write_text(BAD, "utf-8")
    (runner.workspace / "good.yaml").write_text(GOOD + "windows: {w: {size: 1d}}\n", "utf-8")
    done = runner.step("Install driftline", {})
    assert done.code == 0, done.output

    refused = runner.step("Validate", {})
    assert refused.code == 2, refused.output
    assert refused.output.startswith(SAID)
    assert "\n::error file=monitors.yaml,line=9,col=19," in refused.output
    assert runner.file("OUTPUT") == "sarif=driftline.sarif\n"
    assert runner.file("STEP_SUMMARY").startswith(f"````text\n{SAID}")
    assert runner.file("STEP_SUMMARY").endswith("\n````\n")
    sarif = json.loads((runner.workspace / "driftline.sarif").read_text("utf-8"))
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["DL023"]
    assert sarif["runs"][0]["tool"]["driver"]["rules"][0]["help"]["markdown"].startswith("# DL023")

    assert runner.step("Validate", {"files": "g*.yaml"}).code == 0
    assert runner.step("Validate", {"files": "g*.yaml", "fail-on": "warning"}).code == 1
    assert runner.step("Validate", {"files": "good.yaml\nmonitors.yaml"}).code == 2
    assert runner.step("Validate", {"files": "good.yaml", "args": ""}).code == 2
    unknown = runner.step("Validate", {"files": "good.yaml", "env": "dev"})
    assert (unknown.code, "no environment `dev` is declared in good.yaml" in unknown.output) == (2, True)
