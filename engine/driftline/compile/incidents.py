"""Incidents as spans of time, and of which series they speak."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from driftline.clock import parse_instant
from driftline.compile.match import matches, may_match
from driftline.config.document import Document, Matcher
from driftline.model import Interval, MonitorFacts, SeriesKey


@dataclass(frozen=True, eq=False)
class Incident:
    """Something that happened during `span` to what `match` fits.

    `excluded`: its rows are no part of baselines. `silent`: alerts of that time are not told.
    """

    id: str
    span: Interval
    match: Matcher
    reason: str | None = None
    excluded: bool = True
    silent: bool = False

    def fits(self, facts: MonitorFacts, series: SeriesKey) -> bool:
        """Whether a series is touched by it."""
        return matches(self.match, facts, series, None)


def incidents_of(document: Document) -> tuple[Incident, ...]:
    """The incidents of a document; their instants are read in the root file's time zone."""
    zone = document.defaults.timezone
    return tuple(
        Incident(
            one.id,
            Interval(parse_instant(one.start, zone), parse_instant(one.end, zone)),
            one.match,
            one.reason,
            one.baselines == "exclude",
            one.alerts == "silence",
        )
        for one in document.incidents
    )


def excluded_from(incidents: Iterable[Incident], facts: MonitorFacts) -> tuple[Incident, ...]:
    """The incidents whose rows the baselines of a monitor, or of some of its series, leave out."""
    return tuple(one for one in incidents if one.excluded and may_match(one.match, facts))


def named(incidents: Iterable[Incident]) -> str:
    """Incidents in words: `incident STORM-1 (thunderstorms)`."""
    said = [f"{one.id} ({one.reason})" if one.reason else one.id for one in incidents]
    return f"incident{'s' if len(said) > 1 else ''} {', '.join(said)}"
