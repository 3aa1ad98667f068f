"""The core schema as editors need it: what a YAML reader makes of a scalar, and unions that complete and explain well.

What an editor shows follows from how it walks a schema: of a union it takes the sentence of the branch that fits, it
blames the first branch where none fits, and it offers `true` and `false` wherever a boolean may stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftline.schema.slots import EXPECTED

Schema = dict[str, Any]

NEVER = "(?!)"  # no text at all: `${…}` may only stand where nothing shows it
# `type: string` only for what is no scalar: a text slot takes what a YAML reader makes a number or a boolean of, but
# `true` and `false` are nothing to offer there.
_TEXT: Schema = {"if": {"type": ["object", "array", "null"]}, "then": {"type": "string"}}


def _scalar(kinds: str | list[str], pattern: str, expected: str) -> Schema:
    """A scalar of these types; a string must fit the pattern, and an editor says in words what is expected."""
    message = f"Expected {expected}."
    return {"type": kinds, "pattern": pattern, "patternErrorMessage": message}


_DURATION = "^[+-]?[0-9]+(ms|s|m|h|d|w|mo)$"
_RATIO = "^[+-]?[0-9.]+ *%$"
SLOTS: Mapping[str, Schema] = {
    "text": _TEXT,
    "secret": {"type": "string"},
    "integer": _scalar(["integer", "string"], NEVER, EXPECTED["integer"]),
    "number": _scalar(["number", "string"], NEVER, EXPECTED["number"]),
    "ratio": _scalar(["number", "string"], _RATIO, EXPECTED["ratio"]),
    "boolean": _scalar(["boolean", "string"], NEVER, EXPECTED["boolean"]),
    "duration": _scalar("string", _DURATION, EXPECTED["duration"]),
    "instant": {"type": "string"},
    "ratio-or-duration": _scalar(
        ["number", "string"], f"{_RATIO}|{_DURATION}", f"{EXPECTED['ratio']}, or {EXPECTED['duration']}"
    ),
}


def for_editors(value: Any) -> Any:
    """A schema without slots of its own; `x-` keys are open where the language ignores them."""
    if isinstance(value, list):
        return [for_editors(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "x-slot" in value:
        return _slot(value)
    if "anyOf" in value and all(_is_form(branch) for branch in value["anyOf"]):
        return _union(value)
    walked = {key: for_editors(item) for key, item in value.items() if key != "x-expects"}
    closed = walked.get("additionalProperties") is False
    if walked.get("type") == "object" and (closed or "propertyNames" in walked):
        walked["patternProperties"] = {"^x-": True}
    return walked


def _is_form(branch: Schema) -> bool:
    return "$ref" in branch or "type" in branch


def _slot(value: Schema) -> Schema:
    kept = {key: item for key, item in value.items() if key not in ("x-slot", "x-signed", "x-from-environment", "type")}
    if "enum" in kept and value["x-slot"] == "text":
        return {**kept, "type": "string"}
    return {**kept, "$ref": f"#/$defs/slot-{value['x-slot']}"}


def _union(value: Schema) -> Schema:
    """Forms of a value: maps before lists before scalars, since any scalar is a text; each with the sentence of all."""
    own = {key: for_editors(item) for key, item in value.items() if key not in ("anyOf", "x-expects")}
    branches: list[Schema] = value["anyOf"]
    scalars = [branch for branch in branches if "x-slot" in branch]
    maps = [branch for branch in branches if "x-slot" not in branch and branch.get("type") != "array"]
    lists = [branch for branch in branches if branch.get("type") == "array"]
    described = {"description": value["description"]} if "description" in value else {}
    forms = [{**for_editors(branch), **described} for branch in maps]
    forms += [for_editors(branch) for branch in lists]
    forms += [_slot(scalar) for scalar in _merged(scalars)]
    return {**own, **forms[0]} if len(forms) == 1 else {**own, "anyOf": forms}


def _merged(scalars: list[Schema]) -> list[Schema]:
    """One slot for a ratio or a duration, so that one sentence says what is expected."""
    slots = {scalar["x-slot"] for scalar in scalars}
    return [{"x-slot": "ratio-or-duration"}] if slots == {"ratio", "duration"} else scalars
