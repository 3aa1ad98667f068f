"""What the language names and this version does not have yet: said as that, with what to do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.schema.tree import Path

ANY = "*"

_LEVEL = "write how long a breach must last as `alert: {for: …}` of the monitor"
_ROUTE = "leave it out; such alerts are sent as soon as they fire"
_WAS = "leave it out; a renamed definition starts with a new history"

# Keys by path; `*` stands for any name or index.
LATER_KEYS: Mapping[Path, str] = {
    ("overrides",): "write the exception as a monitor of its own, and exclude it from the general one",
    ("environments",): "write one root file per environment that includes the common files, or use `${NAME:-default}`",
    ("calendars",): "let the receiving service decide by its own calendar",
    ("actions",): "send the alert to a channel such as `json://` that starts the action",
    ("inhibit",): "leave it out; every alert is told",
    ("silences",): "set `alert: {route: false}` on the monitor for the time being",
    ("incidents",): "leave it out; the time counts like any other",
    ("models", ANY, "roles", "weight"): "leave it out; every row counts the same",
    ("models", ANY, "roles", "group"): "leave it out; ranking metrics come later",
    ("models", ANY, "roles", "version"): "declare a segment by that column under `segments`",
    ("sources", ANY, "arrival"): "leave it out; rows that come within `lateness` are counted",
    ("monitors", ANY, "schedule"): "let the scheduler that calls `driftline run` decide; `--monitor GLOB` selects",
    ("monitors", ANY, "was"): _WAS,
    ("models", ANY, "was"): _WAS,
    ("thresholds", ANY, "warning", "for"): _LEVEL,
    ("thresholds", ANY, "critical", "for"): _LEVEL,
    ("monitors", ANY, "threshold", "warning", "for"): _LEVEL,
    ("monitors", ANY, "threshold", "critical", "for"): _LEVEL,
    ("monitors", ANY, "alert", "after"): _ROUTE,
    ("defaults", "alert", "after"): _ROUTE,
    ("routes", ANY, "after"): _ROUTE,
    ("routes", ANY, "actions"): "send the alert to a channel such as `json://` that starts the action",
    ("routes", ANY, "group_wait"): "leave it out; a notice holds the alerts of one run",
    ("routes", ANY, "active"): "let the receiving service decide by its own calendar",
    ("routes", ANY, "outside"): "let the receiving service decide by its own calendar",
}

# Values by the key that they stand under.
LATER_VALUES: Mapping[tuple[str, str], str] = {
    ("compare", "deviations"): "use `compare: change` or `compare: difference`",
    ("check", "breaching"): "put a monitor on each of the things, and let a route group their alerts",
    ("baseline", "seasonal"): "use `{type: trailing, size: 28d}`, which holds every day of the week four times",
    ("baseline", "range"): "declare a source with a `where` on its timestamp, and name it as the baseline",
    ("source", "ndjson"): "convert the files to Parquet",
    ("source", "delta"): "read the table's Parquet files, or query it with `query` and `url`",
}


def later_key(path: Path) -> str | None:
    """What to do meanwhile, if the key at `path` is one that comes later."""
    for pattern, meanwhile in LATER_KEYS.items():
        if len(pattern) == len(path) and all(want in (ANY, have) for want, have in zip(pattern, path, strict=True)):
            return meanwhile
    return None
