"""JSON Schema -> shapes: the part of JSON Schema that the language is written in, ready to be walked.

A general validator types nothing (`20%` is a string to it) and takes milliseconds per monitor; a shape types and
validates in one pass. Any keyword that shapes do not know is refused here, so that the schema cannot say more than is
checked; a test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from driftline.config.nodes import Map
from driftline.schema.tree import Path

if TYPE_CHECKING:
    from driftline.schema.walk import Walk

_DECORATION = frozenset({"description", "default", "title", "$schema", "$id", "$defs", "examples"})


@dataclass(frozen=True)
class ScalarShape:
    """A single value, read by its slot."""

    slot: str
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    choices: tuple[Any, ...] | None = None
    pattern: re.Pattern[str] | None = None
    signed: bool = False  # a duration that may be negative
    from_environment: bool = False  # whether it may hold `${…}`: it is never shown then


@dataclass(frozen=True)
class ListShape:
    items: Shape
    at_least: int = 0


@dataclass
class MapShape:
    """Named properties, and/or any other key with one shape (`extra`). Mutable only while a schema is compiled."""

    properties: dict[str, Shape] = field(default_factory=dict)
    extra: Shape | None = None
    required: tuple[str, ...] = ()
    key_pattern: re.Pattern[str] | None = None
    at_least: int = 0
    ignores_x: bool = False  # whether keys that start with `x-` are left alone
    says: str = ""  # what takes these keys, for messages: "a parquet source"
    short: str | None = None  # what to write instead of a single value
    elsewhere: dict[str, str] = field(default_factory=dict)  # hints for keys that belong elsewhere
    select: Select | None = None  # finds the shape of one kind, by the discriminator


@dataclass(frozen=True)
class ChoiceShape:
    """One of several forms; `expects` says which, in words."""

    expects: str
    scalars: tuple[ScalarShape, ...]
    list_: ListShape | None
    map_: MapShape | None


@dataclass(frozen=True)
class AnyShape:
    """Whatever it is, it is looked at elsewhere or not at all."""


Select = Callable[[Map, Path, "Walk"], MapShape]
Shape = ScalarShape | ListShape | MapShape | ChoiceShape | AnyShape


class Shapes:
    """The compiler of one schema's `$defs`; each definition is compiled once, also when it refers to itself."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._done: dict[str, Shape] = {}

    def of(self, schema: Mapping[str, Any] | bool) -> Shape:
        """The shape of a schema; ValueError for a keyword that shapes do not know."""
        if isinstance(schema, bool):
            return AnyShape()
        if "$ref" in schema:
            return self.definition(schema["$ref"].removeprefix("#/$defs/"))
        if "anyOf" in schema:
            return self._choice(schema)
        if "x-slot" in schema:
            return _scalar(schema)
        if schema.get("type") == "array":
            _known(schema, {"type", "items", "minItems"})
            return ListShape(self.of(schema["items"]), schema.get("minItems", 0))
        if schema.get("type") == "object":
            return self._map(schema, MapShape())
        raise ValueError(f"the schema is not one that shapes know: {schema}")

    def definition(self, name: str) -> Shape:
        """The shape of `#/$defs/name`."""
        if name not in self._done:
            schema = self._definitions[name]
            if schema.get("type") == "object":
                shape = MapShape()
                self._done[name] = shape  # before its properties, which may refer to it
                self._map(schema, shape)
            else:
                self._done[name] = self.of(schema)
        return self._done[name]

    def map(self, name: str) -> MapShape:
        """The shape of a definition that is a map."""
        shape = self.definition(name)
        assert isinstance(shape, MapShape)
        return shape

    def _map(self, schema: Mapping[str, Any], shape: MapShape) -> MapShape:
        _known(schema, {"type", "properties", "additionalProperties", "required", "propertyNames", "minProperties"})
        shape.properties = {name: self.of(value) for name, value in schema.get("properties", {}).items()}
        extra = schema.get("additionalProperties", True)
        shape.extra = None if extra is False else self.of(extra)
        # `x-` keys are ignored in maps with fixed keys and in sections; in columns, tags, … they are names like others.
        shape.ignores_x = extra is False or "propertyNames" in schema
        shape.required = tuple(schema.get("required", ()))
        shape.at_least = schema.get("minProperties", 0)
        if (names := schema.get("propertyNames")) is not None:
            target = self._definitions[names["$ref"].removeprefix("#/$defs/")] if "$ref" in names else names
            shape.key_pattern = re.compile(target["pattern"])
        return shape

    def _choice(self, schema: Mapping[str, Any]) -> ChoiceShape:
        _known(schema, {"anyOf", "x-expects"})
        forms = [self.of(branch) for branch in schema["anyOf"]]
        scalars = tuple(form for form in forms if isinstance(form, ScalarShape))
        lists = [form for form in forms if isinstance(form, ListShape)]
        maps = [form for form in forms if isinstance(form, MapShape)]
        if len(lists) > 1 or len(maps) > 1:
            raise ValueError("a choice between two lists or two maps needs a discriminator")
        expects = schema.get("x-expects", "a single value or a list")
        return ChoiceShape(expects, scalars, lists[0] if lists else None, maps[0] if maps else None)


def _scalar(schema: Mapping[str, Any]) -> ScalarShape:
    _known(
        schema,
        {
            "type",
            "x-slot",
            "x-signed",
            "x-from-environment",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "enum",
            "pattern",
        },
    )
    return ScalarShape(
        slot=schema["x-slot"],
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        exclusive_minimum=schema.get("exclusiveMinimum"),
        exclusive_maximum=schema.get("exclusiveMaximum"),
        choices=tuple(schema["enum"]) if "enum" in schema else None,
        pattern=re.compile(schema["pattern"]) if "pattern" in schema else None,
        signed=bool(schema.get("x-signed", False)),
        from_environment=schema["x-slot"] == "secret" or bool(schema.get("x-from-environment", False)),
    )


def _known(schema: Mapping[str, Any], keywords: set[str]) -> None:
    if unknown := set(schema) - keywords - _DECORATION:
        raise ValueError(f"shapes do not know {', '.join(sorted(unknown))}")
