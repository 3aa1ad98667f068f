"""Document -> check graph: names resolved, presets and selections expanded, precedence applied, misfits explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from driftline.checks.base import Check, ColumnType, Subject, Takes
from driftline.compile.catalog import Catalog
from driftline.compile.graph import BaselinePlan, Graph, LeftOut, MonitorPlan, SeriesPlan, Side
from driftline.compile.presets import OFF, PRESETS, PresetMonitor, weekly_baseline
from driftline.compile.resolve import Resolved, resolve_baseline, resolve_threshold, resolve_window
from driftline.compile.select import (
    ChosenColumn,
    ChosenModel,
    column_of,
    columns_of,
    features_of,
    models_of,
    role_columns,
    score_columns,
)
from driftline.compile.sides import (
    LabelSource,
    available,
    found_column,
    joined_columns,
    label_source,
    needed_columns,
    type_failure,
)
from driftline.config.document import Baseline, Document, ModelDefinition, MonitorDefinition, Significance
from driftline.compile.request import Dimension, Grouping, LabelRelation
from driftline.model import ZERO, MonitorFacts
from driftline.registry import Registry

OVERALL = "overall"


@dataclass(frozen=True)
class _Binding:
    """One monitor, one check, one model or source: what becomes a monitor plan."""

    monitor: MonitorDefinition
    check: Check
    name: str
    model: ModelDefinition | None
    source: str
    named: bool
    sql: str | None = None
    metric: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Compiler:
    """Compiles one document against what its sources hold."""

    document: Document
    registry: Registry
    catalog: Catalog

    def graph(self) -> Graph:
        """Every enabled monitor, expanded; what a selection reached in vain stands in `left_out`."""
        plans: list[MonitorPlan] = []
        left_out: list[LeftOut] = []
        for monitor in self.document.monitors.values():
            if not monitor.enabled:
                left_out.append(LeftOut(monitor.name, "", None, "enabled: false"))
                continue
            for binding in self._bindings(monitor, left_out):
                plan = self._plan(binding, left_out)
                if plan is not None:
                    plans.append(plan)
        return Graph(tuple(plans), tuple(left_out))

    def _bindings(self, monitor: MonitorDefinition, left_out: list[LeftOut]) -> Iterable[_Binding]:
        """The checks that a monitor stands for, on each of its models."""
        if monitor.metric is not None:
            yield from self._metric(monitor)
            return
        if monitor.source is not None:
            check = self.registry.check_class(monitor.check or "")(**monitor.params)
            yield _Binding(monitor, check, monitor.name, None, monitor.source, named=True)
            return
        for chosen in models_of(monitor, self.document.models):
            if monitor.check is not None:
                check = self.registry.check_class(monitor.check)(**monitor.params)
                yield _Binding(monitor, check, monitor.name, chosen.model, chosen.model.source, chosen.named)
            else:
                yield from self._preset(monitor, chosen, left_out)

    def _metric(self, monitor: MonitorDefinition) -> Iterable[_Binding]:
        from driftline.checks.business._metric import Metric

        metric = self.document.metrics[monitor.metric or ""]
        model = self.document.models[metric.model] if metric.model is not None else None
        source = model.source if model is not None else metric.source or ""
        yield _Binding(
            monitor, Metric(), monitor.name, model, source, True, metric.sql, metric.name, metric.unit
        )

    def _preset(
        self, monitor: MonitorDefinition, chosen: ChosenModel, left_out: list[LeftOut]
    ) -> Iterable[_Binding]:
        members = PRESETS[monitor.preset or ""]
        for member in members:
            name = monitor.name if len(members) == 1 else f"{monitor.name}.{member.check}"
            reason = self._unfit_for_preset(member, monitor, chosen.model)
            if reason is not None:
                left_out.append(LeftOut(name, chosen.model.name, None, reason))
                continue
            written = self._written(member, monitor, chosen.model)
            check = self.registry.check_class(member.check)(**{**member.params, **monitor.params})
            yield _Binding(written, check, name, chosen.model, chosen.model.source, named=False)

    def _unfit_for_preset(
        self, member: PresetMonitor, monitor: MonitorDefinition, model: ModelDefinition
    ) -> str | None:
        lacking = sorted(role for role in member.roles if getattr(model.roles, role) is None)
        if lacking:
            return f"the model has no role {lacking[0]}"
        if member.tasks and model.task not in member.tasks:
            return f"for {' and '.join(sorted(member.tasks))} models, this one is {model.task or 'without a task'}"
        if member.needs_baseline and not self._has_baseline(monitor, model):
            return "the model has no baseline to compare with"
        return None

    def _has_baseline(self, monitor: MonitorDefinition, model: ModelDefinition | None) -> bool:
        given = (monitor.baseline, model.baseline if model else None, monitor.defaults.baseline)
        return any(baseline is not None for baseline in given)

    def _written(
        self, member: PresetMonitor, monitor: MonitorDefinition, model: ModelDefinition
    ) -> MonitorDefinition:
        """The monitor as a team would have written it out; what the team did write wins over the preset."""
        threshold, baseline = member.threshold, monitor.baseline
        if member.without_baseline is not None and not self._has_baseline(monitor, model):
            threshold = member.without_baseline
        if member.weekly and baseline is None:
            window = resolve_window(self.document, monitor, model)
            baseline = weekly_baseline(window) if window else None
        elif member.previous and not self._has_baseline(monitor, model):
            baseline = Baseline("previous")
        return replace(
            monitor,
            check=member.check,
            preset=None,
            columns=monitor.columns if monitor.columns is not None and member.columns else member.columns,
            threshold=monitor.threshold if monitor.threshold is not None else threshold,
            baseline=baseline,
        )

    def _plan(self, binding: _Binding, left_out: list[LeftOut]) -> MonitorPlan | None:
        monitor, model, check = binding.monitor, binding.model, binding.check
        subject = model.name if model else binding.source
        misfit = self._misfit(binding)
        if misfit is not None:
            left_out.append(LeftOut(binding.name, subject, None, misfit))
            return None
        source = self.document.sources[binding.source]
        labels = label_source(model, self.catalog)
        resolved = self._resolved(binding)
        series = tuple(self._series(binding, resolved, labels, left_out))
        if not series:
            left_out.append(LeftOut(binding.name, subject, None, "no column that the check can measure"))
            return None
        groupings, top = self._groupings(monitor, model)
        specs = {spec for one in series for spec in one.needs.values()}
        columns = needed_columns(specs) | _grouping_columns(groupings)
        joined = joined_columns(columns, binding.source, labels, self.catalog)
        labelled = bool(joined) and model is not None
        baseline = resolved.baseline
        other = baseline.source if baseline is not None and baseline.type == "source" else None
        delay = model.labels.delay if labelled and model and model.labels else ZERO
        return MonitorPlan(
            name=binding.name,
            subject=subject,
            check=check,
            facts=self._facts(binding),
            side=Side(binding.source, _relation(labels, joined)),
            series=series,
            groupings=groupings,
            top=top,
            window=None if check.windowless or source.timestamp is None else resolved.window,
            timezone=source.timezone,
            lateness=source.lateness,
            delay=delay,
            labelled=labelled,
            baseline=baseline,
            baseline_side=self._baseline_side(other, columns, labels) if other else None,
            threshold=resolved.threshold,
            min_rows=resolved.min_rows,
            significance=resolved.significance,
            alert=resolved.alert,
            timestamp=source.timestamp,
            metric=binding.metric,
            unit=binding.unit or check.unit,
            model=model,
            environment=self.document.environment,
        )

    def _resolved(self, binding: _Binding) -> Resolved:
        monitor, model, check = binding.monitor, binding.model, binding.check
        threshold = resolve_threshold(self.document, monitor, check)
        compares = check.needs_baseline or threshold.compare != "value"
        baseline = resolve_baseline(self.document, monitor, model, binding.source) if compares else None
        significance = monitor.significance
        if significance is None:
            significance = (monitor.defaults.significance or Significance()) if check.significance else OFF
        least = monitor.min_rows if monitor.min_rows is not None else monitor.defaults.min_rows
        default = 0 if check.counting or check.windowless else 100
        return Resolved(
            window=resolve_window(self.document, monitor, model),
            baseline=baseline,
            threshold=threshold,
            min_rows=least if least is not None and not check.counting else default,
            significance=significance,
            alert=monitor.alert or monitor.defaults.alert or Resolved.DEFAULT_ALERT,
        )

    def _misfit(self, binding: _Binding) -> str | None:
        """Why a model that came by a selection is left out (a named one was refused by validation already)."""
        check, model = binding.check, binding.model
        if model is None:
            return None
        if check.tasks and model.task not in check.tasks:
            return f"{check.kind} is for {' and '.join(sorted(check.tasks))} models"
        lacking = sorted(role for role in check.needs_roles if getattr(model.roles, role) is None)
        if lacking:
            return f"{check.kind} needs the role {lacking[0]}, which the model does not declare"
        if check.needs_baseline and not self._has_baseline(binding.monitor, model):
            return f"{check.kind} compares with a baseline, and neither monitor nor model names one"
        return None

    def _facts(self, binding: _Binding) -> MonitorFacts:
        monitor, model = binding.monitor, binding.model
        tags = {**monitor.defaults.tags, **(model.tags if model else {}), **monitor.tags}
        runbook = monitor.runbook or (model.runbook if model else None) or monitor.defaults.runbook
        if runbook is not None:
            runbook = runbook.replace("{monitor}", binding.name).replace("#monitor", f"#{binding.name}")
        return MonitorFacts(
            monitor=binding.name,
            model=model.name if model else None,
            source=binding.source,
            check=binding.check.kind,
            task=model.task if model else None,
            tags=tags,
            description=monitor.description or (model.description if model else None),
            runbook=runbook,
        )

    def _groupings(
        self, monitor: MonitorDefinition, model: ModelDefinition | None
    ) -> tuple[tuple[Grouping, ...], dict[str, tuple[int, bool]]]:
        wanted = monitor.segments or ((OVERALL,),)
        groupings: list[Grouping] = []
        top: dict[str, tuple[int, bool]] = {}
        for names in wanted:
            dimensions = []
            for name in names:
                if name == OVERALL or model is None or name not in model.segments:
                    continue
                segment = model.segments[name]
                dimensions.append(Dimension(name, segment.by, segment.where))
                top[name] = (segment.top, segment.rest)
            if dimensions or OVERALL in names:
                groupings.append(tuple(dimensions))
        return tuple(dict.fromkeys(groupings)), top

    def _baseline_side(self, source: str, columns: frozenset[str], labels: LabelSource | None) -> Side:
        joined = joined_columns(columns, source, labels, self.catalog)
        return Side(source, _relation(labels, joined))

    def _series(
        self, binding: _Binding, resolved: Resolved, labels: LabelSource | None, left_out: list[LeftOut]
    ) -> Iterable[SeriesPlan]:
        """The series of one monitor on one model or source, before slicing."""
        subject = self._subject(binding, resolved)
        if binding.check.takes is not Takes.COLUMN:
            for class_ in self._classes(binding):
                yield self._one(binding, replace(subject, class_=class_), None, class_, resolved, labels)
            return
        for chosen in self._columns(binding):
            column = column_of(
                chosen.name, binding.model, found_column(chosen.name, binding.source, labels, self.catalog)
            )
            if column.type not in binding.check.column_types and not chosen.named:
                reason = f"{binding.check.kind} cannot measure a {column.type} column"
                left_out.append(LeftOut(binding.name, subject_name(binding), chosen.name, reason))
                continue
            yield self._one(binding, replace(subject, column=column), chosen.name, None, resolved, labels)

    def _columns(self, binding: _Binding) -> tuple[ChosenColumn, ...]:
        texts = binding.monitor.columns or binding.check.default_columns
        facts = self.catalog[binding.source]
        if binding.model is None:
            names = facts.columns if binding.monitor.columns is None else texts
            return tuple(ChosenColumn(name, named=True) for name in names if name != facts.timestamp)
        return columns_of(texts, binding.model, facts)

    def _classes(self, binding: _Binding) -> tuple[str | None, ...]:
        """The classes of `classes:`; `each` is every class that has a score column."""
        wanted, model = binding.monitor.classes, binding.model
        if not wanted or not binding.check.per_class or model is None:
            return (None,)
        if wanted != ("each",):
            return wanted
        classes = score_columns(model, self.catalog[binding.source].columns)
        return tuple(classes) or (None,)

    def _subject(self, binding: _Binding, resolved: Resolved) -> Subject:
        model, facts = binding.model, self.catalog[binding.source]
        columns = tuple(column_of(name, None, found) for name, found in facts.columns.items())
        base = resolved.baseline.source if resolved.baseline is not None else None
        labels = label_source(model, self.catalog)
        known_later = labels.columns if labels else frozenset()
        reference = (
            tuple(column_of(n, None, found) for n, found in self.catalog[base].columns.items() if n not in known_later)
            if base is not None and base != binding.source
            else None
        )
        subject = Subject(timestamp=facts.timestamp, columns=columns, baseline_columns=reference, sql=binding.sql)
        if model is None:
            return subject
        roles = {
            role: column_of(name, model, found_column(name, binding.source, labels, self.catalog))
            for role, name in role_columns(model).items()
        }
        relevant = {*features_of(model, facts), *role_columns(model).values()} - {model.roles.target}
        relevant |= set(score_columns(model, facts.columns).values())
        return replace(
            subject,
            roles=roles,
            scores=score_columns(model, facts.columns),
            task=model.task,
            positive=model.positive,
            expected=tuple(sorted(relevant)),
            declared=tuple(column_of(d.pattern, model, None) for d in model.columns if d.type and "*" not in d.pattern),
        )

    def _one(
        self,
        binding: _Binding,
        subject: Subject,
        column: str | None,
        class_: str | None,
        resolved: Resolved,
        labels: LabelSource | None,
    ) -> SeriesPlan:
        """A series with its profiles, and why either side cannot be read."""
        check = binding.check
        failure = None
        if subject.column is not None and subject.column.type not in check.column_types:
            failure = f"{check.kind} cannot measure {column}, a {subject.column.type} column"
        needs = {} if failure else check.needs(subject)
        names = needed_columns(needs.values())
        failure = failure or self._side_failure(binding.source, names, subject, labels)
        other = resolved.baseline.source if resolved.baseline is not None else None
        baseline_failure = None
        if other is not None and other != binding.source and failure is None:
            baseline_failure = self._side_failure(other, names, subject, labels)
        return SeriesPlan(subject, column, class_, {} if failure else needs, failure, baseline_failure)

    def _side_failure(
        self, source: str, names: Iterable[str], subject: Subject, labels: LabelSource | None
    ) -> str | None:
        names = list(names)
        found = available(names, source, labels, self.catalog)
        if found.failure is not None:
            return found.failure
        for column in (subject.column, *subject.roles.values()):
            if column is not None and column.name in names:
                failure = type_failure(column, found_column(column.name, source, labels, self.catalog), source)
                if failure is not None:
                    return failure
        return None


def subject_name(binding: _Binding) -> str:
    return binding.model.name if binding.model else binding.source


def _relation(labels: LabelSource | None, joined: frozenset[str]) -> LabelRelation | None:
    return labels.relation(joined) if labels is not None and joined else None


def _grouping_columns(groupings: Iterable[Grouping]) -> frozenset[str]:
    return frozenset(d.by for grouping in groupings for d in grouping if d.by is not None)


def compile_graph(document: Document, registry: Registry, catalog: Catalog) -> Graph:
    """The check graph of a document, given what its sources hold."""
    return Compiler(document, registry, catalog).graph()
