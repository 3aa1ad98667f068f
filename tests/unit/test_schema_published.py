"""The published JSON Schema: current, valid, and of one mind with the reader."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from driftline import registry
from driftline.errors import ConfigurationError
from driftline.schema.kinds import core_schema
from driftline.schema.load import load_document
from driftline.schema.publish import PUBLISHED, layout, published
from driftline.schema.slots import EXPECTED

CONFIG = Path(__file__).parents[1] / "config"

# What a schema knows by itself; the rest is names, meaning, SQL, files, the environment, and YAML itself.
BY_SCHEMA = frozenset({"DL012", *(f"DL{number:03}" for number in range(18, 30)), "DL047", "DL050"})
# What it knows of in part: names, choices that depend on others, keys that go together.
IN_PART = frozenset({"DL018", "DL026", "DL027", "DL028"})


def as_editors_read(path: Path) -> Any:
    """As YAML has it, but for keys, which are texts in JSON."""
    return with_text_keys(yaml.load(path.read_text("utf-8"), Loader=yaml.SafeLoader))


def with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, date):
        return value.isoformat()  # YAML 1.2, which editors follow, has no dates
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text("utf-8") == published(), "run: python -m driftline.schema.publish"


def test_the_core_schema_is_laid_out_and_valid() -> None:
    text = (PUBLISHED.parent / "core.schema.json").read_text("utf-8")
    assert text == layout(json.loads(text)) + "\n"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("path", sorted((CONFIG / "good").glob("*.yaml")), ids=lambda path: path.stem)
def test_good_configurations_fit_the_published_schema(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(as_editors_read(path))] == []


def codes_of(path: Path) -> set[str]:
    """What the reader has to say of a configuration."""
    try:
        return {found.code for found in load_document(path, registry.load(), variables={"SECRET": "x"}).warnings}
    except ConfigurationError as error:
        return {found.code for found in error.diagnostics}


UNREADABLE = {f"DL00{number}" for number in range(2, 10)}


def plain(path: Path) -> bool:
    """Whether a file is one map of plain YAML: what an editor judges by the schema alone."""
    text = path.read_text("utf-8", "replace")
    return not any(word in text for word in ("SECRET", "include")) and not codes_of(path) & UNREADABLE


@pytest.mark.parametrize(
    "path", [p for p in sorted((CONFIG / "bad").glob("*.yaml")) if plain(p)], ids=lambda path: path.stem
)
def test_schema_and_reader_refuse_the_same(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    codes = codes_of(path)
    if not validator.is_valid(as_editors_read(path)):
        assert codes & BY_SCHEMA, codes
    else:
        assert not codes & (BY_SCHEMA - IN_PART), codes


def every_property(schema: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        found += [(name, value) for name, value in properties.items() if isinstance(value, dict)]
        for value in schema.values():
            found += every_property(value)
    elif isinstance(schema, list):
        for value in schema:
            found += every_property(value)
    return found


def test_every_property_is_described_and_every_slot_known() -> None:
    core = core_schema()
    for name, schema in every_property(core):
        target = core["$defs"][schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
        assert schema.get("description") or target.get("description"), name
        assert schema.get("x-slot", "text") in EXPECTED, name
