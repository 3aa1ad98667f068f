"""A plan as Markdown, for a pull request or a page."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.compile.graph import MonitorPlan
from driftline.report.markdown import bullets, details, escaped, table
from driftline.report.plan.alerting import alerting, entry_text
from driftline.report.plan.incidents import incident_texts
from driftline.report.plan.origins import by_segment, origins
from driftline.report.plan.text import (
    cost_text,
    count,
    ending_lines,
    footprint_text,
    left_out_lines,
    note_lines,
    soonest_text,
    title,
)
from driftline.report.plan.values import all_told, plans_of, scans, series_keys
from driftline.report.plan.words import seldom_text, threshold_text, window_text
from driftline.report.values import PlanReport


def as_markdown(report: PlanReport, *, origin: bool = False) -> str:
    """A summary line, a table of monitors, and the rest folded."""
    plans = plans_of(report)
    found = scans(report)
    parts = [
        f"### driftline plan: {escaped(title(report))}",
        escaped(count(report)),
        table(
            ("monitor", "check", "window", "baseline", "threshold", "series", "earliest alert", "told"),
            (_row(plan, report) for plan in plans),
        ),
        details(
            f"Reads: {cost_text(found)}",
            table(
                ("source", "columns", "windows", "profiles", "there"),
                (
                    (
                        f"{scan.source} ({scan.kind})",
                        f"{len(scan.columns)} of {scan.there}",
                        str(len(scan.windows)),
                        str(len(scan.profiles)),
                        footprint_text(scan),
                    )
                    for scan in found
                ),
            ),
        ),
    ]
    if origin:
        parts += [details(f"Origin of the values of {plan.name}/{plan.subject}", _origins(plan)) for plan in plans]
    parts += _folded(report)
    return "\n\n".join(parts)


def _row(plan: MonitorPlan, report: PlanReport) -> tuple[str, ...]:
    ways = dict.fromkeys(all_told(plan, report.document).values())
    return (
        f"{plan.name}/{plan.subject}",
        plan.metric or plan.check.kind,
        ", ".join(part for part in (window_text(plan), seldom_text(plan)) if part is not None),
        plan.baseline.text if plan.baseline is not None else "",
        threshold_text(plan.threshold, plan.unit),
        str(len(series_keys(plan))),
        soonest_text(plan),
        " / ".join(ways),
    )


def _origins(plan: MonitorPlan) -> str:
    rows = table(("key", "value", "from"), ((one.key, one.value, str(one.origin)) for one in origins(plan)))
    exceptions = by_segment(plan)
    return "\n\n".join([rows, bullets(f"in some segments: {text}" for text in exceptions)]) if exceptions else rows


def _folded(report: PlanReport) -> Iterable[str]:
    for name, entries in alerting(report.document).items():
        if entries and name != "channels":
            yield details(f"{name} ({len(entries)})", bullets(entry_text(name, entry) for entry in entries))
    for heading, lines in (
        ("Incidents", [": ".join(texts) for texts in incident_texts(report)]),
        ("Alerts that will end: their series left the configuration", ending_lines(report)),
        ("Left out", list(left_out_lines(report))),
        ("Notes", list(note_lines(report))),
    ):
        if lines:
            yield details(f"{heading} ({len(lines)})", bullets(line.strip() for line in lines))
