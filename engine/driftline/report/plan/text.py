"""A plan for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from driftline.compile.earliest import earliest
from driftline.compile.graph import MonitorPlan, SeriesPlan
from driftline.compile.schedule import Judgement
from driftline.evaluate.wording import counted
from driftline.execute.outlook import Outlook
from driftline.printable import printable
from driftline.report.plan.alerting import alerting, alerting_lines
from driftline.report.plan.incidents import incident_lines
from driftline.report.plan.origins import origin_lines
from driftline.report.plan.settings import params
from driftline.report.plan.values import Scan, all_told, is_composite, judged, notes, plans_of, scans
from driftline.report.plan.words import (
    earliest_text,
    grouping_text,
    labels_text,
    seldom_text,
    size_text,
    some_of,
    span_text,
    threshold_text,
    window_text,
)
from driftline.report.values import PlanReport

SHOWN_PROFILES = 6


def as_text(report: PlanReport, *, verbose: bool = False, origin: bool = False) -> str:
    """The plan; `verbose` names every series and profile, `origin` says where each value came from."""
    lines = [f"{title(report)}: {count(report)}", "", "MONITORS"]
    judgements = judged(report)
    for plan in plans_of(report):
        lines += _monitor(plan, judgements[id(plan)], report, verbose)
        lines += origin_lines(plan) if origin else ()
    found = scans(report)
    lines += ["", f"SCANS (each source is read once: {cost_text(found)})"]
    for scan in found:
        lines += _scan(scan, verbose)
    for heading, section in (
        ("ALERTING", list(alerting_lines(alerting(report.document)))),
        ("INCIDENTS", incident_lines(report)),
        ("ALERTS THAT WILL END (their series left the configuration)", ending_lines(report)),
        ("LEFT OUT", list(left_out_lines(report))),
        ("NOTES", list(note_lines(report))),
    ):
        lines += ["", heading, *section] if section else []
    return printable("\n".join(lines))


def title(report: PlanReport) -> str:
    """The root file, with the environment where there are several."""
    environment = report.document.environment
    return report.document.root.name + (f" in {environment}" if environment is not None else "")


def count(report: PlanReport) -> str:
    series = sum(len(plan.series) for plan in report.graph.monitors)
    wanted = {spec for request in report.requests for bundle in request.bundles for spec in bundle.specs}
    reads = f"{counted(len(report.requests), 'scan')}, {counted(len(wanted), 'profile')}"
    return f"{counted(len(plans_of(report)), 'monitor')}, {series} series (before slicing), {reads}"


def cost_text(found: Sequence[Scan]) -> str:
    """What all reads come to, as far as it is known without reading."""
    files = sum(scan.files or 0 for scan in found)
    size, rows = sum(scan.bytes or 0 for scan in found), sum(scan.rows or 0 for scan in found)
    said = [counted(len(found), "read")]
    said += [f"{counted(files, 'file')} of {size_text(size)}"] if files else []
    said += [f"{rows:,} rows"] if rows else []
    unknown = [scan.source for scan in found if scan.files is None and scan.rows is None and scan.failure is None]
    said += [f"not known of {', '.join(unknown)}"] if unknown and files + rows else []
    return ", ".join(said)


def _monitor(plan: MonitorPlan, judgements: Sequence[Judgement], report: PlanReport, verbose: bool) -> list[str]:
    zone = ZoneInfo(plan.timezone)
    lines = [
        f"  {plan.name}/{plan.subject}: {plan.metric or plan.check.kind}, {threshold_text(plan.threshold, plan.unit)}",
        "    " + "; ".join(_about(plan)),
    ]
    if judgements:
        spans = [span_text(j.window, zone) for j in _ends(judgements)]
        lines.append(
            f"    judges {counted(len(judgements), 'window')}: " + (" … " if len(judgements) > 3 else ", ").join(spans)
        )
    lines += _alerts(plan, report)
    columns = [s.column for s in plan.series if s.column is not None]
    if verbose:
        return [*lines, *(f"    - {plan.series_key(s).text}  ({s.why}){_trouble(s)}" for s in plan.series)]
    if columns:
        lines.append(f"    columns {some_of(columns)}")
    return [*lines, *(f"    - {plan.series_key(s).text}{_trouble(s)}" for s in plan.series if _trouble(s))]


def _about(plan: MonitorPlan) -> Iterable[str]:
    yield ", ".join(part for part in (f"window {window_text(plan)}", seldom_text(plan)) if part is not None)
    if plan.baseline is not None:
        yield f"baseline {plan.baseline.text}"
    if plan.labelled:
        yield f"labelled: {labels_text(plan)}"
    if plan.min_labelled is not None:
        yield f"min_labelled {plan.min_labelled}"
    if is_composite(plan):
        yield ", ".join(f"{name} {text}" for name, text in params(plan).items())
    if plan.groupings != ((),):
        yield "segments " + ", ".join(grouping_text(g) for g in plan.groupings)
    if plan.schedule is not None:
        yield f"schedule {plan.schedule}"


def _alerts(plan: MonitorPlan, report: PlanReport) -> Iterable[str]:
    """How soon an alert can come, and who is told."""
    if plan.threshold.record_only:
        return
    yield f"    earliest alert after an onset: {soonest_text(plan)}"
    ways: dict[str, list[str]] = {}
    for key, said in all_told(plan, report.document).items():
        ways.setdefault(said, []).append(key.text)
    for said, names in ways.items():
        yield f"    told {said}" if len(ways) == 1 else f"    told {said}: {some_of(names, 3)}"


def soonest_text(plan: MonitorPlan) -> str:
    """How soon an alert of a monitor can come."""
    return "with the verdicts that it looks at" if is_composite(plan) else earliest_text(earliest(plan))


def _ends(judgements: Sequence[Judgement]) -> Sequence[Judgement]:
    return judgements if len(judgements) <= 3 else (judgements[0], judgements[-1])


def _trouble(series: SeriesPlan) -> str:
    if series.failure is not None:
        return f"  FAILS: {series.failure}"
    return f"  FAILS: baseline: {series.baseline_failure}" if series.baseline_failure is not None else ""


def _scan(scan: Scan, verbose: bool) -> list[str]:
    whole = len(scan.windows) == 1 and scan.windows[0].start is None
    span = "all rows" if whole else f"{counted(len(scan.windows), 'window')}, pane {scan.pane or '–'}"
    read = "1 read" if scan.reads else "not read"
    lines = [f"  {scan.source} ({scan.kind}): {read}, {len(scan.columns)} of {scan.there} columns, {span}"]
    if size := footprint_text(scan):
        lines.append(f"    {size}")
    if scan.outlook is not None and (kept := outlook_text(scan.outlook)):
        lines.append(f"    {kept}")
    for join in scan.request.relations:
        lines.append(f"    joins {', '.join(join.columns)} of {join.source} by {join.key}, once")
    shared = [one for one in scan.profiles if len(one.used_by) > 1]
    lines.append(f"    {len(scan.profiles)} profiles, {len(shared)} of them shared by several monitors")
    for one in scan.profiles if verbose else shared[:SHOWN_PROFILES]:
        lines.append(f"    - {one.name} for {', '.join(one.used_by)}")
    if not verbose and len(shared) > SHOWN_PROFILES:
        lines.append(f"    - … {len(shared) - SHOWN_PROFILES} more (see --verbose)")
    return lines


def outlook_text(found: Outlook) -> str:
    """`55 panes kept, 1 new, 13 re-opened (labels may still come)`: what of a scan need not be read; "" where nothing
    is known.
    """
    if found.whole is not None:
        return "its profiles are not kept (yet): it is read whole" if found.whole else "its profiles are kept"
    states = (
        (found.kept, "kept", ""),
        (found.new, "new", ""),
        (found.open, "open", "rows may still come"),
        (found.reopened, "re-opened", "labels may still come"),
        (found.stale, "stale", "their files have changed"),
    )
    said = [f"{len(panes)} {state}{f' ({why})' if why else ''}" for panes, state, why in states if panes]
    return f"panes of {found.length}: {', '.join(said)}" if said else ""


def footprint_text(scan: Scan) -> str:
    """`8 files, 3.2 MB, 218,000 rows`: what there is of a source, of which windows and columns are read."""
    said = [counted(scan.files, "file")] if scan.files is not None else []
    said += [size_text(scan.bytes)] if scan.bytes is not None else []
    said += [f"{scan.rows:,} rows"] if scan.rows is not None else []
    return ", ".join(said)


def ending_lines(report: PlanReport) -> list[str]:
    """Open alerts whose series the configuration no longer has."""
    return [f"  {each.series.text}: {each.severity}, {each.state} since {each.since:%Y-%m-%d %H:%M} UTC"
            for each in report.ending]  # fmt: skip


def left_out_lines(report: PlanReport) -> Iterable[str]:
    """Columns that share monitor and reason stand in one line."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in report.graph.left_out:
        groups.setdefault((one.monitor, one.subject, one.reason), []).extend([one.column] if one.column else [])
    for (monitor, subject, reason), columns in groups.items():
        where = "/".join(part for part in (monitor, subject) if part)
        yield f"  {where}{': ' + ', '.join(columns) if columns else ''}: {reason}"


def note_lines(report: PlanReport) -> Iterable[str]:
    yield from (f"  {note}" for note in notes(report))
    yield from (f"  {one.monitor}/{one.subject} is not judged: {one.reason}" for one in report.skipped)
