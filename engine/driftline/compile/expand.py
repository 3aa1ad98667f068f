"""Document -> check graph: names resolved, presets and selections expanded, precedence applied, misfits explained."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from driftline.compile.bindings import Binding, bindings, has_baseline
from driftline.compile.catalog import Catalog
from driftline.compile.graph import Graph, LeftOut, MonitorPlan, SeriesPlan, Side
from driftline.compile.request import Dimension, Grouping
from driftline.compile.resolve import Resolved, resolve
from driftline.compile.series import SeriesMaker
from driftline.compile.sides import LabelSource, available, joined_columns, needed_columns
from driftline.compile.view import View
from driftline.config.document import Document, ModelDefinition, MonitorDefinition
from driftline.model import ZERO, MonitorFacts
from driftline.registry import Registry

OVERALL = "overall"


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
        for monitor in self.document.monitors.values():
            if not monitor.enabled:
                left_out.append(LeftOut(monitor.name, "", None, "enabled: false"))
                continue
            for binding in bindings(monitor, self.document, self.registry, left_out):
                plan = self._plan(binding, left_out)
                if plan is not None:
                    plans.append(plan)
        return Graph(tuple(plans), tuple(left_out))

    def _plan(self, binding: Binding, left_out: list[LeftOut]) -> MonitorPlan | None:
        reason = misfit(binding)
        resolved = resolve(self.document, binding.monitor, binding.model, binding.check, binding.source)
        view = self._view(binding, resolved)
        series: tuple[SeriesPlan, ...] = ()
        if reason is None:
            maker = SeriesMaker(binding, view, resolved.baseline, self._groups)
            series = tuple(maker.series(left_out))
            reason = None if series else "no column that the check can measure"
        if reason is not None:
            left_out.append(LeftOut(binding.name, binding.subject, None, reason))
            return None
        return self._bound(binding, resolved, view.labels, series)

    def _view(self, binding: Binding, resolved: Resolved) -> View:
        """What the checks of a binding see: the same for all monitors of its model that read this baseline."""
        model, baseline = binding.model, resolved.baseline.source if resolved.baseline is not None else None
        key = (model.name if model is not None else None, binding.source, baseline)
        if key not in self._views:
            self._views[key] = View(self.catalog, model, binding.source, baseline)
        return self._views[key]

    @cached_property
    def _groups(self) -> frozenset[str]:
        """The names of all column groups, of whichever model."""
        return frozenset(name for model in self.document.models.values() for name in model.groups)

    def _bound(
        self, binding: Binding, resolved: Resolved, labels: LabelSource | None, series: tuple[SeriesPlan, ...]
    ) -> MonitorPlan:
        model, check, source = binding.model, binding.check, self.document.sources[binding.source]
        groupings, top = sliced(binding.monitor, model)
        columns = needed_columns(spec for one in series for spec in one.needs.values()) | grouping_columns(groupings)
        side = self._side(binding.source, columns, labels)
        labelled = side.relation is not None
        baseline = resolved.baseline
        timestamp = self.catalog[binding.source].timestamp
        return MonitorPlan(
            name=binding.name,
            subject=binding.subject,
            check=check,
            facts=facts(binding, self.registry, source.timezone),
            side=side,
            series=series,
            groupings=groupings,
            top=top,
            window=None if check.windowless or timestamp is None else resolved.window,
            timezone=source.timezone,
            lateness=source.lateness,
            delay=model.labels.delay if labelled and model and model.labels else ZERO,
            labelled=labelled,
            baseline=baseline,
            baseline_side=self._side(baseline.source, columns, labels)
            if baseline is not None and baseline.type == "source"
            else None,
            threshold=resolved.threshold,
            min_rows=resolved.min_rows,
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
        return Side(source, labels.relation(joined) if labels is not None and joined else None, columns)


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


def facts(binding: Binding, registry: Registry, timezone: str) -> MonitorFacts:
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
        timezone=timezone,
    )


def _filled(runbook: str, binding: Binding) -> str:
    """A runbook's address for one monitor and model."""
    return runbook.replace("{monitor}", binding.name).replace("{model}", binding.subject)


def sliced(
    monitor: MonitorDefinition, model: ModelDefinition | None
) -> tuple[tuple[Grouping, ...], dict[str, tuple[int, bool]]]:
    """The ways a monitor slices its rows, each once, and how many values of a dimension are kept."""
    groupings: list[Grouping] = []
    top: dict[str, tuple[int, bool]] = {}
    declared = model.segments if model else {}
    for names in monitor.segments or ((OVERALL,),):
        dimensions = []
        for name in names:
            if name in declared:
                segment = declared[name]
                dimensions.append(Dimension(name, segment.by, segment.where))
                top[name] = (segment.top, segment.rest)
        if dimensions or OVERALL in names:
            groupings.append(tuple(dimensions))
    return tuple(dict.fromkeys(groupings)) or ((),), top


def grouping_columns(groupings: Iterable[Grouping]) -> frozenset[str]:
    """The columns of all slicings that can be made."""
    names: set[str] = set()
    for grouping in groupings:
        with suppress(ValueError):
            names |= dimension_columns(grouping)
    return frozenset(names)


def dimension_columns(grouping: Grouping) -> frozenset[str]:
    """The columns that a slicing reads: those it splits by, and those of its conditions.

    Raises ValueError for a condition that the engine cannot evaluate.
    """
    import polars as pl

    names = {d.by for d in grouping if d.by is not None}
    for dimension in grouping:
        if dimension.where is not None:
            try:
                names |= set(pl.sql_expr(dimension.where).meta.root_names())
            except pl.exceptions.PolarsError as error:
                raise ValueError(f"{dimension.where}: {str(error).splitlines()[0]}") from error
    return frozenset(names)


def compile_graph(document: Document, registry: Registry, catalog: Catalog) -> Graph:
    """The check graph of a document, given what its sources hold."""
    return Compiler(document, registry, catalog).graph()
