"""A file of incidents: what alerts are scored against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from driftline.clock import parse_instant
from driftline.compile.incidents import Incident
from driftline.config import codes
from driftline.config.files import File, read_text
from driftline.config.findings import Findings, TooManyErrors
from driftline.config.nodes import Entry, Map, Node, Scalar, Sequence, shape_of
from driftline.config.reader import parse_any
from driftline.errors import ConfigurationError
from driftline.model import Interval
from driftline.schema import decode_rules as rules
from driftline.schema.location import SCHEMAS
from driftline.schema.shapes import MapShape, Shapes
from driftline.schema.tree import Tree
from driftline.schema.walk import Walk

SECTION = "incidents"
FORM = "write a list such as `- {start: 2026-07-01, end: 2026-07-03, description: what happened}`"
_TEXT = {"x-slot": "text", "type": "string"}
_INSTANT = {"x-slot": "instant", "type": "string"}
_INCIDENT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "start": _INSTANT,
        "end": _INSTANT,
        "description": _TEXT,
        "match": {"$ref": "#/$defs/matcher"},
        # As in a configuration, from which a list may be copied.
        "id": _TEXT,
        "reason": _TEXT,
        "baselines": {**_TEXT, "enum": ["exclude", "keep"]},
        "alerts": {**_TEXT, "enum": ["keep", "silence"]},
    },
    "required": ["start", "end"],
}
_ROOT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {SECTION: {"type": "array", "items": _INCIDENT}},
}


def load_incidents(path: Path, timezone: str) -> tuple[Incident, ...]:
    """The incidents of a YAML file: a list, or a map with the list under `incidents`, as in a configuration.

    Instants are read in `timezone`. They say nothing of baselines here, nor of who is told. Raises ConfigurationError
    with every finding.
    """
    findings = Findings()
    found: tuple[Incident, ...] = ()
    with suppress(TooManyErrors):
        found = tuple(_read(path, timezone, findings))
    if findings.failed:
        raise ConfigurationError(findings.ordered([str(path)]))
    return found


def _read(path: Path, timezone: str, findings: Findings) -> Iterator[Incident]:
    name = str(path)
    text = read_text(path, name, None, findings)
    node = parse_any(text, name, findings, FORM) if text is not None else None
    root = _sections(node, findings) if node is not None else None
    if text is None or root is None:
        return
    walk = Walk(findings, Tree(), {name: File(name, path, text, root)})
    values = walk.map(root, _shape(), ()).get(SECTION, [])
    if findings.failed:
        return
    for index, value in enumerate(values):
        span = _span(value, index, timezone, walk)
        if span is not None:
            said = value.get("description") or value.get("reason")
            match = rules.matcher(value.get("match"))
            yield Incident(value.get("id") or f"#{index + 1}", span, match, said, excluded=False)


def _sections(node: Node, findings: Findings) -> Map | None:
    """The list under its name, however it is written."""
    if isinstance(node, Map) and SECTION in node.entries:
        return Map({SECTION: node.entries[SECTION]}, node.flow, node.file, node.line, node.column, node.width)
    if isinstance(node, Sequence):
        key = Scalar(SECTION, False, node.file, node.line, node.column, 1)
        return Map({SECTION: Entry(key, node)}, False, node.file, node.line, node.column, node.width)
    findings.error(codes.WRONG_SHAPE, f"the file takes a list of incidents, not {shape_of(node)}", node, FORM)
    return None


def _shape() -> MapShape:
    core: dict[str, Any] = json.loads((SCHEMAS / "core.schema.json").read_text("utf-8"))
    shapes = Shapes(core["$defs"])
    shapes.map("matcher").says = "a matcher"
    root = shapes.of(_ROOT)
    assert isinstance(root, MapShape)
    return root


def _span(value: rules.Typed, index: int, timezone: str, walk: Walk) -> Interval | None:
    start, end = (_instant(value[key], (SECTION, index, key), timezone, walk) for key in ("start", "end"))
    if start is None or end is None:
        return None
    if end <= start:
        how = "before it starts" if end < start else "when it starts"
        hint = "`end` is the first instant after it: of the whole of July 1, July 2"
        walk.findings.error(codes.BAD_SPAN, f"it ends {how}", walk.tree.node(SECTION, index, "end"), hint)
        return None
    return Interval(start, end)


def _instant(text: str, path: tuple[str | int, ...], timezone: str, walk: Walk) -> datetime | None:
    try:
        return parse_instant(text, timezone)
    except ValueError as error:
        walk.findings.error(codes.WRONG_VALUE, str(error), walk.tree.node(*path))
        return None
