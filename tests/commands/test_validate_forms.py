"""`driftline validate` as CI systems read it: SARIF, JUnit, annotations, JSON; environments; what fails the command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from driftline.config.codes import CODES
from tests.commands.project import ROOT, Project, Ran
from tests.services import node

SMALLEST = """
version: 1
sources:
  today:    {path: data/today/*.parquet}
  training: {path: data/training.parquet}
models:
  churn: {source: today, baseline: training}
monitors:
  drift: {preset: drift}
"""
ENVIRONMENTS = """
environments:
  dev: {}
  prod: {models: {churn: {source: tody}}}
  test: {models: {churn: {source: tody}}}
"""
MUSEUM = ROOT / "tests" / "config" / "bad"
MUSEUM_FILES = sorted(path.name for path in MUSEUM.glob("*.yaml"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DRIFTLINE_PLUGINS", raising=False)
    return Project(tmp_path)


@pytest.fixture(scope="module")
def sarif_schema() -> jsonschema.Draft7Validator:
    """The official schema of the format."""
    path = node.modules() / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    schema = json.loads(path.read_text("utf-8"))
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def run_of(ran: Ran) -> Any:
    return ran.document["runs"][0]


# SARIF ---------------------------------------------------------------------------------------------------------------


def test_sarif_of_every_bad_configuration_fits_the_official_schema(
    project: Project, sarif_schema: jsonschema.Draft7Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(MUSEUM)
    ran = project.call("validate", *MUSEUM_FILES, "--format", "sarif")
    assert ran.code == 2
    assert [error.message for error in sarif_schema.iter_errors(ran.document)] == []
    run = run_of(ran)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted({r["ruleId"] for r in run["results"]})
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["shortDescription"]["text"] == CODES[rule["id"]].title
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert ":" not in uri
        assert not uri.startswith("/")
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    prints = [result["partialFingerprints"]["driftline/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))


def test_sarif_says_place_level_remedy_and_related_places(project: Project) -> None:
    project.write(
        SMALLEST, "windows: {w: {size: 1d}}", "thresholds: {t: {warning: {above: 1}}}", name="with space.yaml"
    )
    warned = run_of(project.call("validate", "with space.yaml", "--format", "sarif"))
    first = warned["results"][0]
    assert (first["level"], first["ruleId"]) == ("warning", "DL080")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "with%20space.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 9, "startColumn": 11, "endColumn": 12},
    }
    project.write("version: 1", "monitors: {x: {check: psi, check: psi}}")
    twice = next(r for r in run_of(project.call("validate", "--format", "sarif"))["results"] if r["ruleId"] == "DL004")
    assert twice["message"]["text"].endswith("help: remove one of the two, or merge them: only one could count")
    assert twice["relatedLocations"][0]["message"] == {"text": "first written here"}


def test_sarif_of_a_file_that_is_not_there_has_a_line_all_the_same(
    project: Project, sarif_schema: jsonschema.Draft7Validator
) -> None:
    ran = project.call("validate", "absent.yaml", "--format", "sarif")
    assert list(sarif_schema.iter_errors(ran.document)) == []
    (result,) = run_of(ran)["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_sarif_without_findings_is_a_run_without_results(
    project: Project, sarif_schema: jsonschema.Draft7Validator
) -> None:
    project.write(SMALLEST)
    ran = project.call("validate", "--format", "sarif")
    assert (ran.code, run_of(ran)["results"]) == (0, [])
    assert list(sarif_schema.iter_errors(ran.document)) == []


def test_a_file_outside_of_the_working_folder_has_an_absolute_address(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("version: 3")
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    (result,) = run_of(project.call("validate", "../monitors.yaml", "--format", "sarif"))["results"][:1]
    expected = {"uri": (tmp_path / "monitors.yaml").as_uri()}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == expected


# JUnit ---------------------------------------------------------------------------------------------------------------


def test_junit_has_a_suite_per_file_and_a_case_per_finding(project: Project) -> None:
    project.write(SMALLEST, name="good.yaml")
    project.write(SMALLEST, "windows: {w: {size: 1d}}", name="warned.yaml")
    project.write(SMALLEST.replace("today, base", "tody, base"), name="bad.yaml")
    ran = project.call("validate", "good.yaml", "warned.yaml", "bad.yaml", "--format", "junit")
    assert ran.code == 2
    assert (
        ran.stdout
        == """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="driftline validate" tests="3" failures="1" errors="0" skipped="1">
  <testsuite name="good.yaml" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="good.yaml" name="valid" time="0" file="good.yaml" />
  </testsuite>
  <testsuite name="warned.yaml" tests="1" failures="0" errors="0" skipped="1">
    <testcase classname="warned.yaml" name="DL080: A definition that nothing uses (warned.yaml:9:11)" time="0" \
file="warned.yaml" line="9">
      <skipped type="DL080" message="nothing uses the window `w`">warned.yaml:9:11: warning DL080: nothing uses the \
window `w`
  9 | windows: {w: {size: 1d}}
    |           ^
  help: remove it, or use it
</skipped>
    </testcase>
  </testsuite>
  <testsuite name="bad.yaml" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="bad.yaml" name="DL040: A source is not declared (bad.yaml:6:19)" time="0" \
file="bad.yaml" line="6">
      <failure type="DL040" message="there is no source `tody`">bad.yaml:6:19: error DL040: there is no source `tody`
  6 |   churn: {source: tody, baseline: training}
    |                   ^^^^
  help: did you mean `today`?
</failure>
    </testcase>
  </testsuite>
</testsuites>
""".replace("\\\n", "")
    )


def test_junit_of_every_bad_configuration_is_well_formed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MUSEUM)
    document = ElementTree.fromstring(project.call("validate", *MUSEUM_FILES, "--format", "junit").stdout)
    assert [suite.get("name") for suite in document] == MUSEUM_FILES
    for suite in (document, *document):
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))


@pytest.mark.parametrize(
    "name", ["]]>", "<&\"'>", "\ud800 \ufffe \x85 \u2028", "a\x1bb\x0c", "🛫", os.fsdecode(b"\xff\xfe")]
)
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_every_form_is_well_formed_whatever_names_hold(project: Project, name: str, form: str) -> None:
    try:
        path = project.folder / f"{name}.yaml"
        path.write_bytes(f"version: 1\nsources: {{{json.dumps(name)}: 3}}\n".encode("utf-8", "surrogatepass"))
    except (OSError, UnicodeEncodeError):
        path = Path("plain.yaml")
        path.write_bytes(f"version: 1\nsources: {{{json.dumps(name)}: 3}}\n".encode("utf-8", "surrogatepass"))
    ran = project.process("validate", path.name, "--format", form)
    assert (ran.code, ran.stderr) == (2, "")
    if form in ("json", "sarif"):
        assert ran.document
    if form == "junit":
        assert ElementTree.fromstring(ran.stdout).get("failures") != "0"
    if form == "github":
        assert all(line.startswith("::error ") for line in ran.stdout.rstrip("\n").split("\n"))


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit"])
def test_a_password_that_the_file_holds_in_clear_is_in_no_report(project: Project, form: str) -> None:
    project.write(SMALLEST, 'channels: {ops: {url: "json://user:hunter2@host/${PATH}", urll: x}}')
    ran = project.call("validate", "--format", form)
    assert (ran.code, "hunter2" in ran.said) == (2, False)
    if form == "text":
        assert '  9 | channels: {ops: {url: "json://******************${PATH}", urll: x}}\n' in ran.stdout


# What fails, and where it is written ---------------------------------------------------------------------------------


def test_warnings_fail_the_command_where_asked(project: Project) -> None:
    project.write(SMALLEST, "windows: {w: {size: 1d}}")
    assert project.call("validate").code == 0
    assert project.call("validate", "--fail-on", "error").code == 0
    assert project.call("validate", "--fail-on", "warning").code == 1
    failing = ElementTree.fromstring(project.call("validate", "--fail-on", "warning", "--format", "junit").stdout)
    assert (failing.get("failures"), failing.get("skipped")) == ("1", "0")
    project.write("version: 3", name="bad.yaml")
    assert project.call("validate", "monitors.yaml", "bad.yaml", "--fail-on", "warning").code == 2


def test_a_form_can_go_to_a_file_while_people_read_the_text(project: Project) -> None:
    project.write(SMALLEST)
    ran = project.call("validate", "--format", "sarif", "--output", "reports/driftline.sarif")
    assert (ran.code, ran.stdout) == (0, "monitors.yaml: no errors\n")
    assert json.loads(Path("reports/driftline.sarif").read_text("utf-8"))["version"] == "2.1.0"
    refused = project.call("validate", "--format", "sarif", "--output", "reports")
    assert (refused.code, refused.stderr) == (2, "error: reports cannot be written: Is a directory\n")


def test_what_two_files_include_is_told_once_but_belongs_to_both(project: Project) -> None:
    project.write("windows: {w: {size: 0d}}", name="shared.yaml")
    for name in ("a.yaml", "b.yaml"):
        project.write(SMALLEST, "include: shared.yaml", name=name)
    ran = project.call("validate", "a.yaml", "b.yaml")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (2, "1 error in 2 files")
    junit = ElementTree.fromstring(project.call("validate", "a.yaml", "b.yaml", "--format", "junit").stdout)
    assert [suite.get("failures") for suite in junit] == ["1", "1"]


# Environments --------------------------------------------------------------------------------------------------------


def test_all_environments_are_checked_and_a_finding_says_where_it_appears(project: Project) -> None:
    project.write(SMALLEST, "windows: {w: {size: 1d}}", ENVIRONMENTS)
    ran = project.call("validate")
    assert ran.code == 2
    assert ran.stdout.split("\n\n")[1:] == [
        "monitors.yaml:12:35: error DL040: there is no source `tody`\n"
        "  12 |   prod: {models: {churn: {source: tody}}}\n"
        "     |                                   ^^^^\n"
        "  help: did you mean `today`?\n"
        "  only in the environment prod",
        "monitors.yaml:13:35: error DL040: there is no source `tody`\n"
        "  13 |   test: {models: {churn: {source: tody}}}\n"
        "     |                                   ^^^^\n"
        "  help: did you mean `today`?\n"
        "  only in the environment test",
        "2 errors and 1 warning in monitors.yaml\n",
    ]
    found = project.call("validate", "--format", "json").document["diagnostics"]
    assert [(each["code"], each["environments"]) for each in found] == [
        ("DL080", None),
        ("DL040", ["prod"]),
        ("DL040", ["test"]),
    ]


def test_environments_can_be_chosen(project: Project) -> None:
    project.write(SMALLEST, ENVIRONMENTS)
    project.write(SMALLEST, name="plain.yaml")
    assert project.call("validate", "--env", "dev").stdout == "monitors.yaml: no errors\n"
    assert (
        project.call("validate", "--env", "dev", "--env", "prod").stdout.splitlines()[-1] == "1 error in monitors.yaml"
    )
    assert project.call("validate", "plain.yaml", "monitors.yaml", "--env", "dev").code == 0
    unknown = project.call("validate", "--env", "dve")
    assert (unknown.code, unknown.stdout) == (2, "")
    assert unknown.stderr == "error: monitors.yaml has no environment `dve`; declared: dev, prod, test\n"
    none = project.call("validate", "plain.yaml", "--env", "dev")
    assert (none.code, none.stderr) == (2, "error: no environment `dev` is declared in plain.yaml\n")


def test_a_finding_of_some_environments_names_them(project: Project) -> None:
    project.write(SMALLEST.replace("source: today", "source: tody"), "environments:", "  dev: {}", "  prod: {}")
    project.write(
        "version: 1",
        "sources: {training: {path: a.parquet}}",
        "models: {churn: {source: today, baseline: training}}",
        "monitors: {drift: {preset: drift}}",
        "environments: {a: {}, b: {sources: {today: {path: b.parquet}}}, c: {}, d: {}}",
        name="some.yaml",
    )
    assert "only in" not in project.call("validate").stdout
    assert "\n  only in the environments a, c and d\n" in project.call("validate", "some.yaml").stdout
    github = project.call("validate", "some.yaml", "--format", "github").stdout
    assert github.rstrip().endswith("%0Aonly in the environments a, c and d")
    (result,) = run_of(project.call("validate", "some.yaml", "--format", "sarif"))["results"]
    assert result["properties"] == {"environments": ["a", "c", "d"]}
