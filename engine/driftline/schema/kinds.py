"""The shape of the whole language for one registry: each block is held against its own kind's parameters.

The discriminator (`check`, `type`, what implies it) is resolved first, so that a typo in a parameter is said to be one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from driftline import parameters
from driftline.config import codes
from driftline.config.nodes import Map, Node, Scalar, Sequence
from driftline.registry import Registry
from driftline.schema import decode_rules as rules
from driftline.schema.location import SCHEMAS
from driftline.schema.shapes import AnyShape, MapShape, Shapes
from driftline.schema.spelling import hint_for, nearest
from driftline.schema.tree import Path
from driftline.schema.walk import Walk

SUBJECTS = ("check", "metric", "preset")
BASELINES = ("source", "previous", "trailing", "seasonal", "range")


def core_schema() -> dict[str, Any]:
    """The hand-written schema of all that is not a kind's own."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / "core.schema.json").read_text("utf-8"))
    return loaded


class Language:
    """Shapes of the root and of `defaults`, with the kinds of a registry behind `source` and `monitor`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        schema = core_schema()
        self._shapes = Shapes(schema["$defs"])
        self._kinds: dict[tuple[str, str], MapShape] = {}
        root = self._shapes.of(schema)
        assert isinstance(root, MapShape)
        self.root = root
        self.defaults = self._shapes.map("defaults")
        self._source = self._shapes.map("source")
        self._monitor = self._shapes.map("monitor")
        self._source.short = "write `{path: …}`"
        self._source.select = self._select_source
        self._monitor.select = self._select_monitor
        self._shapes.map("baseline").select = self._select_baseline
        self._shapes.map("override").select = self._select_override
        for name in ("model", "metric", "channel", "baseline"):
            self._shapes.map(name).says = f"a {name}"
        self._shapes.map("matcher").says = "a matcher"
        for name in ("bounds", "level"):
            self._shapes.map(name).says = "a level of a threshold"
        self._shapes.map("settings").says = "what an override sets"
        for name in (*SUBJECTS, "model", "source", "was"):
            self._shapes.map("settings").elsewhere[name] = "this decides what a monitor is; write a monitor of its own"

    # Sources ---------------------------------------------------------------------------------------------------------

    def _select_source(self, node: Map, path: Path, walk: Walk) -> MapShape:
        kind = self._source_kind(node, path, walk)
        if kind is None:
            return MapShape(properties=dict(self._source.properties), extra=AnyShape())
        walk.tree.kinds[path] = kind
        return self.source_shape(kind)

    def source_shape(self, kind: str) -> MapShape:
        """What a source of this kind takes: the common keys and its own."""
        if ("source", kind) not in self._kinds:
            own = self._fragment(self.registry.source_class(kind))
            self._kinds["source", kind] = replace(
                own,
                properties=own.properties | self._source.properties,
                says=f"a source of type {kind}",
                short=self._source.short,
            )
        return self._kinds["source", kind]

    def _source_kind(self, node: Map, path: Path, walk: Walk) -> str | None:
        """The kind of a source: its `type`, else what its path or query implies; None when that is reported."""
        written = node.entries.get("type")
        if written is not None:
            return self._named_kind(written.value, walk)
        spot = walk.tree.marks[path].key or node
        if "query" in node.entries and "path" in node.entries:
            message = f"`{path[-1]}` has both a `path` and a `query`"
            walk.findings.error(codes.EXCLUSIVE_KEYS, message, spot, "keep one of them, or write the `type`")
            return None
        if "query" in node.entries and "sql" in self.registry.sources:
            return "sql"
        location = node.entries.get("path")
        if location is None:
            message = f"`{path[-1]}` has neither a `path` nor a `query`"
            hint = "write `path: data/*.parquet`, or `query: SELECT …` with its `url`"
            if any(key.startswith(("path:", "query:")) for key in node.entries):
                hint = "a space is needed after the colon"
            walk.findings.error(codes.EXCLUSIVE_KEYS, message, spot, hint)
            return None
        return self._kind_of_path(location.value, walk)

    def _named_kind(self, value: Node, walk: Walk) -> str | None:
        if not isinstance(value, Scalar) or value.secret or value.is_null:
            return None
        if value.text in self.registry.sources:
            return value.text
        hint = hint_for(value.text, self.registry.sources, "type of source")
        walk.findings.error(codes.UNKNOWN_SOURCE_TYPE, f"there is no type of source {value.shown}", value, hint)
        return None

    def _kind_of_path(self, value: Node, walk: Walk) -> str | None:
        first = value.items[0] if isinstance(value, Sequence) and value.items else value
        if not isinstance(first, Scalar) or first.is_null:
            return None
        text = first.text.lower()
        for kind in self.registry.sources:
            if text.rstrip("/").endswith(self.registry.source_class(kind).suffixes or "\0"):
                return kind
        if first.known:
            suffixes = {s for kind in self.registry.sources for s in self.registry.source_class(kind).suffixes}
            *others, last = sorted(s for s in suffixes if s.count(".") == 1)  # the compressed forms go without saying
            types = " | ".join(sorted(self.registry.sources))
            message = f"the type of the source cannot be told from {first.shown}"
            hint = f"end the path in {', '.join(others)} or {last}, or write `type: {types}`"
            walk.findings.error(codes.UNCLEAR_SOURCE_TYPE, message, first, hint)
        return None

    # Monitors --------------------------------------------------------------------------------------------------------

    def _select_monitor(self, node: Map, path: Path, walk: Walk) -> MapShape:
        entry = node.entries.get("check")
        if entry is None:
            return self._without_parameters(next((key for key in SUBJECTS if key in node.entries), "check"))
        value = entry.value
        if isinstance(value, Scalar) and not value.secret and not value.is_null:
            if value.text in self.registry.checks:
                return self.monitor_shape(value.text)
            meant = nearest(value.text, self.registry.checks)
            hint = f"did you mean `{meant}`?" if meant else None
            walk.findings.error(codes.UNKNOWN_CHECK, f"there is no check {value.shown}", value, hint)
        return replace(self._monitor, select=None)

    def monitor_shape(self, check: str) -> MapShape:
        """What a monitor of this check takes: the common keys, with the check's own parameters in `params`."""
        if ("check", check) not in self._kinds:
            own = self._fragment(self.registry.check_class(check))
            own.says = f"the params of {check}"
            write = "it is a parameter of {}: write `params: {{{}: …}}`"
            self._kinds["check", check] = replace(
                self._monitor,
                properties=self._monitor.properties | {"params": own},
                required=("params",) if own.required else (),
                says="a monitor",
                elsewhere={name: write.format(check, name) for name in own.properties},
                select=None,
            )
        return self._kinds["check", check]

    def _without_parameters(self, subject: str) -> MapShape:
        if ("subject", subject) not in self._kinds:
            properties = {name: shape for name, shape in self._monitor.properties.items() if name != "params"}
            hint = f"`params` belong to a check; a {subject} has none"
            elsewhere = {"params": hint} if subject != "check" else {"params": "say which `check` they are for"}
            self._kinds["subject", subject] = replace(
                self._monitor, properties=properties, says="a monitor", elsewhere=elsewhere, select=None
            )
        return self._kinds["subject", subject]

    # Overrides -------------------------------------------------------------------------------------------------------

    def _select_override(self, node: Map, path: Path, walk: Walk) -> MapShape:
        """`params` are typed by the one check that the matcher names."""
        override = replace(self._shapes.map("override"), select=None)
        settings = self._shapes.map("settings")
        check = _single_check(node)
        own = self._fragment(self.registry.check_class(check)) if check in self.registry.checks else AnyShape()
        typed = replace(settings, properties=settings.properties | {"params": own})
        return replace(override, properties=override.properties | {"set": typed})

    # Baselines -------------------------------------------------------------------------------------------------------

    def _select_baseline(self, node: Map, path: Path, walk: Walk) -> MapShape:
        entry = node.entries.get("type")
        lenient = replace(self._shapes.map("baseline"), select=None)
        if entry is None or not isinstance(entry.value, Scalar):
            return lenient
        kind = entry.value.text
        if not entry.value.secret and kind in BASELINES:
            return replace(self._shapes.map(f"baseline-{kind}"), says=f"a baseline of type {kind}")
        return lenient

    # Common ----------------------------------------------------------------------------------------------------------

    def _fragment(self, kind: type) -> MapShape:
        shape = self._shapes.of(parameters.fragment(kind))
        assert isinstance(shape, MapShape)
        return shape


def _single_check(node: Map) -> str:
    """The one check that an override's matcher names, or nothing."""
    match = node.entries.get("match")
    entry = match.value.entries.get("check") if match is not None and isinstance(match.value, Map) else None
    if entry is None:
        return ""
    value = entry.value.items[0] if isinstance(entry.value, Sequence) and len(entry.value.items) == 1 else entry.value
    return value.text if isinstance(value, Scalar) else ""


def decode_parameters(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the kind's fields take them: a parameter of many is a tuple, a matcher a Matcher."""
    declared = _by_name(kind)
    return {declared[name].field: _decoded(declared[name], value) for name, value in values.items()}


@cache
def _by_name(kind: type) -> Mapping[str, parameters.Parameter]:
    return {parameter.name: parameter for parameter in parameters.parameters(kind)}


def _decoded(parameter: parameters.Parameter, value: Any) -> Any:
    if parameter.matcher:
        return rules.matcher(value)
    if parameter.many:
        return tuple(value) if isinstance(value, list) else (value,)
    return value
