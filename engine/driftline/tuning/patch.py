"""A proposal as YAML: overrides that can be pasted, under comments that say why. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from driftline.compile.graph import Graph, MonitorPlan
from driftline.config.document import AlertPolicy, Document
from driftline.doctor.edits import listed, scalar
from driftline.evaluate.wording import counted, length
from driftline.report.tuning.values import Standing, Tuned
from driftline.tuning.history import Change, Column, Settings, Unit
from driftline.tuning.levels import as_written, lasting
from driftline.tuning.spelling import spellings

WIDTH = 118


def overrides(unit: Unit, change: Change, graph: Graph) -> tuple[str, ...]:
    """The items that set a change: one for each group of columns with the same settings."""
    found: list[str] = []
    for settings, columns in _groups(change).items():
        match = [f"monitor: {scalar(unit.plan.name)}", *_subject(unit.plan, graph)]
        if set(columns) != set(unit.plans):
            match.append(f"column: {listed(sorted(column for column in columns if column is not None))}")
        said = ", ".join(f"{key}: {text}" for key, text in _texts(settings).items())
        found.append(f"{{match: {{{', '.join(match)}}}, set: {{{said}}}}}")
    return tuple(found)


def _groups(change: Change) -> Mapping[Settings, Sequence[Column]]:
    groups: dict[Settings, list[Column]] = {}
    for column, settings in change.items():
        groups.setdefault(settings, []).append(column)
    return groups


def _subject(plan: MonitorPlan, graph: Graph) -> Iterable[str]:
    """What tells the monitor on one model or source from the same monitor on others."""
    if len({one.subject for one in graph.monitors if one.name == plan.name}) > 1:
        yield f"{'source' if plan.model is None else 'model'}: {scalar(plan.subject)}"


def _texts(settings: Settings) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if settings.limits is not None:
        found["threshold"] = settings.limits.text
    if settings.alert is not None:
        found["alert"] = policy(settings.alert)
    if settings.min_rows is not None:
        found["min_rows"] = str(settings.min_rows)
    return found


def policy(alert: AlertPolicy) -> str:
    """An alert policy as a flow map: a key is replaced whole, so what stays is said too."""
    said = [f"for: {lasting(alert.for_)}"]
    said += [f"keep_firing_for: {alert.keep_firing_for}"] if alert.keep_firing_for is not None else []
    said += [f"no_data: {alert.no_data}"] if alert.no_data != "keep" else []
    said += [] if alert.route else ["route: false"]
    return f"{{{', '.join(said)}}}"


def before(unit: Unit, change: Change, document: Document) -> tuple[str, ...]:
    """What is there now of all that a change sets: `alert: {for: 1}`."""
    found: list[str] = []
    for settings, columns in _groups(change).items():
        plan = unit.plans[columns[0]][0]
        now = {
            "threshold": as_written(plan.threshold, spellings(document, plan)),
            "alert": policy(plan.alert),
            "min_rows": str(plan.min_rows),
        }
        found += [f"{key}: {now[key]}" for key in _texts(settings)]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Spot:
    """Where a patch belongs: in words, how far its items are indented, and whether the list is there already."""

    where: str
    indent: int = 2
    has_list: bool = False


def spot(document: Document, root: str) -> Spot:
    """Behind the last override of the root file (as it was named), which wins over all others; else a section."""
    own = [one for one in document.overrides if one.place.file == root]
    if not own:
        return Spot(f"paste this at the end of {root}")
    last = own[-1].place
    lines = Path(last.file).read_text("utf-8-sig").splitlines()
    before = lines[last.line - 1][: last.column - 1]
    if before.strip() == "-":
        place = f"{last.file}:{last.line}"
        return Spot(f"paste this behind the last item of `overrides`, {place}", before.index("-"), has_list=True)
    bracketed = f"`overrides` of {root} is a list in brackets: write it as lines that begin with `- `"
    return Spot(f"{bracketed}, and paste this behind them", has_list=True)


def yaml_of(head: Sequence[str], tuned: Iterable[Tuned], place: Spot) -> str:
    """The patch: a comment for each monitor, then its overrides."""
    margin = " " * place.indent
    lines = [*_comment(head, ""), *([] if place.has_list else ["overrides:"])]
    for one in tuned:
        lines += _comment(_why(one), margin)
        lines += [f"{margin}- {item}" for item in one.overrides]
    return "\n".join(lines) + "\n"


def _comment(paragraphs: Iterable[str], margin: str) -> list[str]:
    wide = WIDTH - len(margin) - 2
    return [
        f"{margin}# {line}"
        for paragraph in paragraphs
        for line in textwrap.wrap(paragraph, wide, break_long_words=False, break_on_hyphens=False)
    ]


def _why(one: Tuned) -> Iterable[str]:
    """What fired before and would have fired, what it rests on, what is kept and lost."""
    assert one.after is not None
    rests = f"over {one.windows:,} windows in {one.weeks:.1f} weeks"
    yield f"{one.monitor} of {one.subject}: {_fired(one.before)} before, {_fired(one.after)} with this, {rests}"
    yield f"instead of {', '.join(one.settings)}"
    if one.after.caught:
        yield f"keeps {', '.join(one.after.caught)}{_delays(one.before, one.after)}"
    if one.lost:
        yield f"loses {', '.join(one.lost)}: another monitor catches {'it' if len(one.lost) == 1 else 'them'}"
    if not one.is_met:
        yield one.shortfall
    yield from one.doubts


def _fired(standing: Standing) -> str:
    inside = standing.alerts - standing.false_alarms
    said = f"{counted(standing.false_alarms, 'alert')} ({standing.per_week:.2f} a week)"
    return f"{said} outside of incidents" if inside else said


def _delays(before: Standing, after: Standing) -> str:
    if after.delay is None or before.delay is None:
        return ""
    now, then = (length(each.total_seconds()) for each in (after.delay, before.delay))
    return f", detected after {now} as before" if now == then else f", detected after {now} instead of {then}"
