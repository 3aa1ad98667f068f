"""Diagnostics for people: the line with a caret, the remedy, a summary; and those of several environments as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from driftline.config import codes
from driftline.config.content import read_bytes
from driftline.config.files import MAXIMUM_BYTES
from driftline.errors import Diagnostic, Place
from driftline.printable import printable
from driftline.redaction import redacted

WIDEST_LINE = 160
LONGEST_LINE = 10_000  # of a longer one nothing is shown beyond
Lines = Callable[[str], Sequence[str]]


def read_lines(file: str) -> Sequence[str]:
    """The lines of a file as a message shows them; none when it cannot be read any more."""
    try:
        return read_bytes(Path(file), MAXIMUM_BYTES).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return ()


def render_text(diagnostics: Iterable[Diagnostic], files: Sequence[str] = (), lines: Lines | None = None) -> str:
    """Every finding with its place, the line, a caret, the remedy and the related places; then a summary.

    `files` are those that were asked for; without them the summary names those that the findings are in.
    """
    found = list(diagnostics)
    lines = lines or cache(read_lines)
    files = files or list(dict.fromkeys(one.place.file for one in found if one.place is not None))
    blocks = [block(diagnostic, lines) for diagnostic in found]
    return printable("\n".join([*blocks, summary(found, files)]))


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


def block(diagnostic: Diagnostic, lines: Lines = read_lines) -> str:
    """One finding with all that belongs to it."""
    where = f"{diagnostic.place}: " if diagnostic.place is not None else ""
    parts = [f"{where}{diagnostic.severity} {diagnostic.code}: {diagnostic.message}"]
    if diagnostic.place is not None:
        parts += _excerpt(diagnostic.place, diagnostic.width, lines)
    if diagnostic.hint:
        parts.append(f"  help: {diagnostic.hint}")
    parts += [f"  {place}: {text}" for place, text in diagnostic.related]
    if diagnostic.environments:
        parts.append(f"  {where_found(diagnostic)}")
    return "\n".join(parts) + "\n"


def _excerpt(place: Place, width: int, lines: Lines) -> list[str]:
    """The line and a caret under what is meant; long lines are cut around it."""
    all_lines = lines(place.file)
    if not 1 <= place.line <= len(all_lines):
        return []
    line = all_lines[place.line - 1]
    start = min(place.column - 1, len(line))
    cut = max(0, start - WIDEST_LINE // 2) if len(line) > WIDEST_LINE else 0
    shown = _printable(redacted(line[:LONGEST_LINE])[cut : cut + WIDEST_LINE]).rstrip()
    underlined = max(1, min(width, len(shown) - (start - cut)))
    gutter = f"{place.line} | "
    return [f"  {gutter}{shown}", f"  {' ' * (len(gutter) - 2)}| {' ' * (start - cut)}{'^' * underlined}"]


def _printable(line: str) -> str:
    """One column per character: tabs and control characters would shift the caret, or drive the terminal."""
    return "".join(character if character.isprintable() else " " for character in line)


def where_found(diagnostic: Diagnostic) -> str:
    """`only in the environments dev and prod`; empty where it does not depend on the environment."""
    names = diagnostic.environments
    if len(names) < 2:
        return f"only in the environment {names[0]}" if names else ""
    return f"only in the environments {', '.join(names[:-1])} and {names[-1]}"


def merged(found: Mapping[str, Sequence[Diagnostic]]) -> tuple[Diagnostic, ...]:
    """The findings of one file by environment, each said once; one that not all of them have says in which it is.

    Where there are errors not every warning is looked for, so a warning is not missed there.
    """
    where: dict[Diagnostic, list[str]] = {}
    for environment, diagnostics in found.items():
        for diagnostic in diagnostics:
            where.setdefault(diagnostic, []).append(environment)
    files = list(dict.fromkeys(diagnostic.place.file for diagnostic in where if diagnostic.place is not None))

    def key(diagnostic: Diagnostic) -> tuple[bool, int, int, int]:
        place = diagnostic.place
        if place is None:  # what could not be read stands first, what is left out last
            return (diagnostic.code == codes.LIMIT.id, -1, 0, 0)
        return (False, files.index(place.file), place.line, place.column)

    sound = {environment for environment, diagnostics in found.items() if not any(one.is_error for one in diagnostics)}

    def expected(diagnostic: Diagnostic) -> set[str]:
        return set(found) if diagnostic.is_error else sound or set(found)

    return tuple(
        diagnostic if expected(diagnostic) <= set(names) else replace(diagnostic, environments=tuple(names))
        for diagnostic, names in sorted(where.items(), key=lambda item: key(item[0]))
    )


def distinct(found: Mapping[str, Iterable[Diagnostic]]) -> list[Diagnostic]:
    """The findings of several files; what two of them include is said once."""
    return list(dict.fromkeys(diagnostic for diagnostics in found.values() for diagnostic in diagnostics))
