"""From a name to an explanation: the family judged as a run would, then the rows of its worst series once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import registry
from driftline.compile.graph import MonitorPlan
from driftline.compile.schedule import Judgement, due
from driftline.config.document import Document
from driftline.errors import UsageError
from driftline.explaining.alerts import kept_of
from driftline.explaining.asked import (
    asked_for,
    chosen,
    classifiers,
    last_instant,
    of_alert,
    of_features,
    plans_of,
    same_slice,
    sliced_by,
)
from driftline.explaining.segments import by_segment
from driftline.model import Result, SeriesKey
from driftline.preparing import LATEST, Prepared, Progress, RunOptions, extents_of, load, opened_store, prepare_document
from driftline.report.explanation.values import ByFeature, BySegment, Explained, Explanation
from driftline.report.naming import name_of
from driftline.report.plan.words import threshold_text

if TYPE_CHECKING:
    from driftline.compile.graph import Side
    from driftline.compile.request import ProfileSet
    from driftline.evaluate.drivers import Learnt, Rows
    from driftline.store.store import Store


@dataclass(frozen=True)
class ExplainOptions:
    """`name` is a monitor, a series or an alert; `at` None is as of its last verdict, else of the newest event."""

    name: str
    at: datetime | str | None = None
    plugins: str | None = None
    environment: str | None = None


@dataclass(frozen=True)
class _Reader:
    """Judges plans on their latest window: each source in one read, of what these plans need; nothing is written.

    `learnt` is what classifiers among them have learnt of columns.
    """

    prepared: Prepared
    store: Store | None
    plugins: str | None = None
    learnt: Mapping[Rows, Learnt] = field(default_factory=dict)

    def judgements(self, plans: Sequence[MonitorPlan]) -> tuple[Judgement, ...]:
        """The latest window of each plan."""
        extents = extents_of(replace(self.prepared, graph=replace(self.prepared.graph, monitors=tuple(plans))))
        found = (due(plan, self.prepared.as_of[plan.side.source], extents=extents)[-1:] for plan in plans)
        return tuple(judgement for each in found for judgement in each)

    def sets(self, judgements: Sequence[Judgement]) -> Mapping[Side, ProfileSet]:
        """The profiles of both sides, at the resolutions that runs have kept."""
        from driftline.compile.scans import scans
        from driftline.execute.run import execute

        planned = scans(judgements)
        kept = {key.source: self.store.resolutions(key.source) for key in planned.requests} if self.store else {}
        as_of = {judgement.compared.source: judgement.as_of for judgement in judgements}
        as_of |= {judgement.monitor.side.source: judgement.as_of for judgement in judgements}
        found = execute(planned.requests, self.prepared.sources, {**self.prepared.as_of, **as_of}, kept, keeps=False)
        return {side: found.sets[key] for side, key in planned.keys.items()}

    def results(self, plans: Sequence[MonitorPlan]) -> tuple[tuple[Judgement, Result], ...]:
        """The verdicts, as a run gives them."""
        from driftline.app import known_segments
        from driftline.evaluate.family import judge_all

        judgements = self.judgements(plans)
        known = known_segments(self.store, self.prepared.document)
        return judge_all(judgements, self.sets(judgements), known)

    def compiled(self, document: Document, like: MonitorPlan) -> tuple[MonitorPlan, ...]:
        """The plans of one monitor on one model in another document over the same sources."""
        from driftline.compile.expand import compile_graph
        from driftline.execute.opening import catalog

        graph = compile_graph(document, registry.load(self.plugins), catalog(self.prepared.sources))
        return tuple(plan for plan in graph.monitors if (plan.name, plan.subject) == (like.name, like.subject))


def explain(path: Path, options: ExplainOptions, progress: Progress = lambda _: None) -> Explanation:
    """What is behind the last verdicts of a monitor or series, or behind those as of an instant.

    Sources are read anew, for that alone; the store is read where there is one, and nothing is written. Raises
    ConfigurationError for the configuration and UsageError for what is asked for.
    """
    from driftline.evaluate.drivers import learnt_of

    document = load(path, options.plugins, options.environment)
    asked = RunOptions(plugins=options.plugins, environment=options.environment, dry_run=True)
    with ExitStack() as stack:
        store, _ = opened_store(document, asked, stack)
        name, of_its_last = of_alert(store, options.name) or (options.name, None)
        at = options.at or of_its_last or last_instant(store, document.environment, name) or LATEST
        prepared = prepare_document(document, replace(asked, at=at), progress)
        plans = plans_of(prepared.graph, name)
        reader = _Reader(prepared, store, options.plugins)
        progress("judging")
        beside = classifiers(prepared.graph, plans)
        known = reader.results([*plans, *beside])
        learnt = learnt_of(result for judgement, result in known if judgement.monitor.check.tells_columns)
        judged = tuple(pair for pair in known if pair[0].monitor.name in {plan.name for plan in plans})
        if not judged:
            raise UsageError(f"--at {at}: no window of {plans[0].name} is complete by then; name a later instant")
        behind = {result.series: judgement for judgement, result in judged}
        results = tuple(result for _, result in judged)
        worst, others = chosen(asked_for(results, name))
        progress("looking at segments and features")
        reader = replace(reader, learnt=learnt)
        explained = tuple(_explained(reader, behind[one.series], one, results) for one in worst)
        return Explanation(document, prepared.at, explained, others)


def _explained(reader: _Reader, judgement: Judgement, one: Result, family: Sequence[Result]) -> Explained:
    monitor = judgement.monitor
    asked = monitor.significance if monitor.significance.enabled and one.p_value is not None else None
    plan = monitor.at(one.series)
    return Explained(
        result=one,
        title=monitor.check.title,
        measured=one.metric or one.check,
        threshold=threshold_text(plan.threshold, plan.unit),
        alpha=asked.alpha if asked else None,
        correction=asked.correction if asked else None,
        segments=_segments(reader, monitor, one),
        features=_features(reader, monitor, one, family),
        kept=kept_of(reader.store, one.series),
        hint=_hint(monitor, one),
    )


def _hint(monitor: MonitorPlan, one: Result) -> str | None:
    """Where to look on, of a breach of a metric whose model declares no segments."""
    metric = monitor.facts.family not in ("drift", "volume") and not monitor.check.needs_baseline
    if monitor.model is None or monitor.model.segments or not metric or not one.is_breach:
        return None
    name = name_of(one.series)
    return f"{monitor.model.name} declares no segments; `driftline discover {name}` looks for the part of the rows"


# Segments --------------------------------------------------------------------------------------------------------


def _segments(reader: _Reader, monitor: MonitorPlan, one: Result) -> tuple[BySegment, ...]:
    """All rows by each segment that the model declares; nothing of a series that is a segment itself."""
    declared = tuple(monitor.model.segments) if monitor.model is not None else ()
    if one.series.segment or not declared or one.value is None:
        return ()
    written = sliced_by(reader.prepared.document, monitor.name, declared)
    plans = [_pooled(plan, one.series) for plan in reader.compiled(written, monitor) if plan.has(one.series)]
    judgements = reader.judgements(plans[:1])
    if not judgements:
        return ()
    (judgement,) = judgements
    sets = reader.sets(judgements)
    return tuple(by_segment(judgement, sets, grouping) for grouping in judgement.monitor.groupings if grouping)


def _pooled(plan: MonitorPlan, series: SeriesKey) -> MonitorPlan:
    """One series of a plan, its baseline as one, whatever judges it."""
    kept = tuple(each for each in plan.series if (each.column, each.class_) == (series.column, series.class_))
    return replace(
        plan,
        series=kept,
        significance=replace(plan.significance, block=None),
        compares=frozenset(),
        exceptions=None,
        schedule=None,
    )


# Features --------------------------------------------------------------------------------------------------------


def _features(reader: _Reader, monitor: MonitorPlan, one: Result, family: Iterable[Result]) -> ByFeature | None:
    """Of a drift of what the model gives: its features by drift × importance."""
    from driftline.evaluate.drivers import drivers, importance_for, outputs, taken

    if monitor.facts.family != "drift" or not monitor.check.needs_baseline or monitor.model is None:
        return None
    if one.series.column not in outputs(monitor):
        return None
    held = taken(monitor)
    beside = [each for each in same_slice(family, one.series) if each.series.column not in held]
    if not beside:
        plans = reader.compiled(of_features(reader.prepared.document, monitor.name), monitor)
        found = [result for _, result in reader.results(plans)] if plans else []
        beside = [each for each in same_slice(found, one.series) if each.series.column not in held]
    importance, learnt_by = importance_for(monitor, one, reader.learnt)
    ranked = drivers(beside, importance)
    reason = None if ranked else "no feature can be measured with this check"
    return ByFeature(one.check, monitor.unit, bool(importance), ranked, reason, learnt_by)
