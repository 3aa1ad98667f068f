"""Core schema + every kind's parameters -> one JSON Schema, for editors and other programs that read the files.

It describes what a YAML reader makes of a file, so a text slot also takes what looks like a number, and any single
value may be a `${NAME}`. Kinds are told apart by if/then, which editors follow when they complete and explain.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from driftline import parameters
from driftline.registry import Registry
from driftline.schema.editing import SLOTS, Schema, for_editors
from driftline.schema.kinds import BASELINES, SUBJECTS, core_schema


def compose(registry: Registry) -> Schema:
    """The schema of the whole language with the kinds of a registry."""
    core = core_schema()
    definitions: Schema = core["$defs"]
    _add_sources(definitions, registry)
    _add_checks(definitions, registry)
    definitions["baseline"] |= {
        "allOf": [{"if": _says("type", kind), "then": {"$ref": f"#/$defs/baseline-{kind}"}} for kind in BASELINES]
    }
    _add_environments(core)
    _explain_types(definitions)
    core["$id"] = "urn:driftline:schema:monitors"
    del core["title"]  # editors would write it above every explanation
    composed: Schema = for_editors(core)
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
        "properties": {**_sentences(common["properties"]), "type": chosen},
        "anyOf": [{"required": [key]} for key in ("type", "path", "query")],
        "allOf": [_beginning(registry), *branches],
    }


def _sentences(properties: Schema) -> Schema:
    return {key: {"description": schema["description"]} for key, schema in properties.items()}


def _beginning(registry: Registry) -> Schema:
    """What tells the kind of a source that has no `type`: where its rows are."""
    kinds = [parameters.fragment(registry.source_class(kind))["properties"] for kind in registry.sources]
    sentences = {key: own[key]["description"] for key in ("path", "query") for own in reversed(kinds) if key in own}
    known = {key: {"description": sentence} for key, sentence in sentences.items()}
    return {"if": {"not": {"required": ["type"]}}, "then": {"properties": known}}


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
        then: Schema = {"properties": {"params": _params(kind)}}
        if own.get("required"):
            then["required"] = ["params"]
        branches.append({"if": _says("check", kind), "then": then})
    definitions["override"]["allOf"] = [_overrides(kind) for kind, _ in kinds]
    monitor["anyOf"] = [{"required": [key]} for key in SUBJECTS]
    monitor["dependentRequired"] = {"params": ["check"]}
    monitor["allOf"] = [*(_excludes(subject) for subject in SUBJECTS[:-1]), *branches]


def _overrides(check: str) -> Schema:
    """The parameters that an override sets, where its matcher names the one check."""
    match = {"properties": {"match": _says("check", check)}, "required": ["match"]}
    return {"if": match, "then": {"properties": {"set": {"properties": {"params": _params(check)}}}}}


def _params(check: str) -> Schema:
    return {"$ref": f"#/$defs/params-{check}"}


def _excludes(subject: str) -> Schema:
    """A second of check, metric and preset is blamed itself: of a `oneOf` an editor says only that two forms match."""
    later = SUBJECTS[SUBJECTS.index(subject) + 1 :]
    return {"if": {"required": [subject]}, "then": {"properties": dict.fromkeys(later, False)}}


def _choices(description: str, kinds: Iterable[tuple[str, type]]) -> Schema:
    """Kinds with a sentence each, which editors show beside the completion and over the name.

    Where nothing fits they explain and blame the first form, so that is one that never fits and lists the kinds.
    """
    known = [(kind, _first_line(cls)) for kind, cls in kinds]
    listed = ", ".join(kind for kind, _ in known)
    unknown = {
        "description": description,
        "type": "string",
        "pattern": "^(?!)",
        "patternErrorMessage": f"There is no such kind. Known: {listed}.",
    }
    forms = [{"const": kind, "description": sentence} for kind, sentence in known]
    return {"description": description, "oneOf": [unknown, *forms]}


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).splitlines()[0]


def _add_environments(core: Schema) -> None:
    """What an environment may say of each section. A part of a definition is enough, and null removes: no key is
    required, and below the keys of a definition nothing is checked."""
    sections: Schema = {}
    for name, section in core["properties"].items():
        if name in ("version", "include", "environments"):
            continue
        definition = section.get("additionalProperties", section)
        if section.get("type") in ("array", "string"):
            sections[name] = section  # replaced whole
        elif name == "defaults":
            sections[name] = _parts(core["$defs"]["defaults"], core)
        else:
            named = _parts(core["$defs"][definition["$ref"].removeprefix("#/$defs/")], core)
            described = {"description": section["description"], "propertyNames": section["propertyNames"]}
            sections[name] = {**described, "type": ["object", "null"], "additionalProperties": named}
    environment = core["$defs"]["environment"]
    core["$defs"]["environment"] = {**environment, "properties": sections, "additionalProperties": False}


def _parts(definition: Schema, core: Schema) -> Schema:
    """The keys of a definition with their sentences, whatever stands there."""
    definitions = core["$defs"]
    properties = dict(definition["properties"])
    for branch in definition.get("allOf", ()):
        target = branch["then"].get("$ref", "").removeprefix("#/$defs/")
        properties |= definitions[target]["properties"] if target else {}

    def sentence(schema: Schema) -> Schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else {}
        return {"description": schema.get("description") or target["description"]}

    return {
        "description": definition["description"],
        "type": ["object", "null"],
        "properties": {name: sentence(schema) for name, schema in properties.items() if schema is not True},
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
    }


def _explain_types(definitions: Schema) -> None:
    """A sentence for each type of baseline, beside its completion."""
    sentences = [definitions[f"baseline-{kind}"]["description"] for kind in BASELINES]
    for name in ("baseline", *(f"baseline-{kind}" for kind in BASELINES)):
        definitions[name]["properties"]["type"]["enumDescriptions"] = sentences
