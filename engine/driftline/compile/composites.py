"""Composite monitors -> plans: what they look at is known by then, so that the models they divide by are too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from driftline.checks.base import CompositeCheck
from driftline.compile.graph import LeftOut, MonitorPlan, Side
from driftline.compile.match import may_match
from driftline.compile.origin import Derivation
from driftline.compile.overrides import Exceptions, Overrides, Touching, applied
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
    document: Document,
    registry: Registry,
    overrides: Overrides,
    members: Sequence[MonitorPlan],
    left_out: list[LeftOut],
) -> Iterable[MonitorPlan]:
    """The plans of all composite monitors, one for each model that they divide by; those switched off are left out."""
    for monitor in document.monitors.values():
        if not is_composite(monitor, registry):
            continue
        maker = _Maker(document, registry, overrides, monitor)
        for model in _models(maker.check(monitor), members):
            plan = maker.plan(model)
            if plan.enabled:
                yield plan
            else:
                left_out.append(LeftOut(plan.name, plan.subject, None, "enabled: false"))


def _models(check: CompositeCheck, members: Sequence[MonitorPlan]) -> Sequence[ModelDefinition | None]:
    """The models of what it looks at, or a single None where it is not divided by them."""
    if "model" not in check.by:
        return (None,)
    looked_at = (plan.model for plan in members if plan.model is not None and may_match(check.of, plan.facts))
    return list({model.name: model for model in looked_at}.values())


@dataclass(frozen=True)
class _Maker:
    """Makes the plans of one composite monitor."""

    document: Document
    registry: Registry
    overrides: Overrides
    written: MonitorDefinition

    def check(self, monitor: MonitorDefinition) -> CompositeCheck:
        check = self.registry.check_class(monitor.check or "")(**monitor.params)
        if not isinstance(check, CompositeCheck):
            raise TypeError(f"{monitor.name} is no composite")
        return check

    def plan(self, model: ModelDefinition | None) -> MonitorPlan:
        """The plan over all, or over one model; overrides may say something else of some of its series."""
        touching = Touching.of(_facts(self.written, self.check(self.written), model), self.overrides)
        plan = self._under(touching.whole, model)
        if touching.whole == touching.overrides:
            return plan
        return replace(plan, exceptions=Exceptions(touching, lambda found: self._judged_by(plan, found, model)))

    def _judged_by(self, plan: MonitorPlan, holding: Overrides, model: ModelDefinition | None) -> MonitorPlan:
        """The plan with what overrides set for a series: how it is judged, never what it looks at."""
        return replace(self._under(holding, model), check=plan.check, window=plan.window, unit=plan.unit)

    def _under(self, holding: Overrides, model: ModelDefinition | None) -> MonitorPlan:
        document, monitor = self.document, applied(self.written, holding)
        check = self.check(monitor)
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
            max_delay=ZERO,
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
            enabled=monitor.enabled,
            derivation=Derivation(document, self.written, monitor, model, holding),
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
