"""The one place that reads the wall clock; everywhere else time is an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def parse_instant(text: str, timezone: str) -> datetime:
    """An instant as people write it: RFC 3339, or a date or local time that is read in `timezone`.

    Raises ValueError with what to write instead.
    """
    from zoneinfo import ZoneInfo

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no instant; write 2026-07-01 or 2026-07-01T06:00:00Z") from None
    if found.tzinfo is None:
        try:
            found = found.replace(tzinfo=ZoneInfo(timezone))
        except (KeyError, OSError, ValueError):  # unknown; a folder such as "America"; a path
            raise ValueError(f"there is no time zone {timezone!r}") from None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside of the calendar") from None
