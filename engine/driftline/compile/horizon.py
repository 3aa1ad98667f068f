"""How far back a monitor may still read or judge. Pure."""

from __future__ import annotations

from datetime import timedelta

from driftline.compile.graph import MonitorPlan

MARGIN = timedelta(days=2)  # calendars: neither months nor days are all of one length


def reach(plan: MonitorPlan, *, baseline: bool = True) -> timedelta:
    """How far behind the newest verdict a monitor may still read or judge; without `baseline`, for its window only."""
    if plan.window is None:
        return MARGIN
    size = plan.window.size.timedelta
    awaited = max(plan.delay.timedelta, plan.max_delay.timedelta, plan.lateness.timedelta)
    reach = size + plan.window.every.timedelta + awaited + MARGIN
    other = plan.baseline
    if other is None or not baseline:
        return reach
    if other.type == "seasonal":
        return reach + (other.period or plan.window.size).timedelta * other.count
    return reach + (other.size or plan.window.size).timedelta + other.offset.timedelta
