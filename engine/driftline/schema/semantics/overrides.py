"""Overrides: they match something, set what can be set there, and no two of equal rank set the same key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from driftline.checks.base import Takes
from driftline.config import codes
from driftline.config.document import Matcher, MonitorDefinition, OverrideDefinition, Threshold
from driftline.globs import fits, is_glob
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.definitions import check_baseline, check_window
from driftline.schema.semantics.labels import check_min_labelled, check_min_labelled_of
from driftline.schema.semantics.routes import OF_ROWS, candidates, check_matcher, could_match, is_composite
from driftline.schema.semantics.significance import check_significance_of
from driftline.schema.semantics.thresholds import check_against, check_levels
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path

# What decides which series there are, or what is read: it cannot differ by the series' own column, class or segment.
DECIDES_COLUMNS = frozenset({"columns", "classes"})
DECIDES_SCANS = DECIDES_COLUMNS | {"segments", "params", "window", "baseline", "schedule"}


def check_overrides(context: Context) -> None:
    touched: dict[int, list[MonitorDefinition]] = {}
    known: dict[str, list[MonitorDefinition]] = {}
    for override in context.document.overrides:
        path: Path = ("overrides", override.index)
        check_matcher(context, override.match, (*path, "match"))
        without_severity(context, override.match, (*path, "match"), "an override holds before anything is judged")
        _possible(context, override, path)
        _names(context, override.settings, (*path, "set"))
        touched[override.index] = _touched(context, override, known)
        _of_composites(context, override, touched[override.index], (*path, "set"))
        if "min_labelled" in override.settings:
            check_min_labelled_of(context, touched[override.index], (*path, "set", "min_labelled"))
        if override.settings.get("significance") is not None:
            check_significance_of(context, override, touched[override.index], (*path, "set", "significance"))
        _threshold(context, override.settings.get("threshold"), touched[override.index], (*path, "set", "threshold"))
    _siblings(context, touched)


def without_severity(context: Context, matcher: Matcher, path: Path, reason: str) -> None:
    """A matcher that is asked before there are verdicts says nothing of severities."""
    if context.tree.written(*path, "severity"):
        message = f"{reason}, so it cannot match by `severity`"
        context.error(codes.UNUSABLE_KEY, message, (*path, "severity"), "remove it")
    if matcher.not_ is not None:
        without_severity(context, matcher.not_, (*path, "not"), reason)


def _possible(context: Context, override: OverrideDefinition, path: Path) -> None:
    settings = override.settings
    for words, refused in (
        (("column", "class"), DECIDES_COLUMNS),
        (("segment",), DECIDES_SCANS),
    ):
        word = next((word for word in words if speaks_of(override.match, word)), None)
        for key in sorted(refused & set(settings)) if word else ():
            message = f"`{key}` cannot differ by {word}: it decides what is measured"
            hint = f"remove `{word}` from the matcher, or write a monitor of its own"
            context.error(codes.UNUSABLE_OVERRIDE, message, (*path, "set", key), hint)
    if "params" in settings:
        checks = override.match.check or ()
        if len(checks) != 1 or is_glob(checks[0]):
            hint = "add `check: …` with the one check that they are for to `match`"
            context.error(codes.UNUSABLE_OVERRIDE, "`params` belong to one check", (*path, "set", "params"), hint)


def _of_composites(
    context: Context, override: OverrideDefinition, monitors: Sequence[MonitorDefinition], path: Path
) -> None:
    """What is for composites only sets what means something to them."""
    if not monitors or not all(is_composite(context, monitor) for monitor in monitors):
        return
    by_series = any(speaks_of(override.match, word) for word in ("column", "class", "segment"))
    refused = {*OF_ROWS, "params", "window"} if by_series else {*OF_ROWS}
    for key in sorted(refused & set(override.settings)):
        which = "its columns, classes or segments" if key in ("params", "window") else "it"
        message = f"`{monitors[0].check}` looks at verdicts, so `{key}` says nothing to {which}"
        context.error(codes.UNUSABLE_OVERRIDE, message, (*path, key), "remove it")


def speaks_of(matcher: Matcher, key: str) -> bool:
    """Whether a matcher, or what it excludes, looks at a key."""
    field = "class_" if key == "class" else key
    return getattr(matcher, field) is not None or (matcher.not_ is not None and speaks_of(matcher.not_, key))


def _names(context: Context, settings: Mapping[str, Any], path: Path) -> None:
    check_window(context, settings.get("window"), (*path, "window"))
    check_baseline(context, settings.get("baseline"), (*path, "baseline"))
    check_min_labelled(context, settings.get("min_labelled"), (*path, "min_labelled"))
    threshold, here = settings.get("threshold"), (*path, "threshold")
    if isinstance(threshold, str) and not context.tree.written("thresholds", threshold):
        known = [*context.document.thresholds, "none"]
        context.unknown(codes.UNKNOWN_THRESHOLD, "threshold", threshold, here, known)
    segments = context.segments | {"overall"}
    for crossed in settings.get("segments") or ():
        for name in crossed:
            if name not in segments:
                hint = hint_for(name, sorted(segments), "segment")
                message = f"no model has a segment `{name}`"
                context.error(codes.UNKNOWN_SEGMENT, message, (*path, "segments"), hint)


def _touched(
    context: Context, override: OverrideDefinition, known: dict[str, list[MonitorDefinition]]
) -> list[MonitorDefinition]:
    """The monitors of which some series may match; a warning when there is none. `known` are those of others."""
    monitors = context.document.monitors.values()
    match = _of_monitors(override.match)
    if (same := repr(match)) not in known:
        known[same] = [each for each in candidates(context, match) if could_match(context, match, each, None)]
    if not known[same] and monitors:
        path: Path = ("overrides", override.index, "match")
        context.warning(codes.MATCHES_NOTHING, "the override matches no monitor", path, _but_for_column(context, match))
    return known[same]


def _but_for_column(context: Context, match: Matcher) -> str | None:
    """What keeps a matcher from every monitor, where it is that it names a column."""
    if match.column is None:
        return None
    without = replace(match, column=None)
    others = [one for one in context.document.monitors.values() if could_match(context, without, one, None)]
    checks = [check for check in map(context.check_of, others) if check is not None]
    for check in checks:
        if check.takes is Takes.COLUMNS:
            return f"`{check.kind}` has one series over all of its columns, which is of no column; leave `column` out"
    return "no monitor that it would match measures columns; leave `column` out" if others else None


def _of_monitors(match: Matcher) -> Matcher:
    """As much of a matcher as tells monitors apart: exceptions for a hundred columns are one to them."""
    column = () if match.column is not None else None
    return replace(match, severity=None, column=column, class_=None, segment={} if match.segment is not None else None)


def _threshold(
    context: Context, threshold: str | Threshold | None, monitors: list[MonitorDefinition], path: Path
) -> None:
    if isinstance(threshold, str):
        path, threshold = ("thresholds", threshold), context.document.thresholds.get(threshold)
    elif threshold is not None:
        check_levels(context, threshold, path)
    if threshold is None or threshold.record_only:
        return
    checks = {check.kind: (check, monitor) for monitor in monitors if (check := context.check_of(monitor)) is not None}
    for check, monitor in checks.values():
        check_against(context, monitor, check, threshold, path)


def _siblings(context: Context, touched: Mapping[int, Sequence[MonitorDefinition]]) -> None:
    """Two files of which neither includes the other may not set one key of one series."""
    overrides = context.document.overrides
    if len({override.place.file for override in overrides}) < 2:
        return
    names = {index: frozenset(monitor.name for monitor in monitors) for index, monitors in touched.items()}
    for one, two in combinations(overrides, 2):
        if not _are_siblings(one, two) or names[one.index].isdisjoint(names[two.index]):
            continue
        keys = sorted(set(one.settings) & set(two.settings))
        if keys and _may_meet(one.match, two.match):
            key = keys[0]
            message = f"`{key}` is overridden for the same series in {one.place.file} too"
            hint = "keep one of the two, or move the exception to the file that includes both"
            first: Path = ("overrides", one.index, "set", key)
            context.error(
                codes.SIBLING_OVERRIDES, message, ("overrides", two.index, "set", key), hint, (first, "set here too")
            )


def _are_siblings(one: OverrideDefinition, two: OverrideDefinition) -> bool:
    files = one.place.file, two.place.file
    return files[0] != files[1] and files[0] not in two.ancestors and files[1] not in one.ancestors


def _may_meet(one: Matcher, two: Matcher) -> bool:
    """Whether some series may match both, as far as can be told without data: by keys that both name."""
    pairs = [(getattr(one, key), getattr(two, key)) for key in ("model", "column", "class_", "check", "source", "task")]
    if one.segment is not None and two.segment is not None:
        pairs += [(patterns, two.segment.get(name)) for name, patterns in one.segment.items()]
    return all(first is None or second is None or _may_share(first, second) for first, second in pairs)


def _may_share(one: Sequence[str], two: Sequence[str]) -> bool:
    """Whether some text may fit both; of two globs nobody knows."""
    if any(is_glob(a) for a in one) and any(is_glob(b) for b in two):
        return True
    return any(fits(a, (b,)) or fits(b, (a,)) for a in one for b in two)
