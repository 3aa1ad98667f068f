"""Diagnostics for people (text with a caret), for programs (JSON) and for a forge's annotations (workflow commands)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from driftline.config.codes import CODES
from driftline.errors import Diagnostic, Place

WIDEST_LINE = 160
Lines = Callable[[str], Sequence[str]]


@cache
def read_lines(file: str) -> Sequence[str]:
    """The lines of a file as a message shows them; none when it cannot be read any more."""
    try:
        return Path(file).read_bytes().decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return ()


def render_text(diagnostics: Iterable[Diagnostic], files: Sequence[str] = (), lines: Lines = read_lines) -> str:
    """Every finding with its place, the line, a caret, the remedy and the related places; then a summary.

    `files` are those that were asked for; without them the summary names those that the findings are in.
    """
    found = list(diagnostics)
    files = files or list(dict.fromkeys(one.place.file for one in found if one.place is not None))
    blocks = [_block(diagnostic, lines) for diagnostic in found]
    return "\n".join([*blocks, summary(found, files)])


def summary(diagnostics: Sequence[Diagnostic], files: Sequence[str]) -> str:
    """`2 errors and 1 warning in 3 files`."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    counts = [_count(errors, "error")] if errors else []
    warnings = len(diagnostics) - errors
    counts += [_count(warnings, "warning")] if warnings else []
    where = files[0] if len(files) == 1 else _count(len(files), "file")
    if not files:
        return " and ".join(counts)
    return f"{' and '.join(counts)} in {where}" if counts else f"{where}: no errors"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _block(diagnostic: Diagnostic, lines: Lines) -> str:
    where = f"{diagnostic.place}: " if diagnostic.place is not None else ""
    parts = [f"{where}{diagnostic.severity} {diagnostic.code}: {diagnostic.message}"]
    if diagnostic.place is not None:
        parts += _excerpt(diagnostic.place, diagnostic.width, lines)
    if diagnostic.hint:
        parts.append(f"  help: {diagnostic.hint}")
    parts += [f"  {place}: {text}" for place, text in diagnostic.related]
    return "\n".join(parts) + "\n"


def _excerpt(place: Place, width: int, lines: Lines) -> list[str]:
    """The line and a caret under what is meant; long lines are cut around it."""
    all_lines = lines(place.file)
    if not 1 <= place.line <= len(all_lines):
        return []
    line = _printable(all_lines[place.line - 1])
    start = min(place.column - 1, len(line))
    cut = max(0, start - WIDEST_LINE // 2) if len(line) > WIDEST_LINE else 0
    shown = line[cut : cut + WIDEST_LINE].rstrip()
    underlined = max(1, min(width, len(shown) - (start - cut)))
    gutter = f"{place.line} | "
    return [f"  {gutter}{shown}", f"  {' ' * (len(gutter) - 2)}| {' ' * (start - cut)}{'^' * underlined}"]


def _printable(line: str) -> str:
    """One column per character: tabs and control characters would shift the caret, or drive the terminal."""
    return "".join(character if character.isprintable() else " " for character in line)


def render_json(diagnostics: Iterable[Diagnostic], files: Sequence[str]) -> str:
    """One document for programs."""
    found = list(diagnostics)
    errors = sum(diagnostic.is_error for diagnostic in found)
    document = {
        "version": 1,
        "files": list(files),
        "diagnostics": [_as_map(diagnostic) for diagnostic in found],
        "summary": {"errors": errors, "warnings": len(found) - errors},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_map(diagnostic: Diagnostic) -> Mapping[str, Any]:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "end_column": place.column + diagnostic.width if place else None,
        "related": [
            {"file": other.file, "line": other.line, "column": other.column, "message": text}
            for other, text in diagnostic.related
        ],
    }


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands: one annotation per finding, at its place in the reviewed change."""
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
    text = diagnostic.message + (f"\nhelp: {diagnostic.hint}" if diagnostic.hint else "")
    return f"::{diagnostic.severity} {listed}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    """As the runner un-escapes it: percent first, then line ends, and in properties colon and comma."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
