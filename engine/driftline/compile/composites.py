"""Composite monitors -> plans: what they look at is known by then, so that the models they divide by are too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driftline.checks.base import CompositeCheck
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.match import may_match
from driftline.compile.origin import Derivation
from driftline.compile.overrides import Overrides, Touching, applied
from driftline.compile.resolve import OFF, Resolved, resolve_threshold, resolve_window
from driftline.config.document import Document, ModelDefinition, MonitorDefinition
from driftline.model import ZERO, MonitorFacts
from driftline.registry import Registry

ALL = "all"  # the subject of a composite that is not divided by model


def is_composite(monitor: MonitorDefinition, registry: Registry) -> bool:
    """Whether a monitor looks at the verdicts of others."""
    known = monitor.check is not None and monitor.check in registry.checks
    return known and issubclass(registry.check_class(monitor.check or ""), CompositeCheck)


def composites(
    document: Document, registry: Registry, overrides: Overrides, members: Sequence[MonitorPlan]
) -> Iterable[MonitorPlan]:
    """The plans of all composite monitors, one for each model that they divide by."""
    for monitor in document.monitors.values():
        if not is_composite(monitor, registry):
            continue
        check = registry.check_class(monitor.check or "")(**monitor.params)
        if isinstance(check, CompositeCheck):
            for model in _models(check, members):
                plan = _plan(document, monitor, check, model, overrides)
                if plan is not None:
                    yield plan


def _models(check: CompositeCheck, members: Sequence[MonitorPlan]) -> Sequence[ModelDefinition | None]:
    """The models of what it looks at, or a single None where it is not divided by them."""
    if "model" not in check.by:
        return (None,)
    looked_at = (plan.model for plan in members if plan.model is not None and may_match(check.of, plan.facts))
    return list({model.name: model for model in looked_at}.values())


def _plan(
    document: Document,
    monitor: MonitorDefinition,
    check: CompositeCheck,
    model: ModelDefinition | None,
    overrides: Overrides,
) -> MonitorPlan | None:
    """The plan over all, or over one model; None when it is switched off."""
    holding = Touching.of(_facts(monitor, check, model), overrides).whole
    written, monitor = monitor, applied(monitor, holding)
    if not monitor.enabled:
        return None
    return MonitorPlan(
        name=monitor.name,
        subject=model.name if model is not None else ALL,
        check=check,
        facts=_facts(monitor, check, model),
        side=Side(model.source if model is not None else ""),
        series=(),
        groupings=((),),
        top={},
        window=resolve_window(document, monitor, model),
        timezone=monitor.defaults.timezone,
        lateness=ZERO,
        delay=ZERO,
        labelled=False,
        baseline=None,
        baseline_side=None,
        threshold=resolve_threshold(document, monitor, check),
        min_rows=0,
        significance=OFF,
        alert=monitor.alert or monitor.defaults.alert or Resolved.DEFAULT_ALERT,
        timestamp=None,
        unit="ratio" if getattr(check, "reads", None) == "share" else check.unit,
        model=model,
        environment=document.environment,
        derivation=Derivation(document, written, monitor, model, holding),
    )


def _facts(monitor: MonitorDefinition, check: CompositeCheck, model: ModelDefinition | None) -> MonitorFacts:
    runbook = monitor.runbook or (model.runbook if model else None) or monitor.defaults.runbook
    subject = model.name if model is not None else ALL
    return MonitorFacts(
        monitor=monitor.name,
        model=model.name if model is not None else None,
        source=model.source if model is not None else "",
        check=check.kind,
        task=model.task if model is not None else None,
        tags={**monitor.defaults.tags, **(model.tags if model is not None else {}), **monitor.tags},
        description=monitor.description,
        runbook=runbook and runbook.replace("{monitor}", monitor.name).replace("{model}", subject),
        family="composite",
        timezone=monitor.defaults.timezone,
    )
