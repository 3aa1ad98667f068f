"""What changed, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from driftline.report.document import instant
from driftline.report.plan.document import scan_document
from driftline.report.review.values import Change, Cost, Of, Reading, Review


def as_json(reviews: Sequence[Review]) -> str:
    """One review as a document; those of several environments by name."""
    if len(reviews) == 1:
        return json.dumps(document(reviews[0]), indent=2, ensure_ascii=False)
    named = {str(review.environment): document(review) for review in reviews}
    return json.dumps({"version": 1, "environments": named}, indent=2, ensure_ascii=False)


def document(review: Review) -> dict[str, Any]:
    """Everything that changed, as JSON-able values."""
    against = review.against
    return {
        "version": 1,
        "environment": review.environment,
        "only": review.only,
        "against": {
            "revision": against.revision,
            "commit": against.commit,
            "file": str(against.file) if against.file is not None else None,
        },
        "changed": review.changed,
        "series": {"before": review.series[0], "after": review.series[1]},
        "added": _series(review.added),
        "removed": _series(review.removed),
        "renamed": [
            {"what": each.what, "before": each.former, "after": each.present, "series": len(each.series)}
            for each in review.renamed
        ],
        "changes": [_change(each) for each in review.changes],
        "failing": [_change(each) for each in review.failing],
        "earliest": [_change(each) for each in review.earliest],
        "definitions": [
            {
                "section": each.section,
                "name": each.name or None,
                "what": each.what,
                "key": each.key,
                "before": each.before,
                "after": each.after,
            }
            for each in review.definitions
        ],
        "ending": [
            {
                "series": each.series.text,
                "state": each.state.value,
                "severity": each.severity.value,
                "since": instant(each.since),
            }
            for each in review.ending
        ],
        "store": review.has_store,
        "reads": [_reading(each) for each in review.readings],
        "cost": {"before": _cost(review.costs[0]), "after": _cost(review.costs[1])},
    }


def _series(of: Sequence[Of]) -> list[str]:
    return [key.text for each in of for key in each.series]


def _change(each: Change) -> dict[str, Any]:
    return {"key": each.key, "before": each.before, "after": each.after, "series": _series(each.of)}


def _reading(each: Reading) -> dict[str, Any]:
    sides = {"before": each.before, "after": each.after}
    return {
        "source": each.source,
        **{name: _read(scan_document(scan)) if scan is not None else None for name, scan in sides.items()},
        "columns_added": list(each.columns_added),
        "columns_removed": list(each.columns_removed),
        "profiles_added": list(each.profiles_added),
        "profiles_removed": list(each.profiles_removed),
    }


def _read(scan: dict[str, Any]) -> dict[str, Any]:
    return {key: scan[key] for key in ("files", "bytes", "rows", "windows", "pane")}


def _cost(cost: Cost) -> dict[str, int | None]:
    return {
        "reads": cost.reads,
        "columns": cost.columns,
        "profiles": cost.profiles,
        "bytes": cost.bytes,
        "rows": cost.rows,
    }
