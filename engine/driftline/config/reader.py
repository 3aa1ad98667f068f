"""YAML text -> tree with positions, safely: one pass over libyaml's events.

Events rather than libyaml-composed nodes: the composer recurses in C (a deeply nested file ends the process), resolves
aliases silently, and takes six times as long. Here depth and expansion are bounded and every refusal has a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from driftline.config import codes
from driftline.config.findings import Findings
from driftline.config.nodes import Entry, Map, Node, Scalar, Sequence
from driftline.config.syntax import alias_hint, report_syntax

MAXIMUM_DEPTH = 64
MAXIMUM_LENGTH = 1 << 16  # of one value, in characters
MAXIMUM_NODES = 250_000  # of one file, after the expansion of aliases: some 12,000 monitors

FORBIDDEN = re.compile(
    # as YAML has it, and what makes a text look like another one: embeddings and isolates of direction
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Refused(Exception):
    """The file cannot be read on; the finding is already reported."""


@dataclass(slots=True)
class Anchor:
    """A marked node and how far it expands."""

    node: Node
    size: int
    height: int


@dataclass(slots=True)
class Frame:
    """A map or list that is still open; `size` and `height` count expanded nodes below it."""

    event: yaml.CollectionStartEvent
    is_map: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    merges: list[Node] = field(default_factory=list)
    awaiting_key: bool = True
    key: Scalar | None = None
    size: int = 1
    height: int = 1


def parse(text: str, file: str, findings: Findings) -> Map | None:
    """The top-level map of a YAML text; None when it cannot be read (the findings say why)."""
    root = parse_any(text, file, findings, "start with `version: 1`")
    if root is None:
        return None
    if not isinstance(root, Map):
        what = "a list" if isinstance(root, Sequence) else "a single value"
        hint = "write `key: value` pairs, with a space after the colon" if isinstance(root, Scalar) else None
        findings.error(codes.NOT_A_MAP, f"the top level is {what}, not a map of sections", root, hint)
        return None
    return root


def parse_any(text: str, file: str, findings: Findings, hint: str) -> Node | None:
    """The top level of a YAML text, whatever it is; None when it cannot be read. `hint` is for an empty file."""
    try:
        root = _Builder(text, file, findings).build()
    except Refused:
        return None
    except yaml.YAMLError as error:
        report_syntax(error, text, file, findings)
        return None
    if root is None or (isinstance(root, Scalar) and root.is_null):
        findings.error(codes.NOT_A_MAP, "the file is empty", root or _start(file), hint)
        return None
    return root


def _start_of(event: yaml.Event) -> int:
    """Where it starts in the text, in characters."""
    assert event.start_mark is not None  # libyaml marks every event
    return event.start_mark.index


def _start(file: str) -> Scalar:
    return Scalar("", False, file, 1, 1, 1)


class _Builder:
    """The state of one pass over the events of a text."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self.text = text
        self.file = file
        self.findings = findings
        self.stack: list[Frame] = []
        self.anchors: dict[str, Anchor] = {}
        self.open_anchors: set[str] = set()
        self.total = 0
        self.root: Node | None = None

    def build(self) -> Node | None:
        documents = 0
        for event in _events(self.text):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._open(event, isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "the file holds several documents, divided by `---`"
                    self._refuse(codes.NOT_A_MAP, message, event, "put each into a file of its own and `include` them")
        return self.root

    def _refuse(self, code: codes.Code, message: str, event: yaml.Event, hint: str | None = None) -> None:
        self.findings.error(code, message, self._at(event), hint)
        raise Refused

    def _at(self, event: yaml.Event) -> Scalar:
        return Scalar("", False, self.file, *_position(event))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._check_tag(event)
        if len(event.value) > MAXIMUM_LENGTH:
            message = f"a value of {len(event.value):,} characters is too long"
            self._refuse(codes.LIMIT, message, event, f"the limit is {MAXIMUM_LENGTH:,}")
        if not event.value.isprintable() and (bad := FORBIDDEN.search(event.value)) is not None:
            message = f"the control character U+{ord(bad.group()):04X} is not allowed, nor is an escape that means it"
            self.findings.error(codes.NOT_TEXT, message, self._at(event), "remove it")
        style = event.style
        block = style in ("|", ">")
        node = Scalar(event.value, bool(style), self.file, *_position(event), False, True, block)
        if event.anchor:
            self._anchor(event.anchor, node, 1, 1)
        self._place(node, 1, 1)

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and event.tag != "!":
            message = "YAML tags are not part of the language"
            self.findings.error(codes.TAG, message, self._at(event), "remove the tag; the place decides the type")

    def _open(self, event: yaml.CollectionStartEvent, is_map: bool) -> None:
        self._check_tag(event)
        if len(self.stack) >= MAXIMUM_DEPTH:
            self._refuse(codes.LIMIT, f"the nesting is deeper than {MAXIMUM_DEPTH} levels", event)
        if event.anchor:
            self.anchors.pop(event.anchor, None)
            self.open_anchors.add(event.anchor)
        self.stack.append(Frame(event, is_map))

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        frame = self.stack.pop()
        start = frame.event
        line, column, width = _position(start, event)
        node: Node
        if frame.is_map:
            self._merge(frame)
            node = Map(frame.entries, bool(start.flow_style), self.file, line, column, width)
        else:
            node = Sequence(tuple(frame.items), bool(start.flow_style), self.file, line, column, width)
        if start.anchor:
            self.open_anchors.discard(start.anchor)
            self._anchor(start.anchor, node, frame.size, frame.height)
        self._place(node, frame.size, frame.height)

    def _anchor(self, name: str, node: Node, size: int, height: int) -> None:
        self.anchors[name] = Anchor(node, size, height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        found = self.anchors.get(name)
        if found is None:
            if name in self.open_anchors:
                self._refuse(codes.BAD_ALIAS, f"`*{name}` stands inside of the value that it refers to", event)
            message = f"`*{name}` refers to an anchor that does not exist"
            self.findings.error(codes.BAD_ALIAS, message, self._at(event), alias_hint(self.text, _start_of(event)))
            found = Anchor(Scalar(f"*{name}", True, self.file, *_position(event), False, False), 1, 1)
        if len(self.stack) + found.height > MAXIMUM_DEPTH:
            self._refuse(codes.LIMIT, f"the nesting is deeper than {MAXIMUM_DEPTH} levels", event)
        self._place(found.node, found.size, found.height, event)

    def _place(self, node: Node, size: int, height: int, alias: yaml.AliasEvent | None = None) -> None:
        """Put a finished node where it belongs: as key or value of the open map, item of the open list, or root."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if frame.size > MAXIMUM_NODES:
            message = "the aliases expand to too many values" if alias else "the file holds too many values"
            self._refuse(codes.LIMIT, message, alias or frame.event, f"the limit is {MAXIMUM_NODES:,} in one file")
        if not frame.is_map:
            frame.items.append(node)
        elif frame.awaiting_key:
            frame.key = self._key(node)
            frame.awaiting_key = False
        else:
            self._entry(frame, node)
            frame.awaiting_key = True

    def _key(self, node: Node) -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        what = "an empty key" if isinstance(node, Scalar) else "a list or a map as a key"
        self.findings.error(codes.BAD_KEY, f"{what} is not possible", node, "keys are plain texts")
        return None

    def _entry(self, frame: Frame, value: Node) -> None:
        key = frame.key
        if key is None:
            return
        if key.text == "<<" and not key.quoted:
            frame.merges.append(value)
            return
        if (first := frame.entries.get(key.text)) is not None:
            message = f"`{key.text}` is written twice in one map"
            hint = "remove one of the two, or merge them: only one could count"
            self.findings.error(codes.DUPLICATE_KEY, message, key, hint, (first.key, "first written here"))
            return
        frame.entries[key.text] = Entry(key, value)

    def _merge(self, frame: Frame) -> None:
        """`<<`: keys of the named maps that the map itself (or an earlier one) does not have."""
        for merge in frame.merges:
            for source in merge.items if isinstance(merge, Sequence) else (merge,):
                if isinstance(source, Map):
                    for name, entry in source.entries.items():
                        frame.entries.setdefault(name, entry)
                else:
                    message = "`<<` takes a map or a list of maps"
                    self.findings.error(codes.BAD_KEY, message, source, "write `<<: *anchor`")


def _events(text: str) -> Iterator[yaml.Event]:
    loader = Loader(text)
    try:
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            yield event
    finally:
        loader.dispose()


def _position(event: yaml.Event, end: yaml.Event | None = None) -> tuple[int, int, int]:
    """Line and column from 1, and the width of what stands on the first line."""
    start, stop = event.start_mark, (end or event).end_mark
    assert start is not None  # libyaml marks every event
    assert stop is not None
    width = stop.column - start.column if stop.line == start.line else 1
    return start.line + 1, start.column + 1, max(width, 1)
