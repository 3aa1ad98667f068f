"""Alerts that are kept quiet: by silences, by incidents, and because another alert says it already. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.clock import parse_instant
from driftline.compile.incidents import Incident
from driftline.compile.match import matches
from driftline.config.document import Document, InhibitDefinition, Matcher
from driftline.model import Interval, MonitorFacts, SeriesKey, Transition

Facts = Callable[[Transition], MonitorFacts]


@dataclass(frozen=True)
class Silence:
    """Until `end`, alerts that `match` fits are not told; `said` is why, and by whom."""

    match: Matcher
    start: datetime | None
    end: datetime
    said: str

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and at < self.end


def silences_of(document: Document) -> tuple[Silence, ...]:
    """The silences of a document; their instants are read in the root file's time zone."""
    zone = document.defaults.timezone
    found = []
    for one in document.silences:
        end = parse_instant(one.end, zone)
        by = f" by {one.by}" if one.by else ""
        said = f"silence: {one.reason}{by}, until {end.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"
        found.append(Silence(one.match, None if one.start is None else parse_instant(one.start, zone), end, said))
    return tuple(found)


@dataclass(frozen=True)
class Quiet:
    """What keeps alerts from being told. `windows` are the latest that were judged of each series in this run."""

    silences: Sequence[Silence] = ()
    incidents: Sequence[Incident] = ()
    inhibit: Sequence[InhibitDefinition] = ()
    windows: Mapping[SeriesKey, Interval] = field(default_factory=dict)

    def muted(self, firing: Sequence[Transition], facts: Facts, at: datetime) -> dict[str, str]:
        """Why alerts that fire are not told as of an instant, by the id of their transition."""
        rules = [_Inhibition.of(rule, firing, facts) for rule in self.inhibit]
        found: dict[str, str] = {}
        for head in firing:
            about = facts(head)
            why = self._silenced(head, about, at) or next(
                (s for r in rules if (s := r.why(head, about)) is not None), None
            )
            if why is not None:
                found[head.id] = why
        return found

    def _silenced(self, head: Transition, about: MonitorFacts, at: datetime) -> str | None:
        for silence in self.silences:
            if silence.holds(at) and matches(silence.match, about, head.series, head.severity):
                return silence.said
        window = self.windows.get(head.series, head.result.window)
        for incident in self.incidents:
            if incident.silent and _meets(window, incident.span, at) and incident.fits(about, head.series):
                return f"incident {incident.id}: {incident.reason}" if incident.reason else f"incident {incident.id}"
        return None


def _meets(window: Interval, span: Interval, at: datetime) -> bool:
    """Whether a window has time in common with a span; one without a start is an instant."""
    if span.start is None or span.end is None:
        return False
    if window.start is None or window.end is None:
        return span.start <= (window.end or at) < span.end
    return window.start < span.end and span.start < window.end


Same = tuple[str, ...]


@dataclass(frozen=True)
class _Inhibition:
    """A rule and the alerts that inhibit by it, by the values in which both must be equal."""

    rule: InhibitDefinition
    sources: Mapping[Same, Transition]  # the first alert that inhibits
    one_way: Mapping[Same, Transition]  # the first that inhibits and could not be muted itself

    @classmethod
    def of(cls, rule: InhibitDefinition, firing: Iterable[Transition], facts: Facts) -> _Inhibition:
        sources: dict[Same, Transition] = {}
        one_way: dict[Same, Transition] = {}
        for head in firing:
            about = facts(head)
            same = _same(rule, head, about)
            if same is not None and matches(rule.when, about, head.series, head.severity):
                sources.setdefault(same, head)
                if not matches(rule.mute, about, head.series, head.severity):
                    one_way.setdefault(same, head)
        return cls(rule, sources, one_way)

    def why(self, head: Transition, about: MonitorFacts) -> str | None:
        """Which alert mutes this one; two that fit both sides of the rule do not mute each other."""
        rule, same = self.rule, _same(self.rule, head, about)
        if same is None or same not in self.sources or not matches(rule.mute, about, head.series, head.severity):
            return None
        both = matches(rule.when, about, head.series, head.severity)
        other = self.one_way.get(same) if both else self.sources[same]
        return f"inhibited by {replace(other.series, environment=None).text}" if other is not None else None


def _same(rule: InhibitDefinition, head: Transition, about: MonitorFacts) -> Same | None:
    """The values in which two alerts must be equal; None where one is lacking: that is nothing to share."""
    fields = fields_of(head, about)
    values = tuple(value for key in rule.same if (value := fields.get(key)) is not None)
    return values if len(values) == len(rule.same) else None


def fields_of(head: Transition, facts: MonitorFacts) -> dict[str, str | None]:
    """What alerts are told apart by, in `group_by` and `same`."""
    series = head.series
    return {
        "monitor": series.monitor,
        "model": facts.model,
        "source": facts.source,
        "check": facts.check,
        "task": facts.task,
        "column": series.column,
        "class": series.class_,
        "segment": ", ".join(f"{name}={value}" for name, value in series.segment) or None,
        "severity": head.severity,
    }
