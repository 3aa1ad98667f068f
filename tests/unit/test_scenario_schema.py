"""The JSON Schema of scenarios: laid out, described, and of one mind with the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from driftline.cli.schema import command
from driftline.scenario.language import SCHEMA, ScenarioLanguage, scenario_schema
from driftline.schema.kinds import core_schema
from driftline.schema.publish import layout
from driftline.schema.slots import EXPECTED

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SHAPE = {"DL012", "DL020", "DL021", "DL022", "DL023", "DL024"}  # what a schema can know


class Texts(yaml.SafeLoader):
    """YAML 1.2 as editors read it: times of day and dates are texts."""


Texts.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":int"))]
    for sign, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Texts.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))


def as_editors_read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=Texts)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())
    return jsonschema.Draft202012Validator(scenario_schema())


def test_the_schema_is_laid_out_and_the_command_prints_it() -> None:
    text = SCHEMA.read_text("utf-8")
    assert text == layout(json.loads(text)) + "\n"
    assert CliRunner().invoke(command, ["--scenario"]).output == text


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_scenarios_fit_the_schema(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(as_editors_read(path))] == []


@pytest.mark.parametrize("path", sorted((SCENARIOS / "bad").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_and_the_reader_refuse_the_same(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    told = path.with_suffix(".txt").read_text("utf-8")
    by_shape = path.stem != "configuration-with-errors" and any(f"error {code}:" in told for code in SHAPE)
    assert validator.is_valid(as_editors_read(path)) is not (by_shape and path.stem != "columns-that-cannot-be-drawn")


def test_every_property_is_described_and_every_slot_known() -> None:
    schema = scenario_schema()
    ScenarioLanguage()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, one in (value.get("properties") or {}).items():
                if isinstance(one, dict) and set(one) != {"const"}:
                    assert one.get("description"), name
                    assert one.get("x-slot", "text") in EXPECTED, name
            for one in value.values():
                look(one)
        elif isinstance(value, list):
            for one in value:
                look(one)

    look(schema)


def test_the_matcher_is_that_of_configurations() -> None:
    own, core = (schema["$defs"]["matcher"]["properties"] for schema in (scenario_schema(), core_schema()))
    assert own.keys() == core.keys()
