"""Parameters of a kind (check, source): declared once, read by the schema, the docs, the editor and the decoder.

A kind is a frozen dataclass; each parameter is a field made by `param`. Its sentence, type and bounds become the
JSON Schema fragment, the reference page, the completion in an editor and the text of an error.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

# The slot types of the language (LANGUAGE: "Scalars are typed by the schema"). A slot decides how the source text of a
# scalar is read; "text" keeps it as it is written.
SLOTS = ("text", "integer", "number", "ratio", "boolean", "duration", "instant", "secret")


def param(
    description: str,
    *,
    default: Any = dataclasses.MISSING,
    slot: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    exclusive_minimum: float | None = None,
    exclusive_maximum: float | None = None,
    choices: tuple[str, ...] | None = None,
    many: bool = False,
    mapping: bool = False,
    matcher: bool = False,
    name: str | None = None,
    from_environment: bool = False,
) -> Any:
    """Declare a parameter of a kind.

    `slot` is one of `SLOTS`, inferred from the annotation when absent; `many` takes a list (or one scalar) and gives a
    tuple; `mapping` takes a map of text to the slot's type; `matcher` takes a matcher of the language. `name` is how it
    is written, where that is not the field's name. `from_environment`: a text may hold `${…}`, and is a Secret then; a
    `secret` always may and always is. Bounds are inclusive unless named exclusive. A parameter
    without a default is required.
    """
    if slot is not None and slot not in SLOTS:
        raise ValueError(f"unknown slot {slot!r}")
    metadata = {
        "param": {
            "description": description,
            "slot": slot,
            "minimum": minimum,
            "maximum": maximum,
            "exclusive_minimum": exclusive_minimum,
            "exclusive_maximum": exclusive_maximum,
            "choices": choices,
            "many": many,
            "mapping": mapping,
            "matcher": matcher,
            "name": name,
            "from_environment": from_environment,
        }
    }
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata, kw_only=True)
    return dataclasses.field(default=default, metadata=metadata, kw_only=True)


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A declared parameter, as the schema, the docs and the decoder see it."""

    name: str
    description: str
    slot: str
    required: bool
    default: Any
    minimum: float | None
    maximum: float | None
    exclusive_minimum: float | None
    exclusive_maximum: float | None
    choices: tuple[str, ...] | None
    many: bool
    mapping: bool
    matcher: bool
    field: str  # of the class
    from_environment: bool

    def fragment(self) -> dict[str, Any]:
        """The JSON Schema of this parameter's value; `x-slot` carries the slot that types a scalar."""
        if self.matcher:
            return {"description": self.description, "$ref": "#/$defs/matcher"}
        one: dict[str, Any] = {"x-slot": self.slot}
        if self.from_environment:
            one["x-from-environment"] = True
        one["type"] = {"integer": "integer", "number": "number", "ratio": "number", "boolean": "boolean"}.get(
            self.slot, "string"
        )
        bounds = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "exclusiveMinimum": self.exclusive_minimum,
            "exclusiveMaximum": self.exclusive_maximum,
        }
        one |= {key: bound for key, bound in bounds.items() if bound is not None}
        if self.choices is not None:
            one["enum"] = list(self.choices)
        whole: dict[str, Any] = one
        if self.many:
            whole = {"anyOf": [one, {"type": "array", "items": one}]}
        if self.mapping:
            whole = {"type": "object", "additionalProperties": one}
        whole = {"description": self.description, **whole}
        if not self.required and self.default is not None:
            whole["default"] = _written(self.default)
        return whole


def _written(default: Any) -> Any:
    """A default as a schema has it: lengths of time and instants as texts, the rest as JSON knows it."""
    if isinstance(default, tuple):
        return [_written(each) for each in default]
    return default if isinstance(default, bool | int | float | str | Mapping) else str(default)


_SLOT_OF_TYPE: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "text"}


def _slot(annotation: Any) -> str:
    """The slot that an annotation implies: the first plain type inside it."""
    for candidate in typing.get_args(annotation) or (annotation,):
        if isinstance(candidate, type) and candidate in _SLOT_OF_TYPE:
            return _SLOT_OF_TYPE[candidate]
    return "text"


def parameters(kind: type) -> tuple[Parameter, ...]:
    """The parameters that a kind (a dataclass) declares, in order of declaration."""
    hints = typing.get_type_hints(kind)
    found = []
    for field in dataclasses.fields(kind):
        declared = field.metadata.get("param")
        if declared is None:
            continue
        required = field.default is dataclasses.MISSING
        slot = declared["slot"] or _slot(hints[field.name])
        rest = {key: value for key, value in declared.items() if key not in ("slot", "name")}
        default = None if required else field.default
        name = declared["name"] or field.name
        found.append(Parameter(name=name, slot=slot, required=required, default=default, field=field.name, **rest))
    return tuple(found)


def fragment(kind: type) -> dict[str, Any]:
    """The JSON Schema of a kind's parameters, closed: an unknown key is an error."""
    declared = parameters(kind)
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {p.name: p.fragment() for p in declared},
    }
    required = [p.name for p in declared if p.required]
    if required:
        schema["required"] = required
    return schema
