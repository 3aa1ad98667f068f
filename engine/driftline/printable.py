"""Text for a terminal: what would drive it, or show another order than is written, is shown as an escape."""

from __future__ import annotations

import re

# C0 and C1 controls but the line end, separators of lines, embeddings and isolates of direction, lone surrogates.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


_STYLE_OR_UNSAFE = re.compile(rf"\x1b\[[0-9;]*m|{_UNSAFE.pattern}")  # colours and weights do no harm


def printable(text: str, *, styled: bool = False) -> str:
    """The text with `\\x1b` for an escape character, and so on: names and values come from files and data.

    Of a `styled` text, colours are kept.
    """
    return (_STYLE_OR_UNSAFE if styled else _UNSAFE).sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    if len(found.group()) > 1:
        return found.group()
    number = ord(found.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
