"""Alerts held against incidents: how many were right, how many incidents were caught, and how soon. Pure.

An alert covers the time from the start of its first breaching window to the window that resolved it, or to the end of
the back-test. It touches an incident if the two share time and the incident's matcher fits its series. Since a window
is as long as it is, an alert whose first breach ends up to a window behind an incident's end still counts for it. What
fired before the incident and goes on touches it too, but did not detect it: it has no share in the delay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from driftline.compile.incidents import Incident
from driftline.compile.match import matches, may_match
from driftline.evaluate.composite import FactsOf
from driftline.model import Interval, MonitorFacts, SeriesKey
from driftline.report.backtest.values import Caught, Episode, Rate, Score

Subject = tuple[str, str]  # monitor, and the name of what it watches


def touches(episode: Episode, incident: Incident) -> bool:
    """Whether an alert and an incident share time; see above."""
    start, end = incident.span.start, incident.span.end
    if start is None or end is None or (episode.ends is not None and episode.ends <= start):
        return False
    # A window does not hold the instant that it ends at; what is judged as of an instant does see it.
    return episode.begins < end or (episode.is_point and episode.begins == end)


def score(
    episodes: Sequence[Episode],
    incidents: Iterable[Incident],
    facts: Mapping[Subject, MonitorFacts],
    facts_of: FactsOf,
    span: Interval,
) -> Score:
    """All alerts against all incidents that lie in the span at least in part.

    `facts` are those of every monitor that was replayed.
    """
    known = list(incidents)
    inside = [one for one in known if _is_inside(one, span)]
    pairs = [[each for each in episodes if touches(each, one) and _fits(one, each.series, facts_of)] for one in inside]
    right = {each.alert for found in pairs for each in found}
    caught = tuple(
        replace(_caught(one, found), concerns=any(may_match(one.match, of) for of in facts.values()))
        for one, found in zip(inside, pairs, strict=True)
    )
    monitors = {}
    for key, of in facts.items():
        own = [each for each in episodes if _subject(each.series) == key]
        meant = [
            _caught(one, [each for each in found if _subject(each.series) == key])
            for one, found in zip(inside, pairs, strict=True)
            if may_match(one.match, of)
        ]
        precision = Rate(sum(each.alert in right for each in own), len(own))
        monitors[key] = (precision, _recall(meant), _delay(meant))
    precision = Rate(sum(each.alert in right for each in episodes), len(episodes))
    return Score(caught, precision, _recall(caught), _delay(caught), monitors, outside=len(known) - len(inside))


def _is_inside(incident: Incident, span: Interval) -> bool:
    ends = (incident.span.start, incident.span.end, span.start, span.end)
    start, end, since, until = (each for each in ends if each is not None)  # both are bounded
    return end > since and start < until


def _fits(incident: Incident, series: SeriesKey, facts_of: FactsOf) -> bool:
    facts = facts_of(series)
    return facts is not None and matches(incident.match, facts, series, None)


def _subject(series: SeriesKey) -> Subject:
    return series.monitor, series.subject


def _caught(incident: Incident, episodes: Sequence[Episode]) -> Caught:
    """When an incident was detected: in the first run from its start on that told of an alert which touches it."""
    start = incident.span.start
    if not episodes or start is None:
        return Caught(incident)
    new = sorted((each for each in episodes if each.decided >= start), key=_order)
    old = sorted((each for each in episodes if each.decided < start), key=_order)
    if not new:
        return Caught(incident, tuple(old))
    return Caught(incident, (*new, *old), new[0].decided, new[0].decided - start)


def _order(episode: Episode) -> tuple[datetime, str]:
    return episode.decided, episode.series.text


def _recall(caught: Sequence[Caught]) -> Rate:
    return Rate(sum(bool(one.episodes) for one in caught), len(caught))


def _delay(caught: Iterable[Caught]) -> timedelta | None:
    delays = [one.delay.total_seconds() for one in caught if one.delay is not None]
    return timedelta(seconds=median(delays)) if delays else None
