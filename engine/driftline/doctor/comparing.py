"""Labels that are not there in time, and baselines that are old."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from driftline.config.document import ModelDefinition
from driftline.doctor import edits
from driftline.doctor.facts import Facts
from driftline.doctor.finding import Finding, Grade
from driftline.evaluate.wording import length, plain
from driftline.model import Duration

DAY = 86400.0
LEAST_WINDOWS = 3
FEW = 0.5  # share of rows with a label, below which a labelled reading says little of the rest
OLD = timedelta(days=180)


def labels_late(facts: Facts) -> Iterable[Finding]:
    """Models whose labels end long before their rows, or of whose rows few have a label when they are judged."""
    for model in facts.document.models.values():
        if (found := of_labels(facts, model)) is not None:
            yield found


def of_labels(facts: Facts, model: ModelDefinition) -> Finding | None:
    """What is wrong with the labels of one model."""
    return None if model.labels is None else _lag(facts, model) or _share(facts, model)


def _lag(facts: Facts, model: ModelDefinition) -> Finding | None:
    """The newest label against the newest row."""
    assert model.labels is not None
    rows, labels = (facts.sources.get(name) for name in (model.source, model.labels.source))
    if rows is None or labels is None or rows.newest is None or labels.newest is None:
        return None
    lag = (rows.newest - labels.newest).total_seconds()
    if lag <= model.labels.delay.seconds + DAY:
        return None
    return Finding(
        "labels-late",
        Grade.PROBLEM,
        f"the labels of {model.name} come later than `delay` says",
        f"the newest row of {model.source} is of {rows.newest:%Y-%m-%d %H:%M} UTC and the newest label of "
        f"{model.labels.source} of {labels.newest:%Y-%m-%d %H:%M}: {length(lag)} apart, delay is {model.labels.delay}",
        facts.document.place("models", model.name, "labels"),
        edits.delay_of_labels(model, Duration(math.ceil(lag / DAY), "d")),
        weight=lag,
    )


def _share(facts: Facts, model: ModelDefinition) -> Finding | None:
    """How many rows had a label when they were judged, over all rows of the windows."""
    assert model.labels is not None
    series = [
        one
        for watched in facts.watched
        if watched.plan.labelled and watched.plan.model is not None and watched.plan.model.name == model.name
        for one in watched.series
        if not one.key.segment and one.judged >= LEAST_WINDOWS and one.rows and one.labelled is not None
    ]
    if not series:
        return None
    rows, labelled = sum(one.rows or 0.0 for one in series), sum(one.labelled or 0.0 for one in series)
    if labelled >= FEW * rows:
        return None
    delay = model.labels.delay
    longer = Duration(delay.count * 2, delay.unit) if delay.count else Duration(1, "d")
    return Finding(
        "labels-late",
        Grade.PROBLEM,
        f"few rows of {model.name} have a label when they are judged",
        f"{labelled / rows:.0%} on average over {max(one.judged for one in series)} windows of "
        f"{plain(round(rows / len(series)))} rows; delay is {delay}",
        facts.document.place("models", model.name, "labels"),
        edits.delay_of_labels(model, longer),
        weight=rows - labelled,
    )


def baseline_stale(facts: Facts) -> Iterable[Finding]:
    """Baselines that are a source of their own whose rows, or files, are old beside what is compared with them."""
    scored: dict[str, set[str]] = {}
    for plan in facts.graph.monitors:
        if plan.baseline is not None and plan.baseline.type == "source" and plan.baseline.source != plan.side.source:
            scored.setdefault(plan.baseline.source, set()).add(plan.side.source)
    for name, sources in scored.items():
        state = facts.sources.get(name)
        if state is None:
            continue
        newest = [other.newest for each in sources if (other := facts.sources.get(each)) and other.newest is not None]
        if state.newest is not None and newest:
            age, said = max(newest) - state.newest, f"its newest row is of {state.newest:%Y-%m-%d}"
            beside = f"the newest that is compared with it of {max(newest):%Y-%m-%d}"
        elif state.written is not None:
            age, said, beside = facts.now - state.written, f"its newest file is of {state.written:%Y-%m-%d}", "today"
        else:
            continue
        if age > OLD:
            edit = f"baselines:\n  last_month: {{type: trailing, size: 28d}}\n# or write {name} anew"
            place = facts.document.place("sources", name)
            what = f"the baseline {name} is {age.days} days old"
            evidence = f"{said}, {beside}" if beside != "today" else said
            yield Finding("baseline-stale", Grade.ADVICE, what, evidence, place, edit, weight=age.days)
