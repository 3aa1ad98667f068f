"""What the language names and this version does not do yet: said as that, with what happens or to do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.schema.tree import Path

ANY = "*"

_HOURS = "alerts are told at any hour"

# Keys that are checked and planned but do not act yet, with what happens instead; `*` stands for any name or index.
PLANNED_KEYS: Mapping[Path, str] = {
    ("thresholds", ANY, "warning", "for"): "`alert: {for: …}` of the monitor holds for both levels",
    ("thresholds", ANY, "critical", "for"): "`alert: {for: …}` of the monitor holds for both levels",
    ("monitors", ANY, "threshold", "warning", "for"): "`alert: {for: …}` holds for both levels",
    ("monitors", ANY, "threshold", "critical", "for"): "`alert: {for: …}` holds for both levels",
    ("overrides", ANY, "set", "threshold", "warning", "for"): "`alert: {for: …}` holds for both levels",
    ("overrides", ANY, "set", "threshold", "critical", "for"): "`alert: {for: …}` holds for both levels",
    ("routes", ANY, "after"): "alerts are told as soon as they fire",
    ("routes", ANY, "actions"): "no action is triggered",
    ("routes", ANY, "group_wait"): "a notice holds the alerts of one run",
    ("routes", ANY, "active"): _HOURS,
    ("routes", ANY, "outside"): _HOURS,
}

# By their last part, so that a path which can be none costs one look.
_BY_LAST: dict[str | int, list[tuple[Path, str]]] = {}
for _pattern, _instead in PLANNED_KEYS.items():
    _BY_LAST.setdefault(_pattern[-1], []).append((_pattern, _instead))


def planned_key(path: Path) -> str | None:
    """What happens instead, if the key at `path` is one that does not act yet."""
    for pattern, instead in _BY_LAST.get(path[-1], ()):
        if len(pattern) == len(path) and all(want in (ANY, have) for want, have in zip(pattern, path, strict=True)):
            return instead
    return None
