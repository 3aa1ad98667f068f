"""What can go wrong, as values with a place, and the one base class of all that driftline raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, order=True)
class Place:
    """A position in a text file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class DiagnosticSeverity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a configuration.

    `code` is stable (`DL012`) and has a page in docs/; `message` says what is wrong in the reader's words;
    `hint` says what to write instead; `width` is the number of characters that the caret underlines;
    `related` are other places that matter, each with a short text; `environments` names those in which alone it is
    found, and is empty where it does not depend on the environment.
    """

    code: str
    message: str
    place: Place | None = None
    hint: str | None = None
    severity: DiagnosticSeverity = DiagnosticSeverity.ERROR
    width: int = 1
    related: tuple[tuple[Place, str], ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is DiagnosticSeverity.ERROR


class DriftlineError(Exception):
    """Base of every error that driftline raises on purpose; `exit_code` is the command line's."""

    exit_code = 3


class UsageError(DriftlineError):
    """The call itself is wrong: an option, an argument, an environment that is not declared."""

    exit_code = 2


class ConfigurationError(DriftlineError):
    """The configuration cannot be used; carries every diagnostic that was found, warnings included."""

    exit_code = 2

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.is_error]
        first = errors[0] if errors else None
        where = f"{first.place}: " if first and first.place else ""
        super().__init__(f"{len(errors)} configuration error(s); first: {where}{first.message if first else ''}")


class SourceError(DriftlineError):
    """A source could not be opened or read; the message names the source, the cause and the next step."""


class StoreError(DriftlineError):
    """The state store could not be opened, read or written."""
