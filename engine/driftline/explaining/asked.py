"""What is to be explained: a monitor or a series by its name, and as of when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from driftline.compile.graph import Graph, MonitorPlan
from driftline.config.document import Document, Threshold
from driftline.errors import UsageError
from driftline.model import Result, SeriesKey, Status
from driftline.report.naming import name_of
from driftline.schema.spelling import nearest

if TYPE_CHECKING:
    from driftline.store.store import Store

_ALERT = re.compile("[0-9a-f]{16}")
FEW = 10  # names that a message lists
MOST = 5  # series that are explained of a monitor
ORDER = (Status.CRITICAL, Status.WARNING, Status.ERROR, Status.NO_DATA, Status.INSUFFICIENT_DATA, Status.OK)


def plans_of(graph: Graph, name: str) -> tuple[MonitorPlan, ...]:
    """The monitor that a name means, or that it is a series of, on each of its models.

    Raises UsageError with what was meant, or with what there is to choose from.
    """
    found = [plan for plan in graph.monitors if is_of(name, plan.name, plan.subject)]
    longest = max((len(plan.name) for plan in found), default=0)  # of `a` and `a/b`, both monitors
    if found:
        return tuple(plan for plan in found if len(plan.name) == longest or plan.name.startswith(f"{name}."))
    raise UsageError(_unknown(graph, name))


def classifiers(graph: Graph, plans: Sequence[MonitorPlan]) -> tuple[MonitorPlan, ...]:
    """The other monitors that know how well columns tell window from baseline, of models that declare no importance
    and whose scores or predictions are looked at for drift.
    """
    from driftline.evaluate.drivers import outputs

    asking = {
        plan.subject
        for plan in plans
        if plan.model is not None
        and not plan.model.importance
        and plan.facts.family == "drift"
        and any(series.column in outputs(plan) for series in plan.series)
    }
    others = (plan for plan in graph.monitors if plan.name not in {each.name for each in plans})
    return tuple(plan for plan in others if plan.check.tells_columns and plan.subject in asking)


def is_of(name: str, monitor: str, subject: str) -> bool:
    """Whether a name means a monitor, the preset that it is of, or a series of it."""
    return name == monitor or monitor.startswith(f"{name}.") or f"{name}/".startswith(f"{monitor}/{subject}/")


def _unknown(graph: Graph, name: str) -> str:
    if any(name == plan.name or name.startswith(f"{plan.name}/") for plan in graph.composites):
        return f"{name} looks at verdicts of other monitors, not at rows; explain one of those"
    left_out = next((one for one in graph.left_out if one.monitor == name), None)
    if left_out is not None and not any(plan.name == name for plan in graph.monitors):
        return f"monitor {name} measures nothing: {left_out.reason}"
    subjects = [f"{plan.name}/{plan.subject}" for plan in graph.monitors if name.startswith(f"{plan.name}/")]
    presets = (plan.name.partition(".")[0] for plan in graph.monitors)
    known = dict.fromkeys([*presets, *(plan.name for plan in graph.monitors), *subjects])
    return _not_there(f"there is no monitor or series {name}", name, subjects or known)


def _not_there(said: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    meant = nearest(name, known)
    more = f" and {len(known) - FEW} more" if len(known) > FEW else ""
    return f"{said}; " + (f"did you mean {meant}?" if meant else f"there are: {', '.join(known[:FEW])}{more}")


def asked_for(results: Sequence[Result], name: str) -> tuple[Result, ...]:
    """The verdicts that a name means, the worst first: one series, those below it, or all of a monitor.

    Raises UsageError for a series that was not judged.
    """
    named = {name_of(one.series): one for one in results}
    if name in named:
        return (named[name],)
    found = [one for text, one in named.items() if text.startswith((f"{name}/", f"{name}."))]
    if not found:
        raise UsageError(_not_there(f"there is no series {name} in that window", name, named))
    return tuple(sorted(found, key=_rank))


def _rank(one: Result) -> tuple[int, float, float, str]:
    margin = one.margin if one.margin is not None else float("inf")
    return ORDER.index(one.status), -abs(one.compared or 0.0) if one.is_breach else 0.0, margin, one.series.text


def chosen(found: Sequence[Result]) -> tuple[tuple[Result, ...], Mapping[Status, int]]:
    """Those to explain: what breaches, else the one that is nearest to its limit; how many are left, by status."""
    breaches = [one for one in found if one.is_breach][:MOST]
    kept = tuple(breaches or found[:1])
    left: dict[Status, int] = {}
    for one in found:
        if one not in kept:
            left[one.status] = left.get(one.status, 0) + 1
    return kept, left


def of_alert(store: Store | None, name: str) -> tuple[str, datetime | None] | None:
    """The series of an alert by its id, as notices give it, and as of when its last window was judged.

    None where the name is no alert's.
    """
    found = store.transitions(name) if store is not None and _ALERT.fullmatch(name) else ()
    if store is None or not found:
        return None
    last = found[-1][0]
    judged = store.results(last.series, since=last.at, until=last.at + timedelta(microseconds=1))
    return name_of(last.series), judged[-1].judged_at if judged else None


def last_instant(store: Store | None, environment: str | None, name: str) -> datetime | None:
    """As of when a monitor was judged last, as the store knows it."""
    if store is None:
        return None
    marks = store.last_judged(environment)
    found = [
        mark.known or mark.at
        for (monitor, subject), mark in marks.items()
        if is_of(name, monitor.partition(" ")[0], subject)
    ]
    return max(found, default=None)


def sliced_by(document: Document, name: str, segments: Sequence[str]) -> Document:
    """The document in which a monitor slices all rows by each of these segments and compares them with its baseline."""
    found = tuple((one,) for one in ("overall", *segments))
    return _changed(document, name, segments=found, threshold=Threshold("difference"), schedule=None)


def of_features(document: Document, name: str) -> Document:
    """The document in which a monitor measures the features instead of what the model gives."""
    return _changed(document, name, columns=("features",), schedule=None)


def _changed(document: Document, name: str, **settings: object) -> Document:
    """Another way of one monitor, which is told from the others by its name or by that of its preset."""
    monitors = {
        key: replace(each, **settings)  # type: ignore[arg-type]
        if key == name or (each.preset is not None and name.startswith(f"{key}."))
        else each
        for key, each in document.monitors.items()
    }
    overrides = tuple(
        replace(one, settings={key: value for key, value in one.settings.items() if key not in settings})
        for one in document.overrides
    )
    return replace(document, monitors=monitors, overrides=overrides)


def same_slice(results: Iterable[Result], series: SeriesKey) -> list[Result]:
    """The verdicts of other columns on the same rows."""
    return [one for one in results if one.series.segment == series.segment and one.series.subject == series.subject]
