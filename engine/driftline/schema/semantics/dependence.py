"""`significance: {block: 1d}`: windows are made of whole blocks, both sides have a time, and blocks are enough."""

from __future__ import annotations

import math

from driftline.checks.base import Check
from driftline.config import codes
from driftline.config.document import (
    LEAST_BLOCKS,
    LEAST_BLOCKS_OF_DISTANCES,
    Baseline,
    MonitorDefinition,
    Significance,
)
from driftline.model import Duration
from driftline.schema.semantics.baselines import MONTH_DAYS, days_in, days_of, uses
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.presets import GATED_PRESETS
from driftline.schema.semantics.significance import is_uncertain
from driftline.schema.semantics.subjects import has_time, subjects_of, window_of
from driftline.schema.tree import Path

SECONDS_OF_A_DAY = 86400


def check_blocks(context: Context) -> None:
    """Every monitor whose rows depend on each other, each finding once."""
    seen: set[tuple[Path, str]] = set()
    for monitor in context.document.monitors.values():
        significance, path = _significance(context, monitor)
        if significance is None or significance.block is None:
            continue
        block = significance.block
        found = _unusable(context, monitor, block) or _few(context, monitor, block, significance.alpha)
        if found is None or (path, found[1]) in seen:
            continue
        seen.add((path, found[1]))
        code, message, hint = found
        report = context.warning if code is codes.FEW_BLOCKS else context.error
        used = () if path[0] == "monitors" else ((("monitors", monitor.name), "used here"),)
        report(code, message, (*path, "block"), hint, *used)


Found = tuple[codes.Code, str, str]


def _significance(context: Context, monitor: MonitorDefinition) -> tuple[Significance | None, Path]:
    """What holds for a monitor, and where it is written; the defaults' are for what has the gate by itself."""
    if monitor.significance is not None:
        return monitor.significance, ("monitors", monitor.name, "significance")
    check = context.check_of(monitor)
    gated = monitor.preset in GATED_PRESETS or (check is not None and check.significance)
    return (monitor.defaults.significance if gated else None), ("defaults", "significance")


def _unusable(context: Context, monitor: MonitorDefinition, block: Duration) -> Found | None:
    """Why a window or its baseline cannot be cut into blocks."""
    for model, source in subjects_of(context, monitor):
        window = window_of(context, monitor, model)
        if window is not None and not is_whole(window.size, block):
            message = f"a window of {window.size} is not made of whole blocks of {block}"
            return codes.UNUSABLE_BLOCK, message, "blocks are as long as the window, or a whole part of it"
        if not has_time(context, source):
            message = f"the source `{source}` has no timestamp, so its rows cannot be cut into blocks of {block}"
            return codes.UNUSABLE_BLOCK, message, "declare its `timestamp`, or remove `block`"
    for use in uses(context, monitor) if _is_compared(context, monitor) else ():
        other = context.document.sources.get(use.baseline.source or "")
        if use.baseline.type == "source" and other is not None and not has_time(context, other.name):
            message = f"the baseline `{other.name}` has no timestamp, so its rows cannot be cut into blocks of {block}"
            hint = "declare its `timestamp`, or name a baseline such as `{type: trailing, size: 28d}`"
            return codes.UNUSABLE_BLOCK, message, hint
    return None


def _few(context: Context, monitor: MonitorDefinition, block: Duration, alpha: float) -> Found | None:
    """Whether a whole history has too few blocks: for their law, and to be exchanged in enough ways for `alpha`."""
    check = context.check_of(monitor)
    distance = monitor.preset == "drift" or _is_distance(check)
    least = LEAST_BLOCKS_OF_DISTANCES if distance else LEAST_BLOCKS
    if monitor.check is not None and (check is None or not is_uncertain(context.registry, monitor.check)):
        return None  # there is no p-value at all, which is said
    if not _is_compared(context, monitor):
        for model, _ in subjects_of(context, monitor):
            window = window_of(context, monitor, model)
            if window is not None and (count := _count(days_of(window.size, MONTH_DAYS[1]), block)) < least:
                where = f"a window of {window.size} has {count} block{'' if count == 1 else 's'} of {block}"
                return codes.FEW_BLOCKS, f"{where}, and {least} are needed", "judge longer windows, or shorten `block`"
        return None
    for use in uses(context, monitor):
        days, own = _days_of(use.baseline, use.window.size), days_of(use.window.size, MONTH_DAYS[1])
        if days is None:
            continue
        of_window, of_baseline = _count(own, block), _count(days, block)
        count = of_window + of_baseline
        if count < least and math.comb(count, of_window) < 1.0 / alpha:
            message = f"window and baseline have {count} blocks of {block}, and {least} are needed"
            return codes.FEW_BLOCKS, message, "lengthen the baseline, or shorten `block`"
    return None


def _is_compared(context: Context, monitor: MonitorDefinition) -> bool:
    """Whether a baseline has a part in the p-value: not in that of a reading held against fixed bounds."""
    check, (threshold, _) = context.check_of(monitor), context.threshold_of(monitor)
    if monitor.preset is not None or _is_distance(check):
        return True
    return threshold is not None and threshold.compare != "value"


def _is_distance(check: type[Check] | None) -> bool:
    """Whether a p-value is that of two sides' being so far apart; a rate beside a baseline has a standard error."""
    return check is not None and check.needs_baseline and not check.uncertain


def is_whole(size: Duration, block: Duration) -> bool:
    """Whether every window of a size is made of whole blocks; a month only of days, or of months."""
    if "mo" in (size.unit, block.unit):
        if block.unit == "mo":
            return size.unit == "mo" and size.count % block.count == 0
        return SECONDS_OF_A_DAY % block.seconds == 0
    if block.is_calendar and not size.is_calendar:
        return False
    return size.seconds % block.seconds == 0


def _days_of(baseline: Baseline, size: Duration) -> float | None:
    """The days that a baseline has with a whole history."""
    if baseline.type == "previous":
        return days_of(size, MONTH_DAYS[1])
    if baseline.type == "seasonal":
        return (baseline.count or 1) * days_of(size, MONTH_DAYS[1])
    return days_in(baseline)


def _count(days: float, block: Duration) -> int:
    return int(days / days_of(block, MONTH_DAYS[0]) + 1e-9)
