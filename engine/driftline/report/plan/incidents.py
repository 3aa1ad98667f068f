"""The incidents of a configuration in a plan: when they were, and what leaves their rows out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from driftline.compile.incidents import Incident, incidents_of
from driftline.compile.schedule import Judgement
from driftline.evaluate.wording import counted
from driftline.report.document import instant
from driftline.report.plan.words import some_of
from driftline.report.values import PlanReport


def incidents(report: PlanReport) -> list[dict[str, Any]]:
    """Every incident, the monitors whose baselines leave its rows out, and how many baselines of the run it touches."""
    touched = [one.id for judgement in report.judgements for one in _touching(judgement)]
    plans = report.graph.monitors
    return [
        {
            "id": incident.id,
            "start": instant(incident.span.start),
            "end": instant(incident.span.end),
            "reason": incident.reason,
            "left_out_of": sorted({p.name for p in plans if incident.id in {one.id for one in p.incidents}}),
            "baselines": touched.count(incident.id),
            "alerts": "silenced" if incident.silent else "told",
        }
        for incident in incidents_of(report.document)
    ]


def _touching(judgement: Judgement) -> Iterator[Incident]:
    """The incidents that lie in the baseline of a judgement, for all of its series or for some."""
    if judgement.baseline is not None:
        marked = [one for piece in judgement.baseline.pieces for one in piece.incidents]
        yield from dict.fromkeys((*judgement.baseline.left_out, *marked))


def incident_texts(report: PlanReport) -> Iterator[tuple[str, str]]:
    """Each incident, and what it does."""
    zone = ZoneInfo(report.document.defaults.timezone)
    for known, one in zip(incidents_of(report.document), incidents(report), strict=True):
        start, end = (_local(at, zone) for at in (known.span.start, known.span.end))
        reason = f", {known.reason}" if known.reason else ""
        names = one["left_out_of"]
        of = f"of the baselines of {some_of(names)}" if names else "of no baseline"
        touched = f" ({counted(one['baselines'], 'baseline')} of this run)" if names else ""
        yield (
            f"{known.id} [{start}, {end}){reason}",
            f"its rows are left out {of}{touched}; its alerts are {one['alerts']}",
        )


def incident_lines(report: PlanReport) -> list[str]:
    """The incidents for a terminal."""
    return [line for what, does in incident_texts(report) for line in (f"  {what}", f"    {does}")]


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A local time, midnight as the bare date."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}".removesuffix(" 00:00")
