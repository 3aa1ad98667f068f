"""Writes the published schema (`python -m driftline.schema.publish`), laid out so that a person can read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from driftline import registry
from driftline.registry import Registered, Registry
from driftline.schema.compose import compose
from driftline.schema.location import SCHEMAS

WIDTH = 120
PUBLISHED = SCHEMAS / "monitors.schema.json"
Kind = TypeVar("Kind")


def built_in(kinds: Registry) -> Registry:
    """The kinds that driftline itself brings: what is published must not depend on what else is installed."""
    return Registry(_own(kinds.checks), _own(kinds.sources), {})


def _own(kinds: Mapping[str, Registered[Kind]]) -> dict[str, Registered[Kind]]:
    return {name: kind for name, kind in kinds.items() if kind.load().__module__.startswith("driftline.")}


def published() -> str:
    """The text of schemas/monitors.schema.json."""
    return layout(compose(built_in(registry.load()))) + "\n"


def layout(value: Any, indent: int = 0, used: int = 0) -> str:
    """JSON in which what fits into a line stands on one; `used` columns of the first line are taken."""
    line = json.dumps(value, ensure_ascii=False)
    if used + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        parts = [pad + layout(item, indent + 2, indent + 2) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = []
    for key, item in value.items():
        head = f"{pad}{json.dumps(key, ensure_ascii=False)}: "
        parts.append(head + layout(item, indent + 2, len(head)))
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


if __name__ == "__main__":
    PUBLISHED.write_text(published(), "utf-8")
