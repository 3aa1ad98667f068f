"""What the engine did in a case: verdicts, alerts and notices, each with the run that said so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from driftline.model import AlertState, MonitorFacts, Result, SeriesKey, Severity
from driftline.scenario.receiver import Received

RANK = {Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True)
class Verdict:
    """A verdict and the run that came to it."""

    at: datetime
    result: Result


@dataclass(frozen=True)
class Moment:
    """What an alert was at one run."""

    at: datetime
    state: str  # pending | firing | resolved | none: withdrawn, or over before it fired
    severity: Severity


@dataclass
class Episode:
    """One alert from its first run to its last; `reason` is that of the verdict it began or fired with."""

    id: str
    series: SeriesKey
    reason: str | None
    moments: list[Moment] = field(default_factory=list)

    @property
    def state(self) -> str:
        """At the end of the case."""
        return self.moments[-1].state

    @property
    def severity(self) -> Severity:
        """The worst that it was."""
        return max((each.severity for each in self.moments), key=RANK.__getitem__)

    @property
    def fired(self) -> bool:
        return any(each.state == AlertState.FIRING for each in self.moments)

    def first(self, state: str) -> datetime | None:
        """The run that said so first."""
        return next((each.at for each in self.moments if each.state == state), None)

    def at(self, run: datetime) -> Moment | None:
        """What it was at a run: the last that was said up to then."""
        return next((each for each in reversed(self.moments) if each.at <= run), None)


@dataclass(frozen=True)
class Told:
    """A notice and the run that sent it."""

    at: datetime
    notice: Received


@dataclass
class Seen:
    """All of it, in order of time. `facts` are those of monitors, by name and subject."""

    runs: tuple[datetime, ...]
    timezone: str
    verdicts: list[Verdict] = field(default_factory=list)
    episodes: dict[str, Episode] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    facts: dict[tuple[str, str], MonitorFacts] = field(default_factory=dict)

    def run_at(self, moment: datetime) -> datetime | None:
        """The first run at or after a moment."""
        return next((run for run in self.runs if run >= moment), None)

    def final(self) -> dict[tuple[SeriesKey, object], Verdict]:
        """The last verdict on each window of each series; a check without windows has one per run."""
        found: dict[tuple[SeriesKey, object], Verdict] = {}
        for verdict in self.verdicts:
            result = verdict.result
            window: object = result.window if result.window.start is not None else verdict.at
            found[result.series, window] = verdict
        return found
