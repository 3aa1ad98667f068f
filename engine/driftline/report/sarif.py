"""Diagnostics as SARIF 2.1.0 (OASIS), which code-scanning services and editors read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from driftline.config.codes import CODES
from driftline.errors import Diagnostic, Place
from driftline.report.code_page import code_page
from driftline.report.diagnostics import where_found

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"  # the name by which services know the checked-out folder


KEY = "driftline/v1"


def render_sarif(diagnostics: Iterable[Diagnostic], files: Sequence[str], folder: Path, version: str) -> str:
    """One run of driftline `version` over `files`; places are relative to `folder`, and stay absolute outside of it."""
    found = list(diagnostics)
    rules = sorted({diagnostic.code for diagnostic in found})
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "driftline", "semanticVersion": version, "rules": [_rule(code) for code in rules]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _artifact(file, folder)} for file in dict.fromkeys(files)],
        "results": [_result(diagnostic, rules.index(diagnostic.code), files, folder) for diagnostic in found],
    }
    _number_equal_fingerprints(run["results"])
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> Mapping[str, Any]:
    """What the code means. A page has no absolute address, which `helpUri` would need: its path is a property."""
    if code not in CODES:
        return {"id": code}
    known = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.text},
        "help": {"text": known.text, "markdown": code_page(code)},
        "properties": {"page": known.page},
    }


def _result(diagnostic: Diagnostic, rule: int, files: Sequence[str], folder: Path) -> dict[str, Any]:
    hint = f"help: {diagnostic.hint}" if diagnostic.hint else ""
    text = "\n".join(part for part in (diagnostic.message, hint, where_found(diagnostic)) if part)
    place = diagnostic.place or Place(files[0], 1, 1)  # services refuse a result without a line
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": str(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(place, diagnostic.width, folder)}],
        "partialFingerprints": {KEY: _fingerprint(diagnostic, folder)},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(other, 1, folder), "message": {"text": said}}
            for number, (other, said) in enumerate(diagnostic.related)
        ]
    if diagnostic.environments:
        result["properties"] = {"environments": list(diagnostic.environments)}
    return result


def _location(place: Place, width: int, folder: Path) -> Mapping[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.column + width}
    return {"artifactLocation": _artifact(place.file, folder), "region": region}


def _artifact(file: str, folder: Path) -> Mapping[str, str]:
    """The URI of a file: relative to the working folder, or absolute where it lies elsewhere."""
    path = Path(os.path.abspath(folder / file))
    if not path.is_relative_to(folder):
        return {"uri": _uri(path)}
    return {"uri": _uri(path.relative_to(folder)), "uriBaseId": ROOT}


def _uri(path: Path) -> str:
    root = Path(path.anchor or os.sep)
    absolute = (root / path).as_uri()
    return absolute if path.is_absolute() else absolute.removeprefix(root.as_uri())


def _fingerprint(diagnostic: Diagnostic, folder: Path) -> str:
    """Equal as long as the finding is, wherever its line moves to."""
    file = _artifact(diagnostic.place.file, folder)["uri"] if diagnostic.place else ""
    said = "\n".join((diagnostic.code, file, diagnostic.message))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _number_equal_fingerprints(results: Sequence[dict[str, Any]]) -> None:
    """The same mistake made twice in a file is two findings: services would show only one."""
    seen: Counter[str] = Counter()
    for result in results:
        fingerprint = result["partialFingerprints"][KEY]
        seen[fingerprint] += 1
        result["partialFingerprints"][KEY] = f"{fingerprint}:{seen[fingerprint]}"
