"""A notice that a person can act on: what, where, how bad, since when, compared with what, why, and the runbook.

It holds statistics and names, never a row. Names of segments come from the data, so they are cut, put on one line and
kept from calling a whole chat room.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from driftline.evaluate.wording import chance_text, labels_text, length, part, probability, say
from driftline.model import AlertState, MonitorFacts, Notice, Result, SeriesKey, Severity, Transition

LONGEST = 300
NAMED = 3  # columns that a title names
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_MENTION = re.compile(r"@(?=everyone|here|channel|all)|<(?=[!@#])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(frozen=True)
class Told:
    """What a channel was last told of a series, and when (the as-of of that run)."""

    alert: str
    state: AlertState
    severity: Severity
    at: datetime


def compose(
    channel: str,
    group: str,
    alerts: Sequence[Transition],
    facts: Mapping[str, MonitorFacts],
    *,
    at: datetime,
    still_firing: Sequence[Transition] = (),
    max_alerts: int = 20,
    totals: Mapping[tuple[str, str], int] | None = None,
    latest: Mapping[SeriesKey, Result] | None = None,
) -> Notice:
    """One notice about `alerts` (not empty); `facts` by transition id, `totals` by (monitor, subject).

    At most `max_alerts` are described, firing ones first; the rest are counted. `latest` are the newest verdicts.
    """
    ordered = sorted(alerts, key=lambda each: each.state is AlertState.RESOLVED)
    firing = [each.severity for each in (*ordered, *still_firing) if each.state is AlertState.FIRING]
    worst = None if not firing else Severity.CRITICAL if Severity.CRITICAL in firing else Severity.WARNING
    newest = latest or {}
    blocks = [
        describe(each, ZoneInfo(facts[each.id].timezone), newest.get(each.series)) for each in ordered[:max_alerts]
    ]
    closing: list[tuple[str, str]] = []
    if len(ordered) > max_alerts:
        closing.append(("", f"and {len(ordered) - max_alerts} more"))
    if still_firing:
        closing.append(("", f"{len(still_firing)} more still firing, told before"))
    told = [facts[each.id] for each in ordered[:max_alerts]]
    for label, texts in (("about", [one.description for one in told]), ("runbook", [one.runbook for one in told])):
        closing += [(label, clean(text)) for text in dict.fromkeys(texts) if text]
    blocks = [*blocks, closing] if closing else blocks
    return Notice(
        id=_identity(channel, group, ordered, at),
        channel=channel,
        group=group,
        title=title(ordered, {facts[each.id].family for each in ordered}, totals or {}),
        body="\n\n".join(_plain(block) for block in blocks),
        markdown="\n\n".join(_markdown(block) for block in blocks),
        severity=worst,
        at=at,
        alerts=tuple(dict.fromkeys(each.alert for each in ordered)),
        environment=ordered[0].series.environment,
    )


def title(alerts: Sequence[Transition], families: Collection[str | None], totals: Mapping[tuple[str, str], int]) -> str:
    """`[CRITICAL] late_arrival · feature-drift: 4 of 14 columns drifted`."""
    firing = [each for each in alerts if each.state is AlertState.FIRING]
    speaking = firing or list(alerts)
    severities = {each.severity for each in firing}
    tag = "RESOLVED" if not firing else "CRITICAL" if Severity.CRITICAL in severities else "WARNING"
    first = speaking[0].series
    monitors = {(each.series.monitor, each.series.subject) for each in speaking}
    subjects = {each.series.subject for each in speaking if not each.result.is_over_all}
    subject = next(iter(subjects)) if len(subjects) == 1 else f"{len(subjects)} models" if subjects else None
    where = [first.environment, subject, first.monitor if len(monitors) == 1 else f"{len(monitors)} monitors"]
    place = " · ".join(clean(part) for part in where if part)
    return f"[{tag}] {place}: {_summary(speaking, bool(firing), families, totals.get((first.monitor, first.subject)))}"


def _summary(alerts: Sequence[Transition], firing: bool, families: Collection[str | None], total: int | None) -> str:
    if len(alerts) == 1:
        return _of_one(alerts[0], firing)
    verb = ("drifted" if set(families) == {"drift"} else "beyond the threshold") if firing else "back to normal"
    columns = dict.fromkeys(each.series.column for each in alerts)
    same_monitor = len({(each.series.monitor, each.series.subject) for each in alerts}) == 1
    if None in columns or not same_monitor:
        return f"{len(alerts)} alerts {verb}" if firing else f"{len(alerts)} alerts resolved"
    of = f" of {total}" if total and total >= len(columns) else ""
    said = f"{len(columns)}{of} column{'' if len(columns) == 1 and not of else 's'} {verb}"
    return said if firing else f"{said}: {_some([each for each in columns if each is not None])}"


def _of_one(alert: Transition, firing: bool) -> str:
    """What the title says of a single alert, the monitor being named before it."""
    what, how = _what(alert, alert.series.monitor), _how_much(alert.result)
    if not what:
        return how if firing else "back to normal"
    if not firing:
        return f"{what} is back to normal"
    is_measure = _measured(alert) != alert.series.monitor and alert.result.value is not None
    return f"{what}{'' if is_measure else ':'} {how}"


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return clean(", ".join(names[:NAMED])) + more


def describe(alert: Transition, zone: ZoneInfo, latest: Result | None = None) -> list[tuple[str, str]]:
    """One alert as (label, text) lines, the first being its headline; times on the clock of `zone`.

    `latest` is the newest verdict of the series, which a run over several windows may have reached behind the alert's.
    """
    result, series = alert.result, alert.series
    state = "RESOLVED" if alert.state is AlertState.RESOLVED else alert.severity.upper()
    how_many, which = _tally(result)
    said = clean(result.reason) if result.is_breach and result.reason and not how_many else _how_much(result)
    lines = [("", f"{state} {_what(alert)}: {said}")]
    lines += [("breaching", clean(which))] if which else []
    source = f" (source {clean(result.source)})" if result.source not in ("", series.subject) else ""
    subject = "" if result.is_over_all else f"{clean(series.subject)}{source}, "
    lines.append(("where", f"{subject}monitor {clean(series.monitor)}"))
    if result.p_value is not None:
        adjusted = "" if result.p_adjusted is None else f", {probability(result.p_adjusted)} adjusted over the family"
        lines.append(("p-value", f"{probability(result.p_value)}{adjusted}"))
    chance = chance_text(result)
    lines += [("by chance", chance)] if chance else []
    if result.baseline or result.baseline_value is not None:
        value = "" if result.baseline_value is None else f" at {say(result.baseline_value, result.unit or 'number')}"
        lines.append(("compared", f"with {clean(result.baseline or 'the baseline')}{value}"))
    if most := most_of_it(result):
        lines.append(("most of it", most))
    if result.window.end is not None:
        lines.append(("window", f"{_span(result.window.start, result.window.end, zone)}{_rows(result)}"))
        lines += _now(latest, result.window.end, zone)
    lines.append(("since", _since(alert, zone)))
    if alert.reason not in (result.reason, f"recovered: {result.reason}" if how_many else None):
        lines.append(("why", clean(alert.reason)))
    lines.append(("alert", alert.alert))
    return lines


def most_of_it(result: Result) -> str:
    """What carries a breach, the three largest parts; nothing where its reason names them."""
    largest = [one for one in result.contributions if one.value][:NAMED]
    if not result.is_breach or not largest or all(_is_said(one.name, result.reason or "") for one in largest):
        return ""
    return clean(", ".join(f"{one.name} {part(one.value, result.unit)}" for one in largest))


def _is_said(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def instant(moment: datetime, zone: ZoneInfo) -> str:
    """`2013-07-15 00:00 EDT`, with seconds only where there are some."""
    local = moment.astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S %Z" if local.second else "%Y-%m-%d %H:%M %Z")


def _now(latest: Result | None, end: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    """What the newest verdict says, where it is of a later window than the one that ends at `end`."""
    if latest is None or latest.window.end is None or latest.window.end <= end:
        return []
    return [("now", f"{_how_much(latest)}, {_span(latest.window.start, latest.window.end, zone)}")]


def _span(start: datetime | None, end: datetime, zone: ZoneInfo) -> str:
    return f"{instant(start, zone)} to {instant(end, zone)}" if start else f"as of {instant(end, zone)}"


def _rows(result: Result) -> str:
    labels = labels_text(result)
    return "" if result.rows is None else f", {result.rows:,} rows" + (f", {labels}" if labels else "")


def _since(alert: Transition, zone: ZoneInfo) -> str:
    lasted = (alert.at - alert.since).total_seconds()
    return instant(alert.since, zone) + (f" ({length(lasted)})" if lasted > 0 else "")


def _tally(result: Result) -> tuple[str, str]:
    """Of a composite, how many series breach (`32 of 300 series breach`) and which; of any other, nothing."""
    if not result.is_composite or result.value is None or not result.reason:
        return "", ""
    counts = result.reason.partition("; ")[2] if result.is_breach else result.reason
    how_many, _, which = counts.partition(": ")
    return how_many, which


def _measured(alert: Transition) -> str:
    """`psi of distance`; what a composite measures is what its name says."""
    series, result = alert.series, alert.result
    if result.is_composite:
        return series.monitor
    return (result.metric or result.check) + (f" of {series.column}" if series.column is not None else "")


def _what(alert: Transition, said: str | None = None) -> str:
    """`psi of distance, origin=JFK`, without a name that has been `said` already."""
    series, name = alert.series, _measured(alert)
    parts = [name] if name != said else []
    if alert.result.is_composite and series.column is not None:
        parts.append(f"column {series.column}")
    parts += [f"{name}={value}" for name, value in series.segment]
    if series.class_ is not None:
        parts.append(f"class {series.class_}")
    return clean(", ".join(parts))


def _how_much(result: Result) -> str:
    """`0.312 (limit > 0.25)`; what a comparison compared stands in the body of the notice."""
    if result.value is None:
        return {"no_data": "no data", "error": "could not be measured"}.get(result.status, result.status.value)
    value, limit = say(result.value, result.unit or "number"), f"limit {result.limit}" if result.limit else ""
    how_many, _ = _tally(result)
    if how_many:
        beside = ", ".join(part for part in (value if result.unit == "ratio" else "", limit) if part)
        return clean(f"{how_many} ({beside})" if beside else how_many)
    return clean(f"{value} ({limit})" if limit else value)


def clean(text: str) -> str:
    """One line of bounded length that calls nobody."""
    line = _MENTION.sub(lambda found: found.group() + "\u200b", _CONTROL.sub(" ", text)).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _plain(block: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"  {label}: {text}" if label else text for label, text in block)


def _markdown(block: Sequence[tuple[str, str]]) -> str:
    def line(label: str, text: str) -> str:
        if text.startswith(("http://", "https://")):
            return f"- {label}: {text}"  # an escaped address is not the address any more
        escaped = _MARKDOWN.sub(r"\\\1", text)
        return f"- {label}: {escaped}" if label else f"**{escaped}**\n"

    return "\n".join(line(label, text) for label, text in block)


def _identity(channel: str, group: str, alerts: Sequence[Transition], at: datetime) -> str:
    parts = [channel, group, at.astimezone(UTC).isoformat(), *sorted(each.id for each in alerts)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]
