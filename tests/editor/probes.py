"""Every place of the language that a schema knows, as a document with the cursor there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from driftline.schema.publish import PUBLISHED

MODELINE = f"# yaml-language-server: $schema={PUBLISHED.as_uri()}\n"
Schema = Mapping[str, Any]
SAMPLES: Mapping[str, object] = {
    "integer": 3,
    "number": 0.5,
    "ratio": "5%",
    "boolean": True,
    "duration": "1d",
    "instant": "2026-07-01",
}
# What must stand beside a key for the schema to know it there: the kind that it belongs to.
BESIDE: Mapping[str, Mapping[str, object]] = {
    "source": {"type": "parquet"},
    **{f"baseline-{kind}": {"type": kind} for kind in ("source", "previous", "trailing", "seasonal", "range")},
}


@dataclass(frozen=True)
class Level:
    """A key (None: an item of a list) and what stands beside it."""

    key: str | None
    beside: Mapping[str, object]


@dataclass(frozen=True)
class Probe:
    """A key of the language: where it stands, what it means, a value for it, and all values where they are listed."""

    levels: tuple[Level, ...]
    sentence: str
    sample: object = "x"
    choices: tuple[object, ...] = ()

    def __str__(self) -> str:
        return "/".join("-" if level.key is None else level.key for level in self.levels)

    @property
    def key(self) -> str:
        return str(self.levels[-1].key)

    def missing(self) -> tuple[str, int, int]:
        """A document without the key, and the cursor (line and column from 0) where it could be written."""
        return self._ending("")

    def unfinished(self) -> tuple[str, int, int]:
        """A document with the key and no value, and the cursor where it could be written."""
        return self._ending(f"{self.key}: ")

    def written(self) -> tuple[str, int, int]:
        """A document with the key and a value, and the pointer on the key."""
        text, line, column = self._ending(f"{self.key}: {json.dumps(self.sample)}")
        return text, line, column - len(f"{self.key}: {json.dumps(self.sample)}") + 1

    def _ending(self, last: str) -> tuple[str, int, int]:
        lines: list[str] = []
        indent = ""
        for number, level in enumerate(self.levels):
            for key, value in level.beside.items():
                lines.append(f"{indent}{key}: {json.dumps(value)}")
                indent = indent.replace("-", " ")
            if level.key is None:
                indent = indent.replace("-", " ") + "- "
            elif number < len(self.levels) - 1:
                lines.append(f"{indent}{level.key}:")
                indent = indent.replace("-", " ") + "  "
        lines.append(indent + last)
        text = MODELINE + "\n".join(lines) + "\n"
        return text, len(lines), len(lines[-1])


def probes(core: Schema) -> list[Probe]:
    """Every key that the core schema names, each definition where it is first met."""
    return list(_walk(core, core, (), set()))


def _walk(schema: Schema, core: Schema, levels: tuple[Level, ...], seen: set[str]) -> Iterator[Probe]:
    beside: Mapping[str, object] = {}
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        if name in seen:
            return
        seen.add(name)
        if name == "baseline":
            for kind in ("source", "previous", "trailing", "seasonal", "range"):
                yield from _walk({"$ref": f"#/$defs/baseline-{kind}"}, core, levels, seen)
            return
        beside = BESIDE.get(name, {})
        schema = core["$defs"][name]
    for branch in schema.get("anyOf", ()):
        yield from _walk(branch, core, levels, seen)
    if "items" in schema:
        yield from _walk(schema["items"], core, (*levels, Level(None, {})), seen)
    for key, value in schema.get("properties", {}).items():
        here = (*levels, Level(key, {name: kind for name, kind in beside.items() if name != key}))
        yield Probe(here, sentence_of(value, core), sample_of(value, core), tuple(value.get("enum", ())))
        yield from _walk(value, core, here, seen)
    if isinstance(extra := schema.get("additionalProperties"), dict):
        yield from _walk(extra, core, (*levels, Level("x", {})), seen)


def sentence_of(schema: Schema, core: Schema) -> str:
    """What the property says of itself, else what its definition does."""
    found: str = schema.get("description") or core["$defs"][schema["$ref"].removeprefix("#/$defs/")]["description"]
    return found


def sample_of(schema: Schema, core: Schema) -> object:
    """A value of the right form."""
    if "$ref" in schema:
        return sample_of(core["$defs"][schema["$ref"].removeprefix("#/$defs/")], core)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample_of(schema["anyOf"][0], core)
    if "x-slot" in schema:
        return SAMPLES.get(schema["x-slot"], "x")
    return {"array": [], "object": {}}.get(schema.get("type", ""), "x")
