"""Writes the published schemas, laid out so that a person can read them."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 120


def layout(value: Any, indent: int = 0, room: int = WIDTH) -> str:
    """JSON in which what fits into a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= room or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        parts = [pad + layout(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = []
    for key, item in value.items():
        head = f"{pad}{json.dumps(key, ensure_ascii=False)}: "
        parts.append(head + layout(item, indent + 2, room - len(head) + indent + 2))
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
