"""What is remembered of one series between two windows: all that the fold needs, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from driftline.model import AlertState, SeriesKey, Severity


@dataclass(frozen=True)
class SeriesState:
    """The state of a series after the verdict on the window that ended at `last`.

    `phase` is inactive, pending or firing (resolved is a transition, after it the series is inactive). `severity`,
    `since` and `alert` are of the open alert. `streak` counts breaching windows in a row; `recent` holds, for an
    "m of n" policy, the last n counting verdicts: the window end of a breach, None of an ok. `breached` is the last
    breaching window's end.
    """

    phase: AlertState = AlertState.INACTIVE
    severity: Severity | None = None
    since: datetime | None = None
    alert: str | None = None
    streak: int = 0
    recent: tuple[datetime | None, ...] = ()
    breached: datetime | None = None
    last: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able dict; `from_json` reads it back."""
        return {
            "phase": self.phase.value,
            "severity": self.severity.value if self.severity else None,
            "since": _text(self.since),
            "alert": self.alert,
            "streak": self.streak,
            "recent": [_text(moment) for moment in self.recent],
            "breached": _text(self.breached),
            "last": _text(self.last),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SeriesState:
        severity = data["severity"]
        return cls(
            phase=AlertState(data["phase"]),
            severity=Severity(severity) if severity else None,
            since=_moment(data["since"]),
            alert=data["alert"],
            streak=data["streak"],
            recent=tuple(_moment(text) for text in data["recent"]),
            breached=_moment(data["breached"]),
            last=_moment(data["last"]),
        )


def alert_id(series: SeriesKey, since: datetime) -> str:
    """The name of one episode: the same series that starts to breach at the same window has the same alert."""
    parts = [series.environment, series.monitor, series.subject, series.column, series.segment, series.class_]
    return hashlib.sha256(f"{parts!r}@{since.astimezone(UTC).isoformat()}".encode()).hexdigest()[:16]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
