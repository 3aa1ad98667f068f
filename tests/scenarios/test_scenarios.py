"""driftline's own behaviour, written as scenarios and run by its own command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.test import command

HERE = Path(__file__).parent
BAD = HERE / "bad"
SCENARIOS = sorted(path.name for path in HERE.glob("*.yaml"))
MUSEUM = sorted(path.stem for path in BAD.glob("*.yaml"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engine_does_what_the_scenario_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    result = CliRunner().invoke(command, [name], standalone_mode=False)
    assert result.exception is None, result.exception
    assert result.return_value == 0, result.output


@pytest.mark.parametrize("name", MUSEUM)
def test_a_scenario_that_cannot_be_used_is_refused_with_exactly_this(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from driftline.errors import ConfigurationError
    from driftline.report.diagnostics import render_text

    monkeypatch.chdir(BAD)
    result = CliRunner().invoke(command, [f"{name}.yaml"], standalone_mode=False)
    assert isinstance(result.exception, ConfigurationError), result.output
    told = render_text(result.exception.diagnostics) + "\n"
    expected = BAD / f"{name}.txt"
    if os.environ.get("DRIFTLINE_UPDATE") == "1":
        expected.write_text(told, "utf-8")
    assert told == expected.read_text("utf-8")


def test_no_text_is_left_behind() -> None:
    assert sorted(path.stem for path in BAD.glob("*.txt")) == MUSEUM
