"""JUnit XML, which CI systems show as a list of tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from driftline.config.codes import CODES
from driftline.errors import Diagnostic
from driftline.report.diagnostics import Lines, block, read_lines

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What XML 1.0 cannot hold, not even escaped: control characters and lone surrogates.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Case:
    """One line of the list: `message` is a sentence, `text` all that is to be read when it is opened."""

    name: str
    outcome: Outcome = Outcome.PASSED
    kind: str = ""
    message: str = ""
    text: str = ""
    file: str | None = None
    line: int | None = None


def render_suites(name: str, suites: Mapping[str, Sequence[Case]]) -> str:
    """The document: one suite per name, in their order."""
    from xml.etree import ElementTree

    root = ElementTree.Element(
        "testsuites", {"name": name, **_counts(case for cases in suites.values() for case in cases)}
    )
    for suite, cases in suites.items():
        element = ElementTree.SubElement(root, "testsuite", {"name": _clean(suite), **_counts(cases)})
        for case in cases:
            _add(element, suite, case)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _counts(cases: Iterable[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": "0",
        "skipped": str(outcomes.count(Outcome.SKIPPED)),
    }


def _add(suite: Element, name: str, case: Case) -> None:
    from xml.etree import ElementTree

    attributes = {"classname": name, "name": case.name, "time": "0"}
    if case.file is not None:
        attributes["file"] = case.file
    if case.line is not None:
        attributes["line"] = str(case.line)
    element = ElementTree.SubElement(suite, "testcase", {key: _clean(value) for key, value in attributes.items()})
    if case.outcome is not Outcome.PASSED:
        said = {"type": case.kind, "message": _clean(case.message)}
        ElementTree.SubElement(element, case.outcome.value, said).text = _clean(case.text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def render_junit(
    found: Mapping[str, Sequence[Diagnostic]], warnings_fail: bool = False, lines: Lines | None = None
) -> str:
    """One suite per file that was asked for, one case per finding, or one that passes.

    JUnit knows no warnings: one that does not fail the command is a case that was skipped, which CI systems show.
    """
    lines = lines or cache(read_lines)
    suites = {
        file: [_case(one, warnings_fail, lines) for one in diagnostics] or [Case("valid", file=file)]
        for file, diagnostics in found.items()
    }
    return render_suites("driftline validate", suites)


def _case(diagnostic: Diagnostic, warnings_fail: bool, lines: Lines) -> Case:
    place = diagnostic.place
    title = CODES[diagnostic.code].title if diagnostic.code in CODES else diagnostic.message
    return Case(
        name=f"{diagnostic.code}: {title}" + (f" ({place})" if place else ""),
        outcome=Outcome.FAILED if diagnostic.is_error or warnings_fail else Outcome.SKIPPED,
        kind=diagnostic.code,
        message=diagnostic.message,
        text=block(diagnostic, lines),
        file=place.file if place else None,
        line=place.line if place else None,
    )
