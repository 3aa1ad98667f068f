"""The museum of bad configurations: a minimal file per mistake, beside the exact text that `validate` prints.

`DRIFTLINE_UPDATE=1 pytest tests/config` rewrites the texts; a person reads the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.validate import command
from driftline.config.codes import CODES

MUSEUM = Path(__file__).parent / "bad"
SCENARIOS = Path(__file__).parents[1] / "scenarios" / "bad"
CASES = sorted(path.stem for path in MUSEUM.glob("*.yaml"))
SECRET = "s3cr3t-t0ken"


@pytest.fixture(autouse=True)
def _museum_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in the texts are relative to the museum; the environment is the same everywhere."""
    monkeypatch.chdir(MUSEUM)
    monkeypatch.setenv("SECRET", SECRET)
    for name in ("UNSET_URL", "UNSET_HOST", "UNSET_PATH", "DRIFTLINE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", CASES)
def test_validate_prints_exactly_this(name: str) -> None:
    result = CliRunner().invoke(command, [f"{name}.yaml"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    expected = MUSEUM / f"{name}.txt"
    if os.environ.get("DRIFTLINE_UPDATE") == "1":
        expected.write_text(result.output, "utf-8")
    assert result.output == expected.read_text("utf-8")
    assert result.exit_code == (2 if ": error DL" in result.output else 0)
    assert SECRET[:4] not in result.output


def test_every_code_has_a_case() -> None:
    texts = [*(MUSEUM / f"{name}.txt" for name in CASES), *(MUSEUM.parent / "codes").glob("*/wrong.txt")]
    shown = "\n".join(text.read_text("utf-8") for text in texts)
    shown += "\n".join(path.read_text("utf-8") for path in SCENARIOS.glob("*.txt"))
    elsewhere = ("DL001", "DL10")  # no file to show: in test_validate_command; of the data: in test_validate_data
    assert [code for code in CODES if f" {code}: " not in shown and not code.startswith(elsewhere)] == []


def test_no_text_is_left_behind() -> None:
    assert sorted(path.stem for path in MUSEUM.glob("*.txt")) == CASES


@pytest.mark.parametrize("name", CASES)
def test_json_and_annotations_tell_the_same(name: str) -> None:
    text = CliRunner().invoke(command, [f"{name}.yaml"]).output
    document = json.loads(CliRunner().invoke(command, [f"{name}.yaml", "--format", "json"]).output)
    annotations = CliRunner().invoke(command, [f"{name}.yaml", "--format", "github"]).output.splitlines()
    assert len(document["diagnostics"]) == len(annotations) == sum(document["summary"].values())
    for found, annotation in zip(document["diagnostics"], annotations, strict=True):
        assert f"{found['severity']} {found['code']}: {found['message']}" in text
        place = found["place"]
        assert annotation.startswith(f"::{found['severity']} file={place['file']},line={place['line']},")
        assert SECRET[:4] not in annotation + json.dumps(found)
