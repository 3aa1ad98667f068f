"""Diagnostics for programs: one JSON document. Every key is always there, null where nothing applies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driftline.config.codes import CODES
from driftline.errors import Diagnostic, Place


def render_json(diagnostics: Iterable[Diagnostic], files: Sequence[str]) -> str:
    """The findings of the files that were asked for, as text."""
    found = list(diagnostics)
    errors = sum(diagnostic.is_error for diagnostic in found)
    document = {
        "version": 1,
        "files": list(files),
        "summary": {"errors": errors, "warnings": len(found) - errors},
        "diagnostics": [_as_map(diagnostic) for diagnostic in found],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_map(diagnostic: Diagnostic) -> Mapping[str, Any]:
    code = CODES.get(diagnostic.code)
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "place": _place(diagnostic.place, diagnostic.width) if diagnostic.place else None,
        "related": [{"message": text, "place": _place(place)} for place, text in diagnostic.related],
        "environments": list(diagnostic.environments) or None,
        "page": code.page if code else None,
    }


def _place(place: Place, width: int = 1) -> Mapping[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column, "end_column": place.column + width}
