"""A YAML document as a tree with positions: scalars keep their source text, for the schema decides what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.errors import Place

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, repr=False)
class Scalar:
    """A single value as it is written; `line` and `column` count from 1.

    `secret` says that (part of) the text came from the environment or a file and must not be shown; `known` is False
    when it could not be had and the caller allows that.
    """

    text: str
    quoted: bool
    file: str
    line: int
    column: int
    width: int
    secret: bool = False
    known: bool = True
    block: bool = False  # a literal or folded block: its text starts on the next line

    def __repr__(self) -> str:
        return f"Scalar({self.shown} at {self.place})"

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)

    @property
    def is_null(self) -> bool:
        return not self.quoted and not self.secret and self.text in NULLS

    @property
    def shown(self) -> str:
        """The value as a message may show it."""
        if self.secret:
            return "the value from the environment"
        text = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return f"`{text.splitlines()[0] if text.strip() else text}`"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Map:
    entries: Mapping[str, Entry]
    flow: bool
    file: str
    line: int
    column: int
    width: int

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    flow: bool
    file: str
    line: int
    column: int
    width: int

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, self.column)


Node = Scalar | Map | Sequence


def shape_of(node: Node) -> str:
    """What a node is, in the reader's words."""
    if isinstance(node, Map):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else "a single value"
