"""A guess: what was taken, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GIVEN = "given"


@dataclass(frozen=True)
class Guess:
    """A column (or a word) and why it was taken."""

    value: str
    reason: str

    @property
    def comment(self) -> str:
        return self.reason if self.reason == GIVEN else f"guessed: {self.reason}"


@dataclass(frozen=True)
class Scores:
    """The score of a model: one column, or one for each class under a glob or a map."""

    columns: tuple[str, ...]
    classes: Mapping[str, str] = field(default_factory=dict)  # class -> column, of a multiclass model
    glob: str | None = None
    reason: str = ""
    complement: tuple[str, ...] = ()  # columns that hold 1 - score

    @property
    def comment(self) -> str:
        return self.reason if self.reason == GIVEN else f"guessed: {self.reason}"


def ranked(found: Iterable[tuple[float, str, str]]) -> Guess | None:
    """The best of (rank, name, reason); the first of equals. None below 0."""
    best = max(found, key=lambda item: item[0], default=None)
    return Guess(best[1], best[2]) if best is not None and best[0] >= 0 else None
