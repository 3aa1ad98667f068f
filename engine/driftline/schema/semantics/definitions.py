"""Sources, models, baselines, defaults and metrics: what they refer to exists, and what they say can be met."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from driftline.config import codes
from driftline.config.document import Baseline, Defaults, ModelDefinition, SegmentDefinition, Validity, Window
from driftline.globs import fits, is_glob
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.labels import check_labels, check_min_labelled
from driftline.schema.semantics.sql import check_condition
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path

OVERALL = "overall"
SELECTIONS = ("features", "numeric", "categorical", "score", "prediction", "target")
_LOOKAROUND = re.compile(r"\(\?(=|!|<=|<!)")


def check_definitions(context: Context) -> None:
    """All definitions but monitors and routes."""
    _timezones(context)
    for name, source in context.document.sources.items():
        if source.where is not None and source.type != "sql":
            check_condition(context, source.where, ("sources", name, "where"))
    for name, baseline in context.document.baselines.items():
        _baseline_source(context, baseline, ("baselines", name))
    for path, defaults in context.defaults.items():
        _defaults(context, defaults, path)
    for model in context.document.models.values():
        _model(context, model)


def check_window(context: Context, window: str | Window | None, path: Path) -> None:
    """A window that is named exists."""
    if isinstance(window, str) and window not in context.document.windows and not context.tree.refused & {path}:
        if _declared(context, "windows", window):
            return
        context.unknown(codes.UNKNOWN_WINDOW, "window", window, path, context.document.windows)


def check_baseline(context: Context, baseline: str | Baseline | None, path: Path) -> None:
    """A baseline that is named exists, as a baseline or a source."""
    if isinstance(baseline, Baseline):
        _baseline_source(context, baseline, path)
    elif baseline is not None and not _declared(context, "baselines", baseline):
        if _declared(context, "sources", baseline):
            return
        known = [*context.document.baselines, *context.document.sources, "previous"]
        context.unknown(codes.UNKNOWN_BASELINE, "baseline or source", baseline, path, known)


def check_source(context: Context, name: str, path: Path) -> None:
    """A source that is named exists."""
    if not _declared(context, "sources", name):
        context.unknown(codes.UNKNOWN_SOURCE, "source", name, path, context.document.sources)


def _declared(context: Context, section: str, name: str) -> bool:
    """Whether a name stands in a section, be its definition sound or not."""
    return context.tree.written(section, name)


def _baseline_source(context: Context, baseline: Baseline, path: Path) -> None:
    if baseline.source is not None:
        check_source(context, baseline.source, (*path, "source"))


def _defaults(context: Context, defaults: Defaults, path: Path) -> None:
    """What a file's own defaults name; what it takes over from the root file is reported there."""
    if context.tree.written(*path, "window"):
        check_window(context, defaults.window, (*path, "window"))
    if context.tree.written(*path, "baseline"):
        check_baseline(context, defaults.baseline, (*path, "baseline"))
    if context.tree.written(*path, "model"):
        check_models(context, defaults.model or (), (*path, "model"))
    if context.tree.written(*path, "min_labelled"):
        check_min_labelled(context, defaults.min_labelled, (*path, "min_labelled"))


def check_models(context: Context, names: tuple[str, ...], path: Path) -> None:
    """Models that are named exist; a glob that matches none is a warning."""
    models = context.document.models
    for index, name in enumerate(names):
        here = (*path, index) if (*path, index) in context.tree.marks else path
        if not is_glob(name):
            if not context.tree.written("models", name):
                context.unknown(codes.UNKNOWN_MODEL, "model", name, here, models)
        elif not any(fits(model, (name,)) for model in models):
            shown = context.tree.shown(name, *here)
            listed = ", ".join(f"`{model}`" for model in list(models)[:8])
            hint = f"there is {listed}" if listed else None
            context.warning(codes.MATCHES_NOTHING, f"{shown} matches no model", here, hint)


def _timezones(context: Context) -> None:
    for path, mark in context.tree.marks.items():
        if path[0] == "defaults" and path[-1] == "timezone" and path not in context.tree.refused:
            name = getattr(mark.value, "text", "")
            if context.tree.known(*path) and not _is_timezone(name):
                meant = nearest(name, available_timezones())
                shown = context.tree.shown(name, *path)
                hint = f"did you mean `{meant}`?" if meant else "write an IANA name such as `Europe/Oslo`"
                context.error(codes.UNKNOWN_TIMEZONE, f"there is no time zone {shown}", path, hint)


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError: a path; OSError: a folder such as "America"
        return False
    return True


# Models --------------------------------------------------------------------------------------------------------------


def _model(context: Context, model: ModelDefinition) -> None:
    path: Path = ("models", model.name)
    check_source(context, model.source, (*path, "source"))
    check_window(context, model.window, (*path, "window"))
    check_baseline(context, model.baseline, (*path, "baseline"))
    _self_baseline(context, model, path)
    if model.labels is not None:
        check_source(context, model.labels.source, (*path, "labels", "source"))
        check_labels(context, model, model.labels, (*path, "labels"))
    private = tuple(column.pattern for column in model.columns if column.private)
    for segment in model.segments.values():
        if segment.by is not None and fits(segment.by, private):
            message = f"the segment `{segment.name}` would show the values of `{segment.by}`, which is private"
            hint = "divide by another column, or by a condition: `{where: …}`"
            context.error(codes.PRIVATE_SEGMENT, message, (*path, "segments", segment.name, "by"), hint)
        if context.tree.written(*path, "segments", segment.name):  # `version` also comes with the role
            _segment(context, segment, (*path, "segments", segment.name))
    for column in model.columns:
        if column.valid is not None:
            _validity(context, column.valid, (*path, "columns", column.pattern, "valid"))
    for group in model.groups:
        if group in SELECTIONS:
            message = f"`{group}` is a selection of its own, so no group can be called that"
            context.at_key(codes.BAD_NAME, message, (*path, "groups", group), "choose another name")


def _self_baseline(context: Context, model: ModelDefinition, path: Path) -> None:
    given: Any = model.baseline
    if isinstance(given, str):
        given = context.document.baselines.get(given, given)
    source = given.source if isinstance(given, Baseline) and given.type == "source" else given
    if source == model.source:
        message = f"`{model.name}` is compared with the source that it monitors"
        hint = "name a training set, or a baseline of type `trailing` or `previous`"
        context.warning(codes.SELF_BASELINE, message, (*path, "baseline"), hint)


def _segment(context: Context, segment: SegmentDefinition, path: Path) -> None:
    written = [key for key in ("by", "where") if context.tree.written(*path, key)]
    if segment.name == OVERALL:
        context.at_key(codes.BAD_NAME, "`overall` means all rows, so no segment can be called that", path)
    if len(written) != 1:
        what = "both `by` and `where`" if written else "neither `by` nor `where`"
        hint = "`{by: column}` makes one segment per value, `{where: SQL}` a single one"
        context.at_key(codes.EXCLUSIVE_KEYS, f"the segment `{segment.name}` has {what}", path, hint)
    if segment.where is not None:
        check_condition(context, segment.where, (*path, "where"))
        for key in ("top", "rest"):
            if context.tree.written(*path, key) and written == ["where"]:
                message = f"`{key}` is for segments with `by`; this one is a single segment"
                context.error(codes.UNUSABLE_KEY, message, (*path, key), "remove it")


def _validity(context: Context, valid: Validity, path: Path) -> None:
    if valid.min is not None and valid.max is not None and valid.min > valid.max:
        low, high = context.shown(valid.min, *path, "min"), context.shown(valid.max, *path, "max")
        message = f"no value is valid: `min` ({low}) is more than `max` ({high})"
        context.error(codes.BAD_VALIDITY, message, (*path, "min"), "exchange them")
    if valid.regex is not None and context.tree.known(*path, "regex"):
        _regex(context, valid.regex, (*path, "regex"))
    if valid.where is not None:
        check_condition(context, valid.where, (*path, "where"))


def _regex(context: Context, regex: str, path: Path) -> None:
    try:
        re.compile(regex)
    except (re.error, RecursionError, OverflowError) as error:
        reason = error.msg if isinstance(error, re.error) else "it is nested too deeply"
        hint = "quote the expression with single quotes, in which a backslash is a backslash"
        context.error(codes.BAD_VALIDITY, f"the regular expression is not well formed: {reason}", path, hint)
        return
    if _LOOKAROUND.search(regex):
        message = "look-ahead and look-behind are not part of these regular expressions"
        context.error(codes.BAD_VALIDITY, message, path, "write the rule as `where: SQL`")
