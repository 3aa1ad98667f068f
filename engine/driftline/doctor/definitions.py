"""Definitions without effect, two monitors of the same, and what `validate` warns of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
            if any(plan.name == one.monitor or written_name(plan) == one.monitor for plan in facts.graph.monitors):
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


def duplicates(facts: Facts) -> Iterable[Finding]:
    """Monitors of the same check, parameters, window and baseline on the same columns and segments."""
    seen: dict[object, MonitorPlan] = {}
    for plan in facts.graph.monitors:
        twins: dict[str, tuple[MonitorPlan, list[str]]] = {}
        for one in plan.series:
            for grouping in plan.groupings:
                key = (_measure(plan), one.column, one.class_, tuple(dimension.name for dimension in grouping))
                first = seen.setdefault(key, plan)
                if first.name != plan.name:
                    twins.setdefault(first.name, (first, []))[1].append(one.column or plan.subject)
        for first, measured in twins.values():
            yield _duplicate(facts, first, plan, list(dict.fromkeys(measured)))


def _measure(plan: MonitorPlan) -> object:
    """All that decides what is read; how it is judged is not in it."""
    window = None if plan.window is None else (plan.window.size, plan.window.every)
    baseline = None if plan.baseline is None else (plan.baseline.type, plan.baseline.source, plan.baseline.size)
    compared = baseline if plan.check.needs_baseline or plan.threshold.compare != "value" else None
    return plan.subject, plan.check.kind, repr(plan.check), plan.metric, window, compared


def _duplicate(facts: Facts, first: MonitorPlan, second: MonitorPlan, measured: list[str]) -> Finding:
    more = f" and {len(measured) - 3} more" if len(measured) > 3 else ""
    named = ", ".join(measured[:3]) + more
    return Finding(
        "duplicate",
        Grade.ADVICE,
        f"{second.name} measures what {first.name} does, on {second.subject}",
        f"the same check ({second.check.kind}), window and baseline on {named}",
        facts.place(second),
        _merged(first, second),
        weight=len(measured),
    )


def _merged(first: MonitorPlan, second: MonitorPlan) -> str:
    """One of the two, with both levels where they guard different ones."""
    one, two = first.threshold, second.threshold
    if written_name(second) != second.name:  # a member of a preset
        match = f"monitor: {edits.scalar(second.name)}, model: {edits.scalar(second.subject)}"
        return f"overrides:\n  - {{match: {{{match}}}, set: {{enabled: false}}}}"
    lines = [f"monitors:\n  # remove: {edits.scalar(written_name(second))}"]
    if one.compare == two.compare and (one.warning is None) != (two.warning is None) and one.critical is None:
        one, two = two, one
    if one.compare == two.compare and one.warning is None and two.critical is None and two.warning is not None:
        both = edits.threshold(type(one)(one.compare, two.warning, one.critical), first.unit)
        lines.append(f"  {edits.scalar(written_name(first))}:\n    threshold: {both}")
    return "\n".join(lines)
