"""`driftline validate`: exit codes, forms of output, several files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline import registry
from driftline.cli.schema import command as schema
from driftline.cli.validate import command
from driftline.errors import ConfigurationError
from driftline.report.diagnostics import render_text
from driftline.schema.load import load_document
from driftline.schema.publish import layout

GOOD = Path(__file__).parents[1] / "config" / "good" / "smallest.yaml"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_default_file_is_monitors_yaml() -> None:
    missing = CliRunner().invoke(command, [])
    assert (missing.exit_code, missing.output) == (
        2,
        "error DL001: monitors.yaml cannot be read: it does not exist\n"
        "  help: name the file to read, or write a monitors.yaml here\n\n1 error in monitors.yaml\n",
    )
    Path("monitors.yaml").write_text(GOOD.read_text())
    fine = CliRunner().invoke(command, [])
    assert (fine.exit_code, fine.output) == (0, "monitors.yaml: no errors\n")


def test_a_warning_does_not_fail_the_build() -> None:
    Path("a.yaml").write_text(GOOD.read_text() + "windows: {w: {size: 1d}}\n")
    result = CliRunner().invoke(command, ["a.yaml"])
    assert (result.exit_code, "1 warning in a.yaml" in result.output) == (0, True)


def test_several_files_are_checked_and_counted_together() -> None:
    Path("a.yaml").write_text("version: 3\n")
    Path("b.yaml").write_text("sources: []\n")
    result = CliRunner().invoke(command, ["a.yaml", "b.yaml"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (2, "3 errors in 2 files")


def test_json_is_one_document_with_every_key() -> None:
    Path("a.yaml").write_text("version: 1\nmonitors: {x: {check: pis, check: psi}}\n")
    result = CliRunner().invoke(command, ["a.yaml", "--format", "json"])
    document = json.loads(result.output)
    assert (document["version"], document["files"]) == (1, ["a.yaml"])
    twice = next(found for found in document["diagnostics"] if found["code"] == "DL004")
    assert twice == {
        "code": "DL004",
        "severity": "error",
        "message": "`check` is written twice in one map",
        "hint": "remove one of the two, or merge them: only one could count",
        "place": {"file": "a.yaml", "line": 2, "column": 28, "end_column": 33},
        "related": [
            {
                "message": "first written here",
                "place": {"file": "a.yaml", "line": 2, "column": 16, "end_column": 17},
            }
        ],
        "environments": None,
        "page": "docs/reference/codes.md#dl004",
    }
    assert document["summary"] == {"errors": len(document["diagnostics"]), "warnings": 0}


def test_annotations_are_escaped() -> None:
    Path("a,b.yaml").write_text("version: 1\nwindows: {w: {size: 50%}}\n")
    line = CliRunner().invoke(command, ["a,b.yaml", "--format", "github"]).output.splitlines()[0]
    assert line.startswith("::error file=a%2Cb.yaml,line=2,col=21,endColumn=24,title=DL021%3A A value")
    assert "not `50%25`" in line


def test_a_plugin_folder_that_is_not_there_is_a_usage_error() -> None:
    result = CliRunner().invoke(command, ["--plugins", "absent", str(GOOD)])
    assert result.exit_code != 0


def test_missing_variables_can_be_allowed() -> None:
    Path("a.yaml").write_text(GOOD.read_text() + 'channels: {ops: {url: "${DRIFTLINE_TEST_UNSET}"}}\n')
    assert CliRunner().invoke(command, ["a.yaml"]).exit_code == 2
    assert CliRunner().invoke(command, ["a.yaml", "--allow-missing-env"]).exit_code == 0


def test_the_schema_is_printed_as_json() -> None:
    result = CliRunner().invoke(schema, [])
    document = json.loads(result.output)
    assert document["$defs"]["params-psi"]["properties"]["bins"]["minimum"] == 2
    assert result.output == layout(document) + "\n"


def test_without_names_of_files_the_summary_takes_those_of_the_findings() -> None:
    Path("a.yaml").write_text("version: 3\n")
    with pytest.raises(ConfigurationError) as caught:
        load_document(Path("a.yaml"), registry.load())
    assert render_text(caught.value.diagnostics).splitlines()[-1] == "1 error in a.yaml"
