"""Outcomes as text, JSON and JUnit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from driftline.printable import printable
from driftline.report.document import instant
from driftline.scenario.compare import Difference
from driftline.scenario.definition import ScenarioFile
from driftline.scenario.outcome import Outcome

MOST = 20  # differences of one case that a person is shown
WORDS = {"ok": "ok", "failed": "FAILED", "error": "ERROR", "updated": "updated"}


def as_text(outcomes: Sequence[Outcome]) -> str:
    """By file: a line for each case, and under it what is not as expected; then a summary."""
    lines: list[str] = []
    file = None
    for outcome in outcomes:
        if outcome.case.file != file:
            file = outcome.case.file
            lines.append(file)
        runs = len(outcome.case.timeline.runs)
        title = f"  {WORDS[outcome.status]:<8}{outcome.case.name}"
        lines.append(f"{title} ({runs} run{'' if runs == 1 else 's'})")
        if outcome.error is not None:
            lines.append(f"    {outcome.error}")
        if not outcome.updated:
            lines += details(outcome)
    return printable("\n".join([*lines, summary(outcomes)]))


def details(outcome: Outcome) -> list[str]:
    """The differences of a case, in order of time."""
    lines: list[str] = []
    for each in outcome.differences[:MOST]:
        place = f"  [line {each.place.line}]" if each.place is not None else ""
        lines.append(f"    {_time(each, outcome)}{each.what}{place}")
        lines.append(f"      expected: {each.expected}")
        lines.append(f"      seen:     {each.seen}")
        if each.reason is not None:
            lines.append(f"      because:  {each.reason}")
    more = len(outcome.differences) - MOST
    return [*lines, f"    … and {more} more"] if more > 0 else lines


def _time(difference: Difference, outcome: Outcome) -> str:
    """The instant of the run, in the time zone of the configuration."""
    if difference.at is None:
        return ""
    return f"{difference.at.astimezone(ZoneInfo(outcome.case.timeline.timezone)):%Y-%m-%d %H:%M}  "


def summary(outcomes: Sequence[Outcome]) -> str:
    """`12 cases: 11 ok, 1 failed`."""
    counts = {word: sum(outcome.status == word for outcome in outcomes) for word in WORDS}
    listed = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{len(outcomes)} case{'' if len(outcomes) == 1 else 's'}" + (f": {listed}" if listed else "")


def as_json(outcomes: Sequence[Outcome]) -> str:
    """One document; times in UTC, durations in seconds."""
    document = {
        "version": 1,
        "summary": {word: sum(outcome.status == word for outcome in outcomes) for word in WORDS},
        "cases": [
            {
                "file": outcome.case.file,
                "name": outcome.case.name,
                "line": outcome.case.place.line,
                "status": outcome.status,
                "runs": len(outcome.case.timeline.runs),
                "seconds": round(outcome.seconds, 3),
                "error": None if outcome.error is None else str(outcome.error),
                "differences": [_difference(each) for each in outcome.differences],
            }
            for outcome in outcomes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _difference(each: Difference) -> dict[str, Any]:
    at: datetime | None = each.at
    return {
        "at": instant(at),
        "about": each.part,
        "what": each.what,
        "expected": each.expected,
        "seen": each.seen,
        "reason": each.reason,
        "line": each.place.line if each.place is not None else None,
    }


def as_junit(outcomes: Sequence[Outcome]) -> str:
    """A suite for each file, a test for each case."""
    root = ElementTree.Element("testsuites")
    for file in dict.fromkeys(outcome.case.file for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.case.file == file]
        counts = {
            "tests": len(own),
            "failures": sum(outcome.status == "failed" for outcome in own),
            "errors": sum(outcome.status == "error" for outcome in own),
        }
        seconds = f"{sum(outcome.seconds for outcome in own):.3f}"
        suite = ElementTree.SubElement(
            root, "testsuite", {"name": file, "time": seconds, **{key: str(count) for key, count in counts.items()}}
        )
        for outcome in own:
            _testcase(suite, outcome)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _testcase(suite: ElementTree.Element, outcome: Outcome) -> None:
    case = outcome.case
    test = ElementTree.SubElement(
        suite, "testcase", name=case.name, classname=case.file, time=f"{outcome.seconds:.3f}", file=case.file,
        line=str(case.place.line),
    )  # fmt: skip
    if outcome.error is not None:
        ElementTree.SubElement(test, "error", message=_legal(str(outcome.error)))
    elif outcome.status == "failed":
        first = outcome.differences[0]
        message = f"{first.what}: expected {first.expected}, seen {first.seen}"
        ElementTree.SubElement(test, "failure", message=_legal(message)).text = _legal("\n".join(details(outcome)))


def _legal(text: str) -> str:
    """Without the characters that XML has no place for."""
    return "".join(sign for sign in text if sign in "\t\n\r" or sign >= " ")


def listed(files: Iterable[ScenarioFile]) -> str:
    """The names of the cases, by file, each with its line."""
    return "\n".join(f"{case.place.file}:{case.place.line}: {case.name}" for file in files for case in file.cases)
