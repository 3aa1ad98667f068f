"""The segments that a search found, as a `segments:` block of a model, to be pasted."""

from __future__ import annotations

import re
from collections.abc import Container

from driftline.propose.scalars import as_key, in_comment, quoted
from driftline.report.discovery.values import Discovery, FoundSegment

_OTHER = re.compile(r"[^\w.-]+")
LONGEST = 60  # of a name


def as_yaml(report: Discovery) -> str:
    """The block; without a segment, a comment that says so."""
    if not report.found:
        return f"# driftline discover: nothing stands out in {in_comment(report.series.monitor)}"
    where = f"models: {as_key(report.model)}:" if report.model is not None else "a model of this source:"
    lines = [f"# driftline discover {in_comment(report.series.monitor)}: paste this under {where}", "segments:"]
    taken = set(report.document.models[report.model].segments) if report.model is not None else set()
    for one in report.found:
        name = name_of(one, taken)
        taken.add(name)
        lines.append(f"  {as_key(name)}: {{where: {quoted(one.where)}}}")
    return "\n".join(lines)


def name_of(one: FoundSegment, taken: Container[str]) -> str:
    """A name that says what the segment is, and that no other has."""
    words = [_OTHER.sub("-", condition.name.replace("--", "-minus-")).strip("-") for condition in one.conditions]
    said = "-".join(words)
    plain = f"column-{said}"[:LONGEST] if said.startswith("x-") else said[:LONGEST]  # keys `x-…` are passed over
    names = (plain, *(f"{plain}-{number}" for number in range(2, 1_000)))
    return next(name for name in names if name not in taken)
