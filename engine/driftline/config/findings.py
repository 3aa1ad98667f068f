"""The collector of diagnostics: every stage adds to it and goes on, so that all errors are told at once."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.config import codes
from driftline.config.codes import Code
from driftline.config.nodes import Node
from driftline.errors import Diagnostic, DiagnosticSeverity, Place
from driftline.printable import printable
from driftline.redaction import redacted

RelatedNode = tuple[Node, str]
MOST = 1_000  # of each severity: nobody reads more, and a broken file could yield millions
LONGEST = 1_000  # characters of a message or a hint


class TooManyErrors(Exception):
    """Nothing more is looked for: what was found is told, and that it is not all."""


class Findings:
    """Diagnostics in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self._counts = dict.fromkeys(DiagnosticSeverity, 0)

    def error(
        self, code: Code, message: str, at: Node | Place | None, hint: str | None = None, *related: RelatedNode
    ) -> None:
        self._add(DiagnosticSeverity.ERROR, code, message, at, hint, related)

    def warning(
        self, code: Code, message: str, at: Node | Place | None, hint: str | None = None, *related: RelatedNode
    ) -> None:
        self._add(DiagnosticSeverity.WARNING, code, message, at, hint, related)

    def _add(
        self,
        severity: DiagnosticSeverity,
        code: Code,
        message: str,
        at: Node | Place | None,
        hint: str | None,
        related: Iterable[RelatedNode],
    ) -> None:
        place = at if at is None or isinstance(at, Place) else at.place
        width = 1 if at is None or isinstance(at, Place) else at.width
        also = tuple((node.place, text) for node, text in related)
        hint = None if hint is None else _bounded(hint)
        found = Diagnostic(code.id, _bounded(message), place, hint, severity, width, also)
        if found in self._found:  # an alias that is used many times is one mistake
            return
        self._counts[severity] += 1
        if self._counts[severity] <= MOST:
            self._found[found] = None
        elif severity is DiagnosticSeverity.ERROR:
            raise TooManyErrors

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return self._counts[DiagnosticSeverity.ERROR] > 0

    def ordered(self, files: Iterable[str]) -> tuple[Diagnostic, ...]:
        """By file (in the order of inclusion), line and column."""
        rank = {name: index for index, name in enumerate(files)}

        def key(found: Diagnostic) -> tuple[int, int, int, str]:
            if found.place is None:
                return (-1, 0, 0, found.code)
            return (rank.get(found.place.file, len(rank)), found.place.line, found.place.column, found.code)

        return (*sorted(self._found, key=key), *self._left_out())

    def _left_out(self) -> Iterable[Diagnostic]:
        """What is not told because there is too much of it."""
        if self._counts[DiagnosticSeverity.WARNING] > MOST:
            message = f"{self._counts[DiagnosticSeverity.WARNING] - MOST:,} further warnings are not shown"
            yield Diagnostic(codes.LIMIT.id, message, severity=DiagnosticSeverity.WARNING)
        if self._counts[DiagnosticSeverity.ERROR] > MOST:
            message = f"there are more than {MOST:,} errors; the rest of the configuration was not looked at"
            yield Diagnostic(codes.LIMIT.id, message, hint="correct these first")


def _bounded(text: str) -> str:
    return printable(redacted(text if len(text) <= LONGEST else f"{text[:LONGEST]}…"))
