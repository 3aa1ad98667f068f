"""What a verdict means to an alert, and when a duration is over: the two questions that the policy answers."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, tzinfo

from driftline.config.document import AlertPolicy
from driftline.model import Duration, Result, Severity, Status

_MISSING = (Status.NO_DATA, Status.ERROR)


def counts(result: Result, policy: AlertPolicy) -> bool:
    """Whether a verdict says anything about the alert; one that does not leaves its state as it is.

    Too little data never counts: it neither confirms nor clears. Missing data counts as the policy says.
    """
    if result.status is Status.INSUFFICIENT_DATA:
        return False
    return result.status not in _MISSING or policy.no_data != "keep"


def level(result: Result, policy: AlertPolicy) -> Severity | None:
    """The severity of the breach that a counting verdict is, None when it is not one."""
    if result.status in _MISSING:
        return None if policy.no_data == "ok" else Severity(policy.no_data)
    return result.severity


def has_recovered(result: Result) -> bool:
    """Whether a verdict that is no breach lets a firing alert end: an ok inside the recovery bounds does not.

    Missing data that the policy calls ok has no value to hold against the bounds, so it lets go.
    """
    return result.recovered or result.status in _MISSING


def is_over(since: datetime, duration: Duration, at: datetime, zone: tzinfo = UTC) -> bool:
    """Whether `duration` has passed between two window ends.

    Calendar units are counted in local time, since a window of a day is 23 or 25 hours long twice a year.
    """
    if not duration.is_calendar:
        return at - since >= duration.timedelta
    local = since.astimezone(zone).replace(tzinfo=None)
    if duration.unit == "mo":
        months = local.year * 12 + local.month - 1 + duration.count
        year, month = months // 12, months % 12 + 1
        local = local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))
    else:
        local += timedelta(days=duration.count * (7 if duration.unit == "w" else 1))
    return at >= local.replace(tzinfo=zone).astimezone(UTC)
