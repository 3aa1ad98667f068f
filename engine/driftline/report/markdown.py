"""Markdown as pull requests show it: text that stays text, tables, and parts that fold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKS = re.compile(r"([\\`*_\[\]|~])")


def escaped(text: str) -> str:
    """A text that means itself, in a line or a cell of a table: no markup, no HTML, no mention of people."""
    return _MARKS.sub(r"\\\1", re.sub(r"(?<!&)#(?=\w)", "&#35;", escaped_html(text)))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts, which are escaped."""
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    lines += [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(text)}" for text in texts)


def details(summary: str, body: str) -> str:
    """A part that is folded until a reader opens it; its body is Markdown."""
    return f"<details>\n<summary>{escaped_html(summary)}</summary>\n\n{body}\n\n</details>"


def escaped_html(text: str) -> str:
    """A text inside of an HTML element, in which Markdown is not read."""
    plain = " ".join(text.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
