"""What the doctor found: as text for a terminal, as JSON for programs, as Markdown for a pull request or a ticket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driftline.doctor.diagnosis import Diagnosis, Looked
from driftline.doctor.finding import KINDS, Finding, Grade
from driftline.evaluate.wording import counted
from driftline.printable import printable
from driftline.report.document import instant

SHOWN = 10  # findings of one kind in the text; the other forms hold all


def as_text(diagnosis: Diagnosis) -> str:
    """Findings with their numbers, places and edits, what matters most first."""
    lines = [_headline(diagnosis)]
    for kind, findings in _by_kind(diagnosis.findings):
        for one in findings[:SHOWN]:
            lines += ["", f"{one.grade.value}: {one.what}  [{kind}]", f"  {one.evidence}"]
            lines += [f"  at {one.place.file}:{one.place.line}"] if one.place is not None else []
            lines += [f"    {line}" for line in (one.edit or "").splitlines()]
        if len(findings) > SHOWN:
            more = len(findings) - SHOWN
            lines += ["", f"… and {more} more of {kind} (--format json shows all)"]
    return printable("\n".join([*lines, "", _summary(diagnosis)]))


def as_markdown(diagnosis: Diagnosis) -> str:
    """The same for a forge."""
    blocks = [f"## driftline doctor: {_summary(diagnosis)}", _headline(diagnosis)]
    for one in diagnosis.findings:
        where = f" ({one.place.file}:{one.place.line})" if one.place is not None else ""
        blocks.append(f"- **{one.grade.value}** {one.what}{where}: {one.evidence}")
        if one.edit:
            blocks.append("\n".join(f"  {line}" for line in ["```yaml", *one.edit.splitlines(), "```"]))
    return "\n\n".join(blocks)


def as_json(diagnosis: Diagnosis) -> str:
    """One document. Every key is always there, null where nothing applies."""
    looked = diagnosis.looked
    document = {
        "version": 1,
        "file": diagnosis.file,
        "environment": diagnosis.environment,
        "looked_at": {
            "monitors": looked.monitors,
            "series": looked.series,
            "verdicts": looked.verdicts,
            "since": instant(looked.oldest),
            "until": instant(looked.newest),
        },
        "summary": {grade.value: _count(diagnosis, grade) for grade in Grade},
        "findings": [_as_map(one) for one in diagnosis.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_map(one: Finding) -> Mapping[str, Any]:
    place = one.place
    return {
        "kind": one.kind,
        "severity": one.grade.value,
        "what": one.what,
        "why": KINDS[one.kind],
        "evidence": one.evidence,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "edit": one.edit,
    }


def _by_kind(findings: Iterable[Finding]) -> Iterable[tuple[str, Sequence[Finding]]]:
    """Findings that follow each other, by kind and grade."""
    groups: dict[tuple[str, Grade], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.kind, one.grade), []).append(one)
    return [(kind, found) for (kind, _), found in groups.items()]


def _headline(diagnosis: Diagnosis) -> str:
    looked = diagnosis.looked
    named = diagnosis.file + (f" ({diagnosis.environment})" if diagnosis.environment else "")
    return f"{named}: looked at {counted(looked.monitors, 'monitor')}, {_history(looked)}"


def _history(looked: Looked) -> str:
    if not looked.verdicts or looked.oldest is None or looked.newest is None:
        return (
            "and no history: there are no stored verdicts, so thresholds, alerts and data could not be looked at; "
            "run, or make up for the past with `driftline run --since`"
        )
    span = f"{looked.oldest:%Y-%m-%d} to {looked.newest:%Y-%m-%d}"
    return f"{looked.verdicts:,} verdicts of {looked.series:,} series from {span}"


def _summary(diagnosis: Diagnosis) -> str:
    problems, advice = _count(diagnosis, Grade.PROBLEM), _count(diagnosis, Grade.ADVICE)
    if not problems and not advice:
        return "nothing found"
    said = [counted(problems, "problem")] if problems else []
    said += [f"{advice} {'piece' if advice == 1 else 'pieces'} of advice"] if advice else []
    return " and ".join(said)


def _count(diagnosis: Diagnosis, grade: Grade) -> int:
    return sum(one.grade is grade for one in diagnosis.findings)
