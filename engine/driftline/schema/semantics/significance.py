"""`significance` stands where there is something to judge by: p-values, or standard errors."""

from __future__ import annotations

from collections.abc import Sequence

from driftline.config import codes
from driftline.config.document import MonitorDefinition, OverrideDefinition, Significance
from driftline.registry import Registry
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.presets import PRESET_CHECKS
from driftline.schema.tree import Path

# Families whose readings are estimates from a sample of rows: each has a standard error or a p-value.
UNCERTAIN_FAMILIES = frozenset({"performance", "estimation", "fairness"})


def is_uncertain(registry: Registry, kind: str) -> bool:
    """Whether the readings of a check carry what `significance` judges by."""
    check = registry.check_class(kind)
    return check.significance or check.uncertain or registry.family(kind) in UNCERTAIN_FAMILIES


def check_significance_use(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    """A monitor that asks for significance has p-values, or standard errors that give some."""
    if monitor.significance is None or not monitor.significance.enabled:
        return
    reason = _why_idle(context, monitor)
    if reason is not None:
        message = f"{reason}, so `significance` decides nothing"
        context.warning(codes.IDLE_SIGNIFICANCE, message, (*path, "significance"), "remove it")


def check_significance_of(
    context: Context, override: OverrideDefinition, monitors: Sequence[MonitorDefinition], path: Path
) -> None:
    """`significance` of an override is for some monitor that has p-values; blocks are cut before segments are known."""
    found: Significance = override.settings["significance"]
    if not found.enabled:
        return
    reasons = [_why_idle(context, monitor) for monitor in monitors]
    if reasons and all(reason is not None for reason in reasons):
        others = " of this monitor" if len(reasons) == 1 else " of any monitor that matches"
        message = f"{reasons[0]}, so `significance` decides nothing{others}"
        context.warning(codes.IDLE_SIGNIFICANCE, message, path, "remove it")
    if found.block is not None and override.match.segment is not None:
        message = "`block` cannot differ by segment: it decides what is read"
        hint = "remove `segment` from the matcher, or write a monitor of its own"
        context.error(codes.UNUSABLE_OVERRIDE, message, (*path, "block"), hint)


def _why_idle(context: Context, monitor: MonitorDefinition) -> str | None:
    """Why nothing of a monitor has a p-value; None where something has."""
    threshold, _ = context.threshold_of(monitor)
    if threshold is not None and threshold.compare == "deviations":
        return "`compare: deviations` measures by itself how much readings differ"
    if monitor.metric is not None:
        return "a metric in SQL has no standard error"
    if monitor.preset is not None:
        kinds = [kind for kind in PRESET_CHECKS.get(monitor.preset, ()) if kind in context.registry.checks]
        idle = kinds and not any(is_uncertain(context.registry, kind) for kind in kinds)
        return f"no check of the preset `{monitor.preset}` has a p-value or a standard error" if idle else None
    known = monitor.check is not None and monitor.check in context.registry.checks
    if not known or monitor.check is None or is_uncertain(context.registry, monitor.check):
        return None
    return f"`{monitor.check}` has neither a p-value nor a standard error"
