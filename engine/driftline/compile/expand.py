"""Document -> check graph: names resolved, presets and selections expanded, precedence applied, misfits explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from driftline.compile.bindings import Binding, bindings, has_baseline
from driftline.compile.catalog import Catalog
from driftline.compile.composites import composites, is_composite
from driftline.compile.constants import without_constants
from driftline.compile.graph import Graph, LeftOut, MonitorPlan, SeriesPlan, Side
from driftline.compile.incidents import Incident, excluded_from, incidents_of
from driftline.compile.origin import Derivation
from driftline.compile.overrides import Exceptions, Overrides, Touching, applied, ranked
from driftline.compile.request import Grouping
from driftline.compile.resolve import Resolved, reads_labels, resolve
from driftline.compile.series import SeriesMaker
from driftline.compile.sides import LabelSource, available, joined_columns, needed_columns
from driftline.compile.slicing import dimension_columns, grouping_columns, sliced
from driftline.compile.view import View
from driftline.config.document import Document, ModelDefinition
from driftline.model import ZERO, Duration, MonitorFacts
from driftline.registry import Registry

NONE = Touching(MonitorFacts("", None, "", ""), ())


NO_COLUMN = "no column that the check can measure"


@dataclass(frozen=True)
class Compiler:
    """Compiles one document against what its sources hold."""

    document: Document
    registry: Registry
    catalog: Catalog
    _views: dict[tuple[str | None, str, str | None], View] = field(default_factory=dict)

    def graph(self) -> Graph:
        """Every enabled monitor, expanded; what a selection reached in vain stands in `left_out`."""
        plans: list[MonitorPlan] = []
        left_out: list[LeftOut] = []
        overrides = ranked(self.document)
        may_enable = any("enabled" in one.settings for one in overrides)
        for monitor in self.document.monitors.values():
            if is_composite(monitor, self.registry):
                continue
            if not monitor.enabled and not may_enable:
                left_out.append(LeftOut(monitor.name, "", None, "enabled: false"))
                continue
            for binding in bindings(monitor, self.document, self.registry, left_out):
                for plan in self._plans(binding, overrides, left_out):
                    plans.extend(without_constants(plan, left_out))
        over = tuple(composites(self.document, self.registry, overrides, plans, left_out))
        return Graph(tuple(plans), over, tuple(left_out))

    def _plans(self, binding: Binding, overrides: Overrides, left_out: list[LeftOut]) -> Iterable[MonitorPlan]:
        """The plans of a binding: one, or one for each group of series that the same overrides touch."""
        touching = Touching.of(facts(binding, self.registry), overrides) if overrides else NONE
        whole = self._overridden(binding, touching.whole)
        plan = self._plan(whole, left_out, touching, touching.whole)
        if plan is None:
            return
        groups: dict[Overrides, list[SeriesPlan]] = {}
        for one in plan.series:
            groups.setdefault(touching.for_series(plan.series_key(one)), []).append(one)
        if set(groups) == {touching.whole}:
            if whole.monitor.enabled:
                yield plan
            else:
                left_out.append(LeftOut(binding.name, binding.subject, None, _disabled(touching.whole)))
            return
        yield from self._variants(binding, touching, plan, groups, left_out)

    def _variants(
        self,
        binding: Binding,
        touching: Touching,
        plan: MonitorPlan,
        groups: Mapping[Overrides, list[SeriesPlan]],
        left_out: list[LeftOut],
    ) -> Iterable[MonitorPlan]:
        """One plan for each group of series, with what overrides set for their columns and classes."""
        disabled: set[tuple[str | None, str | None]] = set()
        made: list[MonitorPlan] = []
        for holding, members in groups.items():
            variant = self._overridden(binding, holding)
            keys = {(one.column, one.class_) for one in members}
            if not variant.monitor.enabled:
                disabled |= keys
                reason = _disabled(holding)
                left_out += [LeftOut(binding.name, binding.subject, one.column, reason) for one in members]
                continue
            own = self._plan(variant, [], touching, holding, frozenset(one.column for one in members))
            if own is not None:
                kept = tuple(one for one in own.series if (one.column, one.class_) in keys)
                pace = (own.window, own.schedule) != (plan.window, plan.schedule)
                made.append(replace(own, series=kept, own_pace=pace))
        yield from (replace(one, disabled=frozenset(disabled)) for one in made)

    def _overridden(self, binding: Binding, overrides: Overrides) -> Binding:
        """A binding with overrides in force; their `params` make another check."""
        if not overrides:
            return binding
        monitor = applied(binding.monitor, overrides)
        if not any("params" in one.settings for one in overrides):
            return replace(binding, monitor=monitor)
        check = self.registry.check_class(binding.check.kind)(**monitor.params)
        return replace(binding, monitor=monitor, check=check)

    def _plan(
        self,
        binding: Binding,
        left_out: list[LeftOut],
        touching: Touching,
        holding: Overrides,
        only: frozenset[str | None] | None = None,
    ) -> MonitorPlan | None:
        """The plan of a binding under the overrides that hold, of some of its columns or of all."""
        reason = misfit(binding)
        by_segment = touching.by_segment
        resolved = resolve(self.document, binding.monitor, binding.model, binding.check, binding.source, by_segment)
        view = self._view(binding, resolved)
        series: tuple[SeriesPlan, ...] = ()
        if reason is None:
            maker = SeriesMaker(binding, view, resolved.baseline, self._groups, only)
            before = len(left_out)
            series = tuple(maker.series(left_out))
            told = any(one.column is None for one in left_out[before:])
            if not series and told:
                return None
            reason = None if series else NO_COLUMN
        if reason is not None:
            left_out.append(LeftOut(binding.name, binding.subject, None, reason))
            return None
        plan = self._bound(binding, resolved, view.labels, series, holding)
        if not by_segment:
            return plan
        return replace(plan, exceptions=Exceptions(touching, lambda found: self._in_segment(binding, plan, found)))

    def _in_segment(self, binding: Binding, plan: MonitorPlan, holding: Overrides) -> MonitorPlan:
        """The plan with what overrides set for a segment: how it is judged, never what is measured."""
        written = self.document.monitors[binding.monitor.name]
        base = replace(binding, monitor=replace(binding.monitor, tags=written.tags, enabled=written.enabled))
        segment = self._overridden(base, holding)
        resolved = resolve(self.document, segment.monitor, binding.model, plan.check, binding.source)
        return replace(
            plan,
            facts=facts(segment, self.registry),
            threshold=resolved.threshold,
            min_rows=resolved.min_rows,
            min_labelled=resolved.min_labelled if reads_labels(plan.check, labelled=plan.labelled) else None,
            significance=resolved.significance,
            alert=resolved.alert,
            enabled=segment.monitor.enabled,
            derivation=plan.derivation and replace(plan.derivation, overrides=holding),
        )

    def _view(self, binding: Binding, resolved: Resolved) -> View:
        """What the checks of a binding see: the same for all monitors of its model that read this baseline."""
        model, baseline = binding.model, resolved.baseline.source if resolved.baseline is not None else None
        key = (model.name if model is not None else None, binding.source, baseline)
        if key not in self._views:
            self._views[key] = View(self.catalog, model, binding.source, baseline)
        return self._views[key]

    @cached_property
    def _incidents(self) -> tuple[Incident, ...]:
        return incidents_of(self.document)

    @cached_property
    def _groups(self) -> frozenset[str]:
        """The names of all column groups, of whichever model."""
        return frozenset(name for model in self.document.models.values() for name in model.groups)

    def _bound(
        self,
        binding: Binding,
        resolved: Resolved,
        labels: LabelSource | None,
        series: tuple[SeriesPlan, ...],
        holding: Overrides,
    ) -> MonitorPlan:
        model, check, source = binding.model, binding.check, self.document.sources[binding.source]
        groupings, top = sliced(binding.monitor, model)
        columns, before = (
            needed_columns(spec for one in series for spec in one.reads(baseline=baseline).values())
            | grouping_columns(groupings)
            for baseline in (False, True)
        )
        side = self._side(binding.source, columns, labels)
        labelled = side.relation is not None
        baseline = resolved.baseline
        timestamp = self.catalog[binding.source].timestamp
        about = facts(binding, self.registry)
        return MonitorPlan(
            name=binding.name,
            subject=binding.subject,
            check=check,
            facts=about,
            side=side,
            series=series,
            groupings=groupings,
            top=top,
            window=None if check.windowless or timestamp is None else resolved.window,
            timezone=binding.monitor.defaults.timezone,
            lateness=source.lateness,
            delay=model.labels.delay if labelled and model and model.labels else ZERO,
            max_delay=_awaited(model) if labelled else ZERO,
            labelled=labelled,
            baseline=baseline,
            baseline_side=self._side(baseline.source, before, labels)
            if baseline is not None and (baseline.type == "source" or check.learns)
            else None,
            threshold=resolved.threshold,
            min_rows=resolved.min_rows,
            min_labelled=resolved.min_labelled if reads_labels(check, labelled=labelled) else None,
            significance=resolved.significance,
            alert=resolved.alert,
            timestamp=timestamp,
            broken=self._broken(groupings, binding.source, labels),
            metric=binding.metric,
            unit=binding.unit or check.unit,
            model=model,
            environment=self.document.environment,
            columns=binding.monitor.columns or (check.default_columns if model is not None else None),
            classes=binding.monitor.classes,
            growth=check.growth(series[0].subject),
            compares=resolved.compares,
            schedule=binding.monitor.schedule,
            derivation=Derivation(
                self.document, self.document.monitors[binding.monitor.name], binding.monitor, model, holding
            ),
            incidents=excluded_from(self._incidents, about) if baseline is not None else (),
        )

    def _broken(self, groupings: Iterable[Grouping], source: str, labels: LabelSource | None) -> dict[Grouping, str]:
        """Slicings by columns that are not there."""
        found: dict[Grouping, str] = {}
        if self.catalog[source].failure is not None:
            return found
        for grouping in groupings:
            try:
                failure = available(dimension_columns(grouping), source, labels, self.catalog).failure
            except ValueError as error:
                failure = str(error)
            if failure is not None:
                found[grouping] = f"segment {' × '.join(dimension.name for dimension in grouping)}: {failure}"
        return found

    def _side(self, source: str, columns: frozenset[str], labels: LabelSource | None) -> Side:
        """A source with the labels that these columns need."""
        joined = joined_columns(columns, source, labels, self.catalog)
        relation = labels.relation(joined) if labels is not None and joined else None
        facts = self.catalog[source]
        # Without a time no window ends, so that nothing is late.
        return Side(source, relation, columns, facts.arrival if facts.timestamp is not None else None)


def _awaited(model: ModelDefinition | None) -> Duration:
    """Until how long after a window's end labels may change what was read."""
    if model is None or model.labels is None:
        return ZERO
    return model.labels.max_delay or model.labels.delay


def _disabled(overrides: Overrides) -> str:
    """Why nothing is left of a monitor or series: it is switched off, and where."""
    last = next((one for one in reversed(overrides) if "enabled" in one.settings), None)
    return "enabled: false" if last is None else f"enabled: false (override at {last.place.file}:{last.place.line})"


def misfit(binding: Binding) -> str | None:
    """Why a model that came by a selection is left out (a named one was refused by validation already)."""
    check, model = binding.check, binding.model
    if model is None:
        return None
    if check.tasks and model.task not in check.tasks:
        return f"{check.kind} is for {' and '.join(sorted(check.tasks))} models"
    lacking = sorted(role for role in check.needs_roles if getattr(model.roles, role) is None)
    if lacking:
        return f"{check.kind} needs the role {lacking[0]}, which the model does not declare"
    if check.needs_baseline and not has_baseline(binding.monitor, model):
        return f"{check.kind} compares with a baseline, and neither monitor nor model names one"
    return None


def facts(binding: Binding, registry: Registry) -> MonitorFacts:
    """What a route may match on and what a notice says."""
    monitor, model = binding.monitor, binding.model
    runbook = monitor.runbook or (model.runbook if model else None) or monitor.defaults.runbook
    return MonitorFacts(
        monitor=binding.name,
        model=model.name if model else None,
        source=binding.source,
        check=binding.check.kind,
        family=registry.family(binding.check.kind) if binding.check.kind in registry.checks else "business",
        task=model.task if model else None,
        tags={**monitor.defaults.tags, **(model.tags if model else {}), **monitor.tags},
        description=monitor.description or (model.description if model else None),
        runbook=None if runbook is None else _filled(runbook, binding),
        timezone=monitor.defaults.timezone,
    )


def _filled(runbook: str, binding: Binding) -> str:
    """A runbook's address for one monitor and model."""
    return runbook.replace("{monitor}", binding.name).replace("{model}", binding.subject)


def compile_graph(document: Document, registry: Registry, catalog: Catalog) -> Graph:
    """The check graph of a document, given what its sources hold."""
    return Compiler(document, registry, catalog).graph()
