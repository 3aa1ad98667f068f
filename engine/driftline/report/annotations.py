"""Diagnostics as GitHub's workflow commands: each becomes an annotation at its place in the reviewed change."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.config.codes import CODES
from driftline.errors import Diagnostic
from driftline.report.diagnostics import where_found


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """One command per line; nothing where there is no finding."""
    return "\n".join(_command(diagnostic) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    title = f"{diagnostic.code}: {CODES[diagnostic.code].title}" if diagnostic.code in CODES else diagnostic.code
    properties: dict[str, str] = {}
    if place is not None:
        end = place.column + diagnostic.width
        properties = {"file": place.file, "line": str(place.line), "col": str(place.column), "endColumn": str(end)}
    properties["title"] = title
    listed = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
    parts = [diagnostic.message, f"help: {diagnostic.hint}" if diagnostic.hint else "", where_found(diagnostic)]
    return f"::{diagnostic.severity} {listed}::{_escape(chr(10).join(part for part in parts if part))}"


def _escape(text: str, more: str = "") -> str:
    """As the runner un-escapes it: percent first, then line ends, and in properties colon and comma."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
