"""The shape of a scenario file: what kind a block is decides which keys it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from driftline.config.nodes import Map, Scalar
from driftline.schema.location import SCHEMAS
from driftline.schema.shapes import AnyShape, MapShape, Shapes
from driftline.schema.tree import Path
from driftline.schema.walk import Walk

SCHEMA = SCHEMAS / "scenario.schema.json"
COLUMNS = "column-"
EVENTS = "event-"


def scenario_schema() -> dict[str, Any]:
    """The hand-written schema, as editors read it."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return loaded


class ScenarioLanguage:
    """The shape of a file's root, with the kinds of data, columns and events behind it."""

    def __init__(self) -> None:
        schema = scenario_schema()
        definitions = {name: _without_branches(value) for name, value in schema["$defs"].items()}
        self._shapes = Shapes(definitions)
        root = self._shapes.of(schema)
        assert isinstance(root, MapShape)
        self.root = root
        self._shapes.map("data").select = self._select_data
        self._shapes.map("data").short = "write `{rows: 200, columns: {…}}`, or `{files: …}`"
        for what, prefix in (("column", COLUMNS), ("event", EVENTS)):
            self._shapes.map(what).select = partial(self._select_type, what, prefix)
        for name, says in {"matcher": "a matcher", "case": "a case", "expect": "what is expected"}.items():
            self._shapes.map(name).says = says
        for kind in ("status", "alert", "notice"):
            self._shapes.map(f"expected-{kind}").says = f"an expected {kind}"

    def _select_data(self, node: Map, path: Path, walk: Walk) -> MapShape:
        kind = next((key for key in ("files", "labels") if key in node.entries), "rows")
        says = {"files": "data from files", "labels": "data of labels", "rows": "data that is drawn"}[kind]
        return replace(self._shapes.map(f"data-{kind}"), says=says)

    def _select_type(self, what: str, prefix: str, node: Map, path: Path, walk: Walk) -> MapShape:
        """The shape that the key `type` names; without a usable one, `type` alone is looked at."""
        entry = node.entries.get("type")
        type_ = self._shapes.map(what).properties["type"]
        kind = entry.value.text if entry is not None and isinstance(entry.value, Scalar) else None
        if kind is not None and kind in (getattr(type_, "choices", None) or ()):
            return replace(self._shapes.map(prefix + kind), says=f"{_an(what)} of type {kind}")
        return MapShape({"type": type_}, AnyShape(), required=("type",), says=_an(what))


def _an(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _without_branches(definition: Mapping[str, Any]) -> dict[str, Any]:
    """`allOf` tells editors what `select` tells us."""
    return {key: value for key, value in definition.items() if key != "allOf"}
