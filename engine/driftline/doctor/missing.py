"""Monitors that seldom have a number: no data, an error, no baseline, or too few rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from driftline.compile.graph import MonitorPlan
from driftline.doctor import edits
from driftline.doctor.comparing import of_labels
from driftline.doctor.facts import Facts, Watched
from driftline.doctor.finding import Finding, Grade
from driftline.evaluate.slices import REST
from driftline.evaluate.wording import counted, plain
from driftline.model import Duration, Status
from driftline.store.survey import SeriesSurvey

LEAST_WINDOWS = 3
MOSTLY = 0.5  # share of windows without a number
LONGEST = 60  # times as long a window may be proposed
KINDS = {Status.ERROR: "always-error", Status.NO_DATA: "always-no-data"}
WORDS = {Status.ERROR: "fails", Status.NO_DATA: "has no data", Status.INSUFFICIENT_DATA: "has too few rows"}


def unreadable(facts: Facts) -> Iterable[Finding]:
    """Sources that cannot be opened now."""
    for name, source in facts.catalog.items():
        if source.failure is not None:
            place = facts.document.place("sources", name)
            key = "url" if "url" in facts.document.sources[name].options else "path"
            edit = f"sources:\n  {edits.scalar(name)}:\n    {key}:   # where it is"
            what = f"source {name} cannot be opened"
            yield Finding("source-unreadable", Grade.PROBLEM, what, source.failure, place, edit)


def missing(facts: Facts) -> Iterable[Finding]:
    """Series over all rows that have no number in most windows, by monitor and status."""
    for watched in facts.watched:
        whole = [one for one in watched.series if not one.key.segment]
        for status in WORDS:
            least = 1 if status is Status.ERROR else LEAST_WINDOWS
            found = [one for one in whole if one.judged >= least and one.counts[status] >= MOSTLY * one.judged]
            if found and (finding := _finding(facts, watched, status, found)) is not None:
                yield finding


def too_small(facts: Facts) -> Iterable[Finding]:
    """Segments below `min_rows` in most windows, by monitor and slicing."""
    for watched in facts.watched:
        sliced: dict[tuple[str, ...], list[SeriesSurvey]] = {}
        for one in watched.series:
            if one.key.segment and one.judged >= LEAST_WINDOWS:
                sliced.setdefault(tuple(name for name, _ in one.key.segment), []).append(one)
        for names, series in sliced.items():
            small = [one for one in series if one.counts[Status.INSUFFICIENT_DATA] >= MOSTLY * one.judged]
            if small:
                yield _segments(facts, watched, " × ".join(names), small, len(series))


def _finding(facts: Facts, watched: Watched, status: Status, found: Sequence[SeriesSurvey]) -> Finding | None:
    plan, reason = watched.plan, facts.reason(watched.plan, status)
    times, judged = sum(one.counts[status] for one in found), sum(one.judged for one in found)
    kind = KINDS.get(status, "too-few-rows")
    if "baseline" in reason:
        kind = "baseline-missing"
    elif plan.labelled and "label" in reason:
        kind = "labels-late"
        if plan.model is not None and of_labels(facts, plan.model) is not None:
            return None  # it is told of the model, once
    where = _columns(found, watched)
    return Finding(
        kind,
        Grade.PROBLEM,
        f"{watched.label} {WORDS[status]} in most windows{where}",
        f"{times} of {counted(judged, 'verdict')}" + (f"; most often: {reason}" if reason else ""),
        facts.place(plan),
        _edit(facts, plan, kind, found),
        weight=times,
    )


def _columns(found: Sequence[SeriesSurvey], watched: Watched) -> str:
    """Which of the monitor's columns it is, unless it is all."""
    columns = sorted({one.key.column for one in found if one.key.column is not None})
    if not columns or len(found) == len([one for one in watched.series if not one.key.segment]):
        return ""
    return f" ({', '.join(columns[:3])}{f' and {len(columns) - 3} more' if len(columns) > 3 else ''})"


def _edit(facts: Facts, plan: MonitorPlan, kind: str, found: Sequence[SeriesSurvey]) -> str | None:
    columns = [one.key.column for one in found]
    if kind == "too-few-rows":
        return enough_rows(facts, plan, [one.rows for one in found if one.rows is not None])
    if kind == "baseline-missing" and "compare: difference" in facts.reason(plan, Status.NO_DATA):
        return edits.of_monitor(facts, plan, {"threshold": _as_difference(plan)})
    if kind == "baseline-missing":
        model = plan.model
        own = model.baseline if model is not None and isinstance(model.baseline, str) else None
        sources = facts.document.sources
        other = own if own in sources and plan.baseline is not None and plan.baseline.source != own else "previous"
        if plan.baseline is not None and plan.baseline.label == other:
            return None
        return edits.of_monitor(facts, plan, {"baseline": str(other)})
    if kind == "labels-late":
        return _longer_delay(plan)
    if kind == "always-error":
        return (
            edits.of_monitor(facts, plan, {"enabled": "false"}, columns)
            + "\n# until what it measures can be read again"
        )
    return edits.of_monitor(facts, plan, {"alert": "{no_data: warning}"}) + (
        "\n# so that the silence is told; or remove the monitor"
    )


def _as_difference(plan: MonitorPlan) -> str:
    """The threshold on the difference, where a baseline of 0 has no change."""
    return edits.threshold(replace(plan.threshold, compare="difference"), plan.unit) + "   # set the bounds anew"


def _longer_delay(plan: MonitorPlan) -> str | None:
    """Twice the delay, as long as it is not known how late labels are."""
    if plan.model is None:
        return None
    delay = Duration(plan.delay.count * 2, plan.delay.unit) if plan.delay.count else Duration(1, "d")
    return edits.delay_of_labels(plan.model, delay)


def enough_rows(facts: Facts, plan: MonitorPlan, rows: Sequence[float]) -> str | None:
    """A window that is long enough for `min_rows`, as far as the mean number of rows says."""
    most = max(rows, default=0.0)
    if plan.window is None or most <= 0:
        return None
    factor = math.ceil(plan.min_rows / most * 1.2)
    if factor > LONGEST or factor < 2:
        return edits.of_monitor(facts, plan, {"min_rows": str(max(1, int(most * 0.5)))})
    size = edits.times(plan.window.size, factor)
    return edits.of_monitor(facts, plan, {"window": f"{{size: {size}, every: {plan.window.every}}}"}) + (
        f"\n# about {plain(round(most * factor))} rows per window where there were {plain(round(most))}"
    )


def _is_rest(one: SeriesSurvey) -> bool:
    return any(value == REST for _, value in one.key.segment)


def _segments(facts: Facts, watched: Watched, name: str, small: Sequence[SeriesSurvey], among: int) -> Finding:
    plan = watched.plan
    times, judged = sum(one.counts[Status.INSUFFICIENT_DATA] for one in small), sum(one.judged for one in small)
    rows = sorted(one.rows for one in small if one.rows is not None)
    middle = f"; median {plain(round(rows[len(rows) // 2], 1))} rows, min_rows is {plan.min_rows}" if rows else ""
    kept, values = among - len(small), among
    if any(_is_rest(one) for one in watched.series if [key for key, _ in one.key.segment] == [name]):
        kept -= not any(_is_rest(one) for one in small)  # the rest is none that `top` keeps
        values -= 1
    edit = enough_rows(facts, plan, rows)
    segment = plan.model.segments.get(name) if plan.model is not None else None
    if plan.model is not None and segment is not None and segment.by and 0 < kept < values - 1:
        rest = plan.top.get(name, (None, True))[1]
        top = f"by: {edits.scalar(segment.by)}, top: {kept}{'' if rest else ', rest: false'}"
        edit = (
            f"models:\n  {edits.scalar(plan.model.name)}:\n    segments:\n      {edits.scalar(name)}: {{{top}}}\n"
            f"# keeps those that have enough rows{', and the rest as one segment' if rest else ''}"
        )
    return Finding(
        "segments-too-small",
        Grade.PROBLEM if kept == 0 else Grade.ADVICE,
        f"{len(small)} of {counted(among, 'segment')} of {name} are too small for {watched.label}",
        f"{times} of {counted(judged, 'verdict')} had too few rows{middle}",
        facts.place(plan, "segments"),
        edit,
        weight=times,
    )
