"""Monitors as written -> bindings: one check on one model or source; presets and metrics become ordinary monitors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from driftline.checks.base import Check
from driftline.compile.graph import LeftOut
from driftline.compile.presets import PRESETS, PresetMonitor, weekly_baseline
from driftline.compile.resolve import resolve_window
from driftline.compile.select import ChosenModel, models_of
from driftline.config.document import Baseline, Document, ModelDefinition, MonitorDefinition, Significance
from driftline.registry import Registry


@dataclass(frozen=True)
class Binding:
    """One monitor, one check, one model or source: what becomes a monitor plan. `why` says how it came about."""

    monitor: MonitorDefinition
    check: Check
    name: str
    model: ModelDefinition | None
    source: str
    why: str
    named: bool = True  # whether the model was written out, so that a misfit is an error
    sql: str | None = None
    metric: str | None = None
    unit: str | None = None

    @property
    def subject(self) -> str:
        """The name of the model or source that it is about."""
        return self.model.name if self.model else self.source


def has_baseline(monitor: MonitorDefinition, model: ModelDefinition | None) -> bool:
    """Whether the monitor, its model or the defaults name a baseline."""
    given = (monitor.baseline, model.baseline if model else None, monitor.defaults.baseline)
    return any(baseline is not None for baseline in given)


def bindings(
    monitor: MonitorDefinition, document: Document, registry: Registry, left_out: list[LeftOut]
) -> Iterable[Binding]:
    """The checks that a monitor stands for, on each of its models; what a preset leaves out goes to `left_out`."""
    if monitor.metric is not None:
        yield _metric(monitor, document)
    elif monitor.source is not None:
        check = registry.check_class(monitor.check or "")(**monitor.params)
        yield Binding(monitor, check, monitor.name, None, monitor.source, f"source: {monitor.source}")
    else:
        for chosen in models_of(monitor, document.models):
            if monitor.check is not None:
                check = registry.check_class(monitor.check)(**monitor.params)
                yield Binding(monitor, check, monitor.name, chosen.model, chosen.model.source, chosen.via, chosen.named)
            else:
                yield from _preset(monitor, chosen, document, registry, left_out)


def _metric(monitor: MonitorDefinition, document: Document) -> Binding:
    from driftline.checks.business._metric import Metric

    metric = document.metrics[monitor.metric or ""]
    model = document.models[metric.model] if metric.model is not None else None
    source = model.source if model is not None else metric.source or ""
    why = f"metric: {metric.name}"
    return Binding(
        monitor, Metric(), monitor.name, model, source, why, sql=metric.sql, metric=metric.name, unit=metric.unit
    )


def _preset(
    monitor: MonitorDefinition, chosen: ChosenModel, document: Document, registry: Registry, left_out: list[LeftOut]
) -> Iterable[Binding]:
    members = PRESETS[monitor.preset or ""]
    for member in members:
        name = monitor.name if len(members) == 1 else f"{monitor.name}.{member.check}"
        reason = _unfit(member, monitor, chosen.model)
        if reason is not None:
            left_out.append(LeftOut(name, chosen.model.name, None, reason))
            continue
        written = _written(member, monitor, chosen.model, document)
        check = registry.check_class(member.check)(**{**member.params, **monitor.params})
        why = f"preset: {monitor.preset} ({member.reason})"
        # Columns that a team names are for the whole preset: each member measures those that it can.
        named = chosen.named and len(members) == 1
        yield Binding(written, check, name, chosen.model, chosen.model.source, why, named)


def _unfit(member: PresetMonitor, monitor: MonitorDefinition, model: ModelDefinition) -> str | None:
    """Why a preset's monitor is not made for a model."""
    lacking = sorted(role for role in member.roles if getattr(model.roles, role) is None)
    if lacking:
        return f"the model has no role {lacking[0]}"
    if member.tasks and model.task not in member.tasks:
        return f"for {' and '.join(sorted(member.tasks))} models, this one is {model.task or 'without a task'}"
    if member.needs_baseline and not has_baseline(monitor, model):
        return "the model has no baseline to compare with"
    return None


def _written(
    member: PresetMonitor, monitor: MonitorDefinition, model: ModelDefinition, document: Document
) -> MonitorDefinition:
    """The monitor as a team would have written it out; what the team did write wins over the preset."""
    threshold, baseline = member.threshold, monitor.baseline
    if member.without_baseline is not None and not has_baseline(monitor, model):
        threshold = member.without_baseline
    if member.weekly and baseline is None:
        baseline = weekly_baseline(resolve_window(document, monitor, model))
    elif member.previous and not has_baseline(monitor, model):
        baseline = Baseline("previous")
    return replace(
        monitor,
        check=member.check,
        preset=None,
        columns=monitor.columns if monitor.columns is not None and member.columns else member.columns,
        threshold=monitor.threshold if monitor.threshold is not None else threshold,
        baseline=baseline,
        significance=_significance(member, monitor),
    )


def _significance(member: PresetMonitor, monitor: MonitorDefinition) -> Significance | None:
    """What the monitor says; else, of a member that asks for the gate, how the defaults want it, as of drift checks."""
    if monitor.significance is not None or not member.significance:
        return monitor.significance
    return monitor.defaults.significance or Significance()
