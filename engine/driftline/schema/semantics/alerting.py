"""Calendars, actions, silences, inhibitions, incidents, schedules: what they say is understood and can happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.clock import parse_instant
from driftline.config import codes
from driftline.config.document import Matcher
from driftline.config.nodes import Scalar
from driftline.schema.decode_rules import hours
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.routes import check_matcher
from driftline.schema.tree import Path


def check_alerting(context: Context) -> None:
    """All that is about alerts but the routes themselves."""
    document = context.document
    for index, route in enumerate(document.routes):
        _targets(context, ("routes", index), route.actions, route.active)
    for name in document.calendars:
        _hours(context, ("calendars", name))
    for inhibit in document.inhibit:
        check_matcher(context, inhibit.when, ("inhibit", inhibit.index, "when"))
        check_matcher(context, inhibit.mute, ("inhibit", inhibit.index, "mute"))
    for silence in document.silences:
        _span(context, ("silences", silence.index), silence.match)
    for incident in document.incidents:
        _span(context, ("incidents", incident.index), incident.match)
    _incident_ids(context)
    for path, text in _schedules(context):
        _schedule(context, text, path)


def _targets(context: Context, path: Path, actions: tuple[str, ...], calendars: tuple[str, ...]) -> None:
    """A route leads somewhere, and all that it names is declared."""
    if not any(context.tree.written(*path, key) for key in ("channels", "actions")):
        context.error(
            codes.EXCLUSIVE_KEYS, "the route leads nowhere", path, "name its `channels`, its `actions`, or both"
        )
    for what, names, code in (
        ("action", actions, codes.UNKNOWN_ACTION),
        ("calendar", calendars, codes.UNKNOWN_CALENDAR),
    ):
        key = "actions" if what == "action" else "active"
        for index, name in enumerate(names):
            if not context.tree.written(f"{what}s", name):
                spot = (*path, key, index) if (*path, key, index) in context.tree.marks else (*path, key)
                context.unknown(code, what, name, spot, getattr(context.document, f"{what}s"))


def _hours(context: Context, path: Path) -> None:
    for spot in _texts(context, (*path, "hours")):
        text = context.source_text(*spot)
        if text is not None and hours(text) is None:
            hint = "write days and times such as `mon-fri 09:00-17:00`"
            context.error(codes.BAD_HOURS, f"`{text}` is not understood as hours", spot, hint)


def _texts(context: Context, path: Path) -> Iterator[Path]:
    """The paths of a text, or of the items of a list of texts."""
    mark = context.tree.marks.get(path)
    if mark is not None and isinstance(mark.value, Scalar):
        yield path
    else:
        yield from (other for other in context.tree.marks if other[:-1] == path)


def _span(context: Context, path: Path, match: Matcher) -> None:
    check_matcher(context, match, (*path, "match"))
    check_span(context, path)


def check_span(context: Context, path: Path) -> None:
    """`end` lies after `start`; both are read in the root file's time zone."""
    start, end = (_instant(context, (*path, key)) for key in ("start", "end"))
    if start is not None and end is not None and end <= start:
        first, last = context.source_text(*path, "start"), context.source_text(*path, "end")
        message = f"it ends ({last}) before it starts ({first})" if end < start else "it starts and ends at once"
        hint = "`end` is the first instant after it: of the whole of July 1, July 2"
        context.error(codes.BAD_SPAN, message, (*path, "end"), hint)


def _instant(context: Context, path: Path) -> datetime | None:
    text = context.source_text(*path)
    if text is None or path in context.tree.refused:
        return None
    try:
        return parse_instant(text, context.document.defaults.timezone)
    except (ValueError, OSError):
        return None  # refused by its slot, or the time zone is reported


def _incident_ids(context: Context) -> None:
    first: dict[str, int] = {}
    for incident in context.document.incidents:
        index = incident.index
        if incident.id in first:
            message = f"there are two incidents {context.tree.shown(incident.id, 'incidents', index, 'id')}"
            related = (("incidents", first[incident.id], "id"), "the first one")
            context.error(codes.DEFINED_TWICE, message, ("incidents", index, "id"), "rename one of the two", related)
        first.setdefault(incident.id, index)


def _schedules(context: Context) -> Iterator[tuple[Path, str]]:
    for monitor in context.document.monitors.values():
        if monitor.schedule is not None:
            yield ("monitors", monitor.name, "schedule"), monitor.schedule
    for override in context.document.overrides:
        if (schedule := override.settings.get("schedule")) is not None:
            yield ("overrides", override.index, "set", "schedule"), schedule


def _schedule(context: Context, text: str, path: Path) -> None:
    from cronsim import CronSim, CronSimError

    if not context.tree.known(*path):
        return
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))))
        well_formed = len(text.split()) == 5
    except (CronSimError, StopIteration):
        well_formed = False
    if not well_formed:
        shown = context.tree.shown(text, *path)
        hint = "write minute, hour, day, month and weekday, such as `0 6 * * mon-fri`"
        context.error(codes.BAD_SCHEDULE, f"{shown} is no cron expression that ever comes", path, hint)
