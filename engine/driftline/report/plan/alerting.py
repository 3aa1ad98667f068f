"""The alerting side of a plan: calendars, actions, routes, inhibitions and silences, as a document and text.

Addresses and headers are left out: they may hold what is secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from driftline.config.document import CalendarDefinition, Document, RouteDefinition
from driftline.report.plan.words import matcher_text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Section = list[dict[str, Any]]


def alerting(document: Document) -> dict[str, Section]:
    """Every section, its entries in the order of the files; routes, inhibitions and silences are numbered from 1."""
    return {
        "channels": [{"name": name} for name in document.channels],
        "routes": [_route(number, route) for number, route in enumerate(document.routes, 1)],
        "calendars": [_calendar(each) for each in document.calendars.values()],
        "actions": [
            {"name": each.name, "type": each.type, "cooldown": str(each.cooldown)} for each in document.actions.values()
        ],
        "inhibit": [
            {
                "number": number,
                "when": matcher_text(each.when),
                "mute": matcher_text(each.mute),
                "same": list(each.same),
            }
            for number, each in enumerate(document.inhibit, 1)
        ],
        "silences": [
            {
                "number": number,
                "match": matcher_text(each.match),
                "start": each.start,
                "end": each.end,
                "reason": each.reason,
                "by": each.by,
            }
            for number, each in enumerate(document.silences, 1)
        ],
    }


def _route(number: int, route: RouteDefinition) -> dict[str, Any]:
    return {
        "number": number,
        "match": matcher_text(route.match),
        "channels": list(route.channels),
        "actions": list(route.actions),
        "group_by": list(route.group_by),
        "after": _text(route.after),
        "group_wait": _text(route.group_wait),
        "repeat_interval": _text(route.repeat_interval),
        "active": list(route.active),
        "outside": route.outside,
        "max_alerts": route.max_alerts,
        "resolved": route.resolved,
    }


def _calendar(calendar: CalendarDefinition) -> dict[str, Any]:
    hours = [
        f"{_days(first, last)} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        for first, last, start, end in calendar.spans
    ]
    return {
        "name": calendar.name,
        "hours": hours,
        "except": list(calendar.except_),
        "timezone": calendar.timezone,
    }


def _days(first: int, last: int) -> str:
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def alerting_lines(sections: Mapping[str, Section]) -> Iterable[str]:
    """The same for a terminal; a section without entries is left out."""
    for name, entries in sections.items():
        if entries and name != "channels":
            yield f"  {name}"
            yield from (f"    {entry_text(name, entry)}" for entry in entries)


def entry_text(section: str, entry: Mapping[str, Any]) -> str:
    """One entry of a section in a line."""
    if section == "routes":
        return _route_text(entry)
    if section == "calendars":
        days = f", except {', '.join(entry['except'])}" if entry["except"] else ""
        return f"{entry['name']}: {', '.join(entry['hours'])}{days} ({entry['timezone']})"
    if section == "actions":
        return f"{entry['name']}: {entry['type']}, at most once in {entry['cooldown']}"
    if section == "inhibit":
        same = f", where equal in {', '.join(entry['same'])}" if entry["same"] else ""
        return f"{entry['number']}. while {entry['when']} fires, {entry['mute']} is not told{same}"
    span = f"{entry['start'] or '…'} to {entry['end']}"
    reason = f": {entry['reason']}" if entry["reason"] else ""
    by = f" (by {entry['by']})" if entry["by"] else ""
    return f"{entry['number']}. {entry['match']}, {span}{reason}{by}"


def _route_text(entry: Mapping[str, Any]) -> str:
    ways = [*entry["channels"], *(f"action {name}" for name in entry["actions"])]
    extras = [f"{key.replace('_', ' ')} {entry[key]}" for key in ("after", "group_wait") if entry[key]]
    extras += [f"repeats every {entry['repeat_interval']}"] if entry["repeat_interval"] else []
    extras += [f"in {', '.join(entry['active'])}, outside {entry['outside']}"] if entry["active"] else []
    extras += [] if entry["resolved"] else ["not told when resolved"]
    by = f"grouped by {', '.join(entry['group_by'])}"
    return f"{entry['number']}. {entry['match']} → {', '.join(ways)}; {'; '.join([by, *extras])}"
