"""Every code has a wrong example that gives it and a right one that gives nothing; the pages of the docs show them.

`tests/config/codes/DL012/` holds `wrong.yaml`, `right.yaml`, what they include, and `wrong.txt`: what is printed of the
wrong one. `DRIFTLINE_UPDATE=1 pytest tests/config` rewrites the texts; a person reads the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.validate import command
from driftline.config.codes import CODES, PLANNED_ONLY

EXAMPLES = Path(__file__).parent / "codes"
# A key may be part of the language before it acts: that is said beside whatever else is found.
ASIDE = {PLANNED_ONLY.id}

BY_CODE = pytest.mark.parametrize("code", CODES)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNSET_URL", "OPS_PATH", "DRIFTLINE_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


def folder(code: str) -> Path:
    """The folder of a code's examples."""
    found = EXAMPLES / code
    for name in ("wrong.yaml", "right.yaml"):
        assert (found / name).exists(), (
            f"{code} has no example: add tests/config/codes/{code}/{name}, then run DRIFTLINE_UPDATE=1 pytest "
            "tests/config/test_codes.py, and `make docs`"
        )
    return found


def options(code: str) -> list[str]:
    """What a code needs to be found: DL100 to DL109 are of the data, which lies beside the files."""
    return ["--data"] if code.startswith("DL10") else []


def codes_of(file: str, code: str) -> list[str]:
    """The codes that `validate` gives, each as often as it does."""
    document = json.loads(CliRunner().invoke(command, [file, "--format", "json", *options(code)]).stdout)
    return [found["code"] for found in document["diagnostics"]]


@BY_CODE
def test_the_wrong_example_gives_its_code_once_and_nothing_else(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(code))
    found = codes_of("wrong.yaml", code)
    assert [each for each in found if each == code or each not in ASIDE] == [code]


@BY_CODE
def test_the_right_example_gives_no_finding(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(code))
    found = codes_of("right.yaml", code)
    assert [each for each in found if each == code or each not in ASIDE] == []


@BY_CODE
def test_of_the_wrong_example_exactly_this_is_printed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(code))
    printed = CliRunner().invoke(command, ["wrong.yaml", *options(code)]).stdout
    expected = Path("wrong.txt")
    if os.environ.get("DRIFTLINE_UPDATE") == "1":
        expected.write_text(printed, "utf-8")
    assert printed == expected.read_text("utf-8")


def test_no_example_is_left_behind() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(CODES)
