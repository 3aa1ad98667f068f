"""What tuning comes to: values that every format is rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driftline.report.backtest.values import BacktestReport


@dataclass(frozen=True)
class Standing:
    """The alerts of one monitor on one model over the history.

    `false_alarms` touch no incident, and are what the budget is about; `per_week` is their rate over the history that
    could be read. `caught` are the incidents that an alert touches, `detected` those in which one began to fire, after
    a median `delay`.
    """

    alerts: int
    false_alarms: int
    per_week: float
    caught: tuple[str, ...] = ()
    detected: tuple[str, ...] = ()
    delay: timedelta | None = None


@dataclass(frozen=True)
class Tuned:
    """One monitor over its budget, `limit` alerts a week: as it is, and as proposed.

    `after` is what the replay of the patched configuration found; None where nothing is proposed, for the `reason`.
    `overrides` are its items of the patch, `settings` what is there now instead. `lost` are incidents that it caught
    before, each of which another monitor catches. `doubts` are what speaks against the change. All rests on `windows`
    in `weeks`.
    """

    monitor: str
    subject: str
    limit: float
    windows: int
    weeks: float
    before: Standing
    after: Standing | None = None
    overrides: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def name(self) -> str:
        return f"{self.monitor}/{self.subject}"

    @property
    def is_met(self) -> bool:
        """Whether the change brings it down to the budget."""
        return self.after is not None and self.after.per_week <= self.limit + 1e-9

    @property
    def shortfall(self) -> str:
        """What is to be said of a proposal that does not keep to the budget."""
        lost = ": what would loses an incident" if self.before.caught else ""
        return f"no change brings it down to {self.limit:.2g} a week{lost}"


@dataclass(frozen=True)
class TuneReport:
    """A proposal. `budget` is as written; `total`: it is that of all monitors together.

    `before` and `after` are the replays of the configuration as it is and with the patch; `within` are the monitors
    that keep to the budget, `tuned` the others, the noisiest first. `where` says where the patch belongs, `warnings`
    how far to trust it.
    """

    budget: str
    total: bool
    limit: float  # of each monitor, in alerts a week
    before: BacktestReport
    after: BacktestReport | None
    within: int
    tuned: tuple[Tuned, ...]
    where: str
    patch: str | None
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something could not be judged."""
        return self.before.failed or (self.after is not None and self.after.failed)
