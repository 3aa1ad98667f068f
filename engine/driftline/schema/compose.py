"""Core schema + every kind's parameters -> one JSON Schema, for editors and other programs that read the files.

It describes what a YAML reader makes of a file, so a text slot also takes what looks like a number, and any single
value may be a `${NAME}`. Kinds are told apart by if/then, which editors follow when they complete and explain.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from driftline import parameters
from driftline.registry import Registry
from driftline.schema.kinds import BASELINES, core_schema

Schema = dict[str, Any]

VARIABLE = "\\$\\{"
_SUBSTITUTED: Schema = {"type": "string", "pattern": VARIABLE}
SLOTS: Mapping[str, Schema] = {
    "text": {"type": ["string", "number", "boolean"]},
    "secret": {"type": "string"},
    "integer": {"anyOf": [{"type": "integer"}, _SUBSTITUTED]},
    "number": {"anyOf": [{"type": "number"}, _SUBSTITUTED]},
    "ratio": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^[+-]?[0-9.]+ *%$|{VARIABLE}"}]},
    "boolean": {"anyOf": [{"type": "boolean"}, _SUBSTITUTED]},
    "duration": {"type": "string", "pattern": f"^[+-]?[0-9]+(ms|s|m|h|d|w|mo)$|{VARIABLE}"},
    "instant": {"type": "string"},
}


def compose(registry: Registry) -> Schema:
    """The schema of the whole language with the kinds of a registry."""
    core = core_schema()
    definitions: Schema = core["$defs"]
    _add_sources(definitions, registry)
    _add_checks(definitions, registry)
    definitions["baseline"] |= {
        "allOf": [{"if": _says("type", kind), "then": {"$ref": f"#/$defs/baseline-{kind}"}} for kind in BASELINES]
    }
    core["$id"] = "urn:driftline:schema:monitors"
    composed: Schema = _for_editors(core)
    for name, section in composed["properties"].items():
        if name not in ("version", "include", "store") and "type" in section:
            section["type"] = [section["type"], "null"]  # all of its entries may be commented out
    composed["$defs"] |= {f"slot-{name}": schema for name, schema in SLOTS.items()}
    return composed


def _says(key: str, value: str) -> Schema:
    return {"properties": {key: {"const": value}}, "required": [key]}


def _add_sources(definitions: Schema, registry: Registry) -> None:
    """One closed definition per kind of source, chosen by `type`, by the path's ending, or by `query`."""
    common = definitions["source"]
    branches = []
    for kind in registry.sources:
        source = registry.source_class(kind)
        own = parameters.fragment(source)
        definitions[f"source-{kind}"] = {
            "description": _first_line(source),
            **own,
            "properties": {**own["properties"], **common["properties"]},
        }
        branches.append({"if": _is_source(kind, source.suffixes), "then": {"$ref": f"#/$defs/source-{kind}"}})
    chosen = _choices(
        common["properties"]["type"]["description"], ((k, registry.source_class(k)) for k in registry.sources)
    )
    definitions["source"] = {
        "description": common["description"],
        "type": "object",
        "properties": {**dict.fromkeys(common["properties"], True), "type": chosen},
        "anyOf": [{"required": [key]} for key in ("type", "path", "query")],
        "allOf": branches,
    }


def _is_source(kind: str, suffixes: tuple[str, ...]) -> Schema:
    implied: list[Schema] = []
    if suffixes:
        endings = "|".join(suffix.replace(".", "\\.") for suffix in suffixes)
        implied.append({"properties": {"path": {"pattern": f"({endings})$"}}, "required": ["path"]})
    elif kind == "sql":
        implied.append({"required": ["query"]})
    untyped = [{"allOf": [{"not": {"required": ["type"]}}, condition]} for condition in implied]
    return {"anyOf": [_says("type", kind), *untyped]}


def _add_checks(definitions: Schema, registry: Registry) -> None:
    """`params` by check, and exactly one of check, metric and preset."""
    monitor = definitions["monitor"]
    kinds = [(kind, registry.check_class(kind)) for kind in registry.checks]
    description = monitor["properties"]["check"]["description"]
    monitor["properties"]["check"] = _choices(description, kinds)
    branches: list[Schema] = []
    for kind, check in kinds:
        own = parameters.fragment(check)
        definitions[f"params-{kind}"] = {"description": f"The parameters of {kind}.", **own}
        then: Schema = {"properties": {"params": {"$ref": f"#/$defs/params-{kind}"}}}
        if own.get("required"):
            then["required"] = ["params"]
        branches.append({"if": _says("check", kind), "then": then})
    monitor["oneOf"] = [{"required": [key]} for key in ("check", "metric", "preset")]
    monitor["dependentRequired"] = {"params": ["check"]}
    monitor["allOf"] = branches


def _choices(description: str, kinds: Iterable[tuple[str, type]]) -> Schema:
    """Kinds with a sentence each, which editors show beside the completion."""
    return {
        "description": description,
        "anyOf": [{"const": kind, "description": _first_line(cls)} for kind, cls in kinds],
    }


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).splitlines()[0]


def _for_editors(value: Any) -> Any:
    """Slots become what a YAML reader may make of their text; `x-` keys are open where the language ignores them."""
    if isinstance(value, list):
        return [_for_editors(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "x-slot" in value:
        return _slot(value)
    walked = {key: _for_editors(item) for key, item in value.items() if key != "x-expects"}
    closed = walked.get("additionalProperties") is False
    if walked.get("type") == "object" and (closed or "propertyNames" in walked):
        walked["patternProperties"] = {"^x-": True}
    return walked


def _slot(value: Schema) -> Schema:
    kept = {key: item for key, item in value.items() if key not in ("x-slot", "x-signed", "type")}
    if "enum" in kept and value["x-slot"] == "text":
        return {**kept, "type": "string"}
    return {**kept, "$ref": f"#/$defs/slot-{value['x-slot']}"}
