"""What became of the cases of a call: values that every format is rendered from."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.errors import DriftlineError
from driftline.scenario.compare import Difference
from driftline.scenario.definition import Case
from driftline.scenario.seen import Seen


@dataclass(frozen=True)
class Outcome:
    """A case that was played: how it differs from what is expected, or the error that ended it."""

    case: Case
    seconds: float
    differences: tuple[Difference, ...] = ()
    seen: Seen | None = None
    error: DriftlineError | None = None
    updated: bool = False

    @property
    def passed(self) -> bool:
        return not self.differences and self.error is None

    @property
    def status(self) -> str:
        """ok | failed | error | updated."""
        if self.error is not None:
            return "error"
        if self.updated:
            return "updated"
        return "failed" if self.differences else "ok"
