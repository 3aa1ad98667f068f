"""Definitions without effect, two monitors of the same, and what `validate` warns of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from driftline.clock import parse_instant
from driftline.compile.graph import MonitorPlan
from driftline.config.document import Document, ModelDefinition
from driftline.doctor import edits
from driftline.doctor.facts import Facts, written_name
from driftline.doctor.finding import Finding, Grade


def warnings(facts: Facts) -> Iterable[Finding]:
    """What `validate` says, since it runs first."""
    for one in facts.document.warnings:
        evidence = f"{one.code}; driftline validate --explain {one.code}"
        yield Finding("validate", Grade.ADVICE, one.message, evidence, one.place, f"# {one.hint}" if one.hint else None)


def unused(facts: Facts) -> Iterable[Finding]:
    """Definitions that have no effect, beyond those that `validate` can tell without the columns of the sources."""
    document = facts.document
    for section, name, reason in (*_unread(facts), *_unrouted(document)):
        place = document.place(section, name)
        edit = f"{section}:\n  # remove: {edits.scalar(name)}"
        yield Finding("unused", Grade.ADVICE, f"nothing uses {section[:-1]} {name}", reason, place, edit)
    for model in document.models.values():
        yield from _columns(facts, model)
    for one in facts.graph.left_out:
        if one.column is None and one.monitor in document.monitors and document.monitors[one.monitor].enabled:
            if one.monitor in facts.plans:
                continue
            place = document.place("monitors", one.monitor)
            edit = f"monitors:\n  # remove: {edits.scalar(one.monitor)}"
            yield Finding("unused", Grade.ADVICE, f"monitor {one.monitor} measures nothing", one.reason, place, edit)
    for index, silence in enumerate(document.silences):
        end = parse_instant(silence.end, document.defaults.timezone)
        if end <= facts.now:
            yield _over(facts.now, end, index, silence.reason, document)


def _over(now: datetime, end: datetime, index: int, reason: str, document: Document) -> Finding:
    evidence = f"it ended on {end:%Y-%m-%d}, {(now - end).days} days ago"
    what, place = f"the silence {reason!r} is over", document.place("silences", index)
    return Finding(
        "unused", Grade.ADVICE, what, evidence, place, f"silences:\n  # remove: the one that ended {end:%Y-%m-%d}"
    )


def _unread(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Sources, models and metrics that no monitor reaches."""
    plans, document = facts.graph.monitors, facts.document
    sources = {plan.side.source for plan in plans}
    sources |= {plan.baseline.source for plan in plans if plan.baseline is not None}
    sources |= {model.labels.source for model in document.models.values() if model.labels is not None}
    sources |= {model.source for model in document.models.values()}
    sources |= {b for model in document.models.values() if isinstance(b := model.baseline, str)}
    models = {plan.model.name for plan in plans if plan.model is not None}
    metrics = {plan.metric for plan in plans}
    for name in document.sources:
        if name not in sources:
            yield "sources", name, "no model, label, baseline or monitor reads it"
    for name in document.models:
        if name not in models:
            yield "models", name, "no monitor is about it"
    for name in document.metrics:
        if name not in metrics:
            yield "metrics", name, "no monitor measures it"


def _unrouted(document: Document) -> Iterator[tuple[str, str, str]]:
    """Channels, calendars and actions that no route names; without routes every channel gets everything."""
    if document.routes:
        told = {name for route in document.routes for name in route.channels}
        yield from (("channels", name, "no route leads to it") for name in document.channels if name not in told)
    active = {name for route in document.routes for name in route.active}
    acting = {name for route in document.routes for name in route.actions}
    yield from (("calendars", name, "no route is bound to it") for name in document.calendars if name not in active)
    yield from (("actions", name, "no route triggers it") for name in document.actions if name not in acting)


def _columns(facts: Facts, model: ModelDefinition) -> Iterator[Finding]:
    """What a model says of columns that its source, labels and baseline have not."""
    sources = [model.source, model.labels.source if model.labels is not None else model.source]
    sources += [model.baseline] if isinstance(model.baseline, str) else []
    known = [facts.catalog[name] for name in sources if name in facts.catalog]
    if not known or any(one.failure is not None for one in known):
        return
    there = {name for one in known for name in one.columns}
    for definition in model.columns:
        if not any(fnmatchcase(name, definition.pattern) for name in there):
            yield _absent(facts, model, "columns", definition.pattern)
    for text in model.features.exclude:
        if not any(fnmatchcase(name, text) for name in there):
            yield _absent(facts, model, "features", text)


def _absent(facts: Facts, model: ModelDefinition, key: str, text: str) -> Finding:
    place = facts.document.place("models", model.name, key, text) or model.place
    what = f"{key} of {model.name} speak of {text}, which is not there"
    evidence = f"{model.source} and what goes with it have no such column"
    edit = f"models:\n  {edits.scalar(model.name)}:\n    {key}:\n      # remove: {edits.scalar(text)}"
    return Finding("unused", Grade.ADVICE, what, evidence, place, edit)


Cell = tuple[str | None, str | None, tuple[str, ...]]  # column, class, dimensions


def duplicates(facts: Facts) -> Iterable[Finding]:
    """Pairs of monitors of the same check, parameters, window and baseline that share columns and segments."""
    seen: dict[tuple[object, Cell], MonitorPlan] = {}
    for plan in facts.graph.monitors:
        shared: dict[str, tuple[MonitorPlan, set[Cell]]] = {}
        measure = _measure(plan)
        for cell in _cells(plan):
            first = seen.setdefault((measure, cell), plan)
            if first.name != plan.name:
                shared.setdefault(first.name, (first, set()))[1].add(cell)
        for first, cells in shared.values():
            yield _duplicate(facts, first, plan, cells)


def _cells(plan: MonitorPlan) -> list[Cell]:
    """What a monitor measures, by column, class and slicing."""
    slices = [tuple(dimension.name for dimension in grouping) for grouping in plan.groupings]
    return [(one.column, one.class_, names) for one in plan.series for names in slices]


def _measure(plan: MonitorPlan) -> object:
    """All that decides what is read; how it is judged is not in it."""
    window = None if plan.window is None else (plan.window.size, plan.window.every)
    baseline = plan.baseline if plan.check.needs_baseline or plan.threshold.compare != "value" else None
    return plan.subject, plan.check.kind, repr(plan.check), plan.metric, window, repr(baseline)


def _duplicate(facts: Facts, first: MonitorPlan, second: MonitorPlan, cells: set[Cell]) -> Finding:
    named = sorted({column or second.subject for column, _, _ in cells})
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return Finding(
        "duplicate",
        Grade.ADVICE,
        f"{second.name} measures what {first.name} does, on {second.subject}",
        f"the same check ({second.check.kind}), window and baseline on {', '.join(named[:3])}{more}",
        facts.place(second),
        _once_only(facts, first, second, cells),
        weight=len(cells),
    )


def _once_only(facts: Facts, first: MonitorPlan, second: MonitorPlan, shared: set[Cell]) -> str:
    """The one of the two that adds nothing goes; else, where they overlap, the columns of the one that adds less."""
    pairs = ((second, first), (first, second))
    for less, more in pairs:
        if set(_cells(less)) <= shared:
            return _removed(facts, less, more)
    for less, _ in pairs:
        apart = {column for column, _, _ in set(_cells(less)) - shared}
        columns = sorted({column for column, _, _ in shared if column is not None and column not in apart})
        if columns:
            return edits.of_monitor(facts, less, {"enabled": "false"}, columns)
    return f"# leave out of {written_name(second)} what {written_name(first)} measures"


def _removed(facts: Facts, less: MonitorPlan, more: MonitorPlan) -> str:
    """A monitor goes; the one that stays takes the level that only the other had."""
    edit = edits.of_monitor(facts, less, {"enabled": "false"})
    if not edit.startswith("monitors:"):
        return edit
    lines = [f"monitors:\n  # remove: {edits.scalar(less.name)}"]
    gone, kept = less.threshold, more.threshold
    if gone.compare == kept.compare and gone.recovery == kept.recovery and more.name in facts.document.monitors:
        both = replace(kept, warning=kept.warning or gone.warning, critical=kept.critical or gone.critical)
        if both != kept:
            lines.append(f"  {edits.scalar(more.name)}:\n    threshold: {edits.threshold(both, more.unit)}")
    return "\n".join(lines)
