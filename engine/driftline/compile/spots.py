"""Where in the files something is written, for findings that are made after reading."""

from __future__ import annotations

from dataclasses import replace

from driftline.config.document import Document
from driftline.config.nodes import Node, Scalar
from driftline.errors import Place
from driftline.schema.tree import Path, Places

Spot = Node | Place | None


def spot(document: Document, *paths: Path) -> Spot:
    """The first of the paths that is written, to be underlined; else the nearest thing above the last."""
    if isinstance(document.places, Places):
        for path in paths:
            if (mark := document.places.marks.get(path)) is not None:
                return mark.spot
        for end in range(len(paths[-1]) - 1, 0, -1):
            if (mark := document.places.marks.get(paths[-1][:end])) is not None:
                return mark.key or mark.value
    return document.place(*paths[-1])


def unknown_sources(document: Document) -> frozenset[str]:
    """The sources of which something should have come from the environment and did not."""
    if not isinstance(document.places, Places):
        return frozenset()
    inside_sources = ((path, mark.value) for path, mark in document.places.marks.items() if path[0] == "sources")
    return frozenset(str(path[1]) for path, value in inside_sources if isinstance(value, Scalar) and not value.known)


def secrets(document: Document) -> frozenset[str]:
    """The texts that came from the environment or from a file."""
    if not isinstance(document.places, Places):
        return frozenset()
    values = (mark.value for mark in document.places.marks.values())
    return frozenset(value.text for value in values if isinstance(value, Scalar) and value.secret and value.text)


def said(text: str, at: Spot) -> str:
    """A text of the configuration as a message may show it: never one from the environment."""
    return at.shown if isinstance(at, Scalar) and at.secret else f"`{text}`"


def inside(at: Spot, text: str, start: int, width: int) -> Spot:
    """A part of a text that stands on one line as it is; the whole where it is folded, escaped or secret."""
    if not isinstance(at, Scalar) or at.secret or at.block or "\n" in text:
        return at
    if at.text != text or at.width != len(text) + 2 * at.quoted:
        return at
    return replace(at, column=at.column + at.quoted + start, width=max(width, 1))
