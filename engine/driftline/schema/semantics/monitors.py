"""Monitors: what they name exists, and what they ask for is possible for their check and their models."""

from __future__ import annotations

from dataclasses import replace

from driftline.checks.base import Check, CompositeCheck, Takes
from driftline.config import codes
from driftline.config.document import Matcher, ModelDefinition, MonitorDefinition
from driftline.globs import is_glob
from driftline.schema.semantics.context import Chosen, Context, monitor_subject
from driftline.schema.semantics.definitions import (
    OVERALL,
    SELECTIONS,
    check_baseline,
    check_models,
    check_source,
    check_window,
)
from driftline.schema.semantics.labels import check_min_labelled_use
from driftline.schema.semantics.overrides import without_severity
from driftline.schema.semantics.routes import OF_ROWS, check_matcher, could_match, is_composite
from driftline.schema.semantics.significance import check_significance_use
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path

SUBJECTS = ("check", "metric", "preset")


def check_monitors(context: Context) -> None:
    for monitor in context.document.monitors.values():
        path: Path = ("monitors", monitor.name)
        _names(context, monitor, path)
        if _has_one_subject(context, monitor, path):
            check = context.check_of(monitor)
            if check is not None and issubclass(check, CompositeCheck):
                _composite(context, monitor, path)
                continue
            _binding(context, monitor, path)
            _columns(context, monitor, path)
            _segments(context, monitor, path)
            _parameters(context, monitor, path)
            _lasting(context, monitor, path)
            check_min_labelled_use(context, monitor, path)
            check_significance_use(context, monitor, path)


def _has_one_subject(context: Context, monitor: MonitorDefinition, path: Path) -> bool:
    written = [key for key in SUBJECTS if context.tree.written(*path, key)]
    if len(written) == 1:
        return getattr(monitor, written[0]) is not None
    what = f"both `{written[0]}` and `{written[1]}`" if written else "none of `check`, `metric` and `preset`"
    hint = "keep one; make the other a monitor of its own" if written else "say what it measures: `check: psi`"
    context.at_key(codes.EXCLUSIVE_KEYS, f"the monitor `{monitor.name}` has {what}", path, hint)
    return False


def _names(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    document = context.document
    check_window(context, monitor.window, (*path, "window"))
    check_baseline(context, monitor.baseline, (*path, "baseline"))
    if isinstance(monitor.threshold, str) and not context.tree.written("thresholds", monitor.threshold):
        known = [*document.thresholds, "none"]
        context.unknown(codes.UNKNOWN_THRESHOLD, "threshold", monitor.threshold, (*path, "threshold"), known)
    if monitor.metric is not None and not context.tree.written("metrics", monitor.metric):
        context.unknown(codes.UNKNOWN_METRIC, "metric", monitor.metric, (*path, "metric"), document.metrics)


# Verdicts of others --------------------------------------------------------------------------------------------------


def _composite(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    """It looks at verdicts, so all that says which rows are read has no place in it."""
    for key in OF_ROWS:
        if context.tree.written(*path, key):
            message = f"`{monitor.check}` looks at verdicts, so `{key}` says nothing to it"
            hint = "say what it looks at in `params: {of: {…}}`, and how it is divided in `by`"
            context.error(codes.UNUSABLE_KEY, message, (*path, key), hint)
    used, spot = context.threshold_of(monitor)
    if used is not None and used.compare != "value":
        message = f"`{monitor.check}` has no baseline, so it cannot be compared by {used.compare}"
        context.error(codes.NO_BASELINE, message, spot, "leave `compare` out: the value itself is judged")
    _parameters(context, monitor, path)
    _lasting(context, monitor, path)
    of = monitor.params.get("of")
    if isinstance(of, Matcher):
        here = (*path, "params", "of")
        check_matcher(context, of, here)
        if of.not_ is not None:
            reason = "which breaches count is said by `severity` beside `not`"
            without_severity(context, of.not_, (*here, "not"), reason)
        others = [m for m in context.document.monitors.values() if not is_composite(context, m)]
        if others and not any(could_match(context, replace(of, severity=None), other, None) for other in others):
            context.warning(codes.MATCHES_NOTHING, "it matches no monitor", here, "composites are not looked at")


# What a monitor is bound to ------------------------------------------------------------------------------------------


def _binding(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    bound = [key for key in ("model", "source") if context.tree.written(*path, key)]
    if len(bound) == 2:
        hint = "a monitor is about models, or about a source; keep one"
        message = f"the monitor `{monitor.name}` has both a `model` and a `source`"
        context.at_key(codes.EXCLUSIVE_KEYS, message, path, hint)
        return
    if monitor.metric is not None:
        for key in bound:
            message = f"`{key}` is not for a metric, which says itself what it measures"
            context.error(codes.UNUSABLE_KEY, message, (*path, key), "remove it here; name it in `metrics`")
        return
    if monitor.source is not None:
        _source(context, monitor, monitor.source, path)
        return
    if context.tree.written(*path, "source") or (monitor.model is None and context.tree.written(*path, "model")):
        return
    if isinstance(monitor.model, tuple):
        check_models(context, monitor.model, (*path, "model"))
    elif monitor.model is None and monitor.defaults.model is None and not context.tree.written("models"):
        hint = "declare `models`, or name a `source`"
        context.at_key(codes.NO_MODEL, f"the monitor `{monitor.name}` has nothing to monitor", path, hint)
        return
    _fit(context, monitor, context.chosen(monitor))


def _source(context: Context, monitor: MonitorDefinition, source: str, path: Path) -> None:
    check_source(context, source, (*path, "source"))
    check = context.check_of(monitor)
    if monitor.preset is not None:
        hint = "name the model: `model: …`"
        context.error(codes.UNUSABLE_KEY, "a preset is for models, not for a source", (*path, "source"), hint)
    elif check is not None and (check.takes is Takes.MODEL or check.needs_roles):
        message = f"`{check.kind}` reads a model through its roles, not a source"
        context.error(codes.UNUSABLE_KEY, message, (*path, "source"), "name the model: `model: …`")


# Whether the models fit ----------------------------------------------------------------------------------------------

Misfit = tuple[codes.Code, str, str | None]


def _fit(context: Context, monitor: MonitorDefinition, chosen: Chosen) -> None:
    """A named model that does not fit is an error; of several that were selected, one has to fit."""
    check = context.check_of(monitor)
    if check is None and monitor.preset is None:
        return
    misfits: list[tuple[ModelDefinition, Misfit]] = []
    for model in chosen.models:
        misfit = _check_misfit(context, check, model) if check else _preset_misfit(context, monitor, model)
        if misfit is None:
            continue
        misfits.append((model, misfit))
        if model.name in chosen.named:
            code, message, hint = misfit
            context.error(
                code, message, chosen.path, hint, (("models", model.name), f"`{model.name}` is declared here")
            )
    if misfits and len(misfits) == len(chosen.models) and not chosen.named:
        model, (code, message, hint) = misfits[0]
        others = "; none of the other selected models fits either" if len(misfits) > 1 else ""
        report = context.warning if monitor.model is not None else context.error
        code = codes.MATCHES_NOTHING if monitor.model is not None else code
        report(code, message + others, chosen.path, hint, (("models", model.name), f"`{model.name}` is declared here"))


def _check_misfit(context: Context, check: type[Check], model: ModelDefinition) -> Misfit | None:
    path: Path = ("models", model.name)
    if check.tasks and model.task not in check.tasks and not context.tree.refused & {(*path, "task")}:
        return _wrong_task(context, f"`{check.kind}`", check.tasks, model)
    if check.kind == "label_coverage" and not context.tree.written(*path, "labels"):
        message = f"`{check.kind}` is about labels, and `{model.name}` has none"
        return codes.MISSING_LABELS, message, "say where they come from: `labels: {source: …, delay: …}`"
    for role in sorted(check.needs_roles):
        if not _has_role(context, model, role):
            return _missing_role(f"`{check.kind}`", role, model)
    return None


def _preset_misfit(context: Context, monitor: MonitorDefinition, model: ModelDefinition) -> Misfit | None:
    if monitor.preset == "performance":
        tasks = frozenset({"binary", "multiclass", "regression", "ranking"})
        if model.task not in tasks and not context.tree.refused & {("models", model.name, "task")}:
            return _wrong_task(context, "the preset `performance`", tasks, model)
        for role in ("target", "score", "group") if model.task == "ranking" else ("target",):
            if not _has_role(context, model, role):
                return _missing_role("the preset `performance`", role, model)
    if monitor.preset in ("drift", "performance") and not context.has_baseline(monitor, model):
        message = f"the preset `{monitor.preset}` compares with a baseline, and `{model.name}` has none"
        return codes.NO_BASELINE, message, "name one: `baseline: training` on the model, or on the monitor"
    return None


def _wrong_task(context: Context, what: str, tasks: frozenset[str], model: ModelDefinition) -> Misfit:
    first, *others = sorted(tasks)
    suits = f"{what} is for {', '.join([first, *others[:-1]])}{' and ' + others[-1] if others else ''} models"
    if model.task is None:
        return codes.WRONG_TASK, f"{suits}, and `{model.name}` has no `task`", f"add `task: {first}` to the model"
    task = context.shown(model.task, "models", model.name, "task")
    return codes.WRONG_TASK, f"{suits}, and the task of `{model.name}` is {task}", "choose a check for that task"


def _missing_role(what: str, role: str, model: ModelDefinition) -> Misfit:
    message = f"{what} reads the {role} of a model, and `{model.name}` has no such role"
    which = "which column says whose ranking a row is part of" if role == "group" else "which column it is"
    return codes.MISSING_ROLE, message, f"say {which}: `roles: {{{role}: …}}`"


def _has_role(context: Context, model: ModelDefinition, role: str) -> bool:
    if getattr(model.roles, role, None) is not None:
        return True
    written = context.tree.refused
    path: Path = ("models", model.name, "roles")
    if role == "timestamp":
        source = context.document.sources.get(model.source)
        return source is None or source.timestamp is not None
    return (*path, role) in written or path in written


# Columns, segments, classes, parameters ------------------------------------------------------------------------------


def _columns(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    check = context.check_of(monitor)
    if monitor.classes is not None and (check is None or not check.per_class):
        what = f"`{monitor.check}`" if check else f"a {monitor_subject(monitor)}"
        if check is not None or monitor.check is None:
            context.error(codes.NO_CLASSES, f"{what} cannot be split by class", (*path, "classes"), "remove `classes`")
    if monitor.columns is None:
        return
    if monitor.metric is not None or (check is not None and not check.takes.selects):
        what = f"`{monitor.check}`" if check else "a metric"
        about = "a source" if check is not None and check.takes is Takes.SOURCE else "a model"
        message = f"{what} is about {about} as a whole, not about columns"
        context.error(codes.NO_COLUMNS, message, (*path, "columns"), "remove `columns`")
        return
    if monitor.source is None:
        _suspicious_columns(context, monitor, monitor.columns, (*path, "columns"))


def _suspicious_columns(context: Context, monitor: MonitorDefinition, columns: tuple[str, ...], path: Path) -> None:
    """A name that is nearly that of a group or selection, and of no column that the configuration knows."""
    models = context.chosen(monitor).models
    groups = {group for model in models for group in model.groups}
    known = {name for model in models for name in _known_columns(model)}
    for index, name in enumerate(columns):
        if name in groups or name in SELECTIONS or name in known or is_glob(name):
            continue
        meant = nearest(name, [*sorted(groups), *SELECTIONS], cutoff=0.85)
        if meant is not None:
            here = (*path, index) if (*path, index) in context.tree.marks else path
            message = f"{context.tree.shown(name, *here)} is read as the name of a column"
            context.warning(codes.SUSPICIOUS_COLUMN, message, here, f"did you mean `{meant}`?")


def _known_columns(model: ModelDefinition) -> set[str]:
    roles = {value for value in vars(model.roles).values() if isinstance(value, str)}
    grouped = {column for columns in model.groups.values() for column in columns}
    declared = {column.pattern for column in model.columns}
    return roles | grouped | declared | set(model.features.include or ())


def _segments(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    names = {name for crossed in monitor.segments or () for name in crossed} - {OVERALL}
    if not names:
        return
    if monitor.source is not None:
        message = "segments belong to models, and this monitor is about a source"
        context.error(codes.NO_COLUMNS, message, (*path, "segments"), "name the model instead of the source")
        return
    models = _measured(context, monitor)
    known = [segment for model in models for segment in model.segments]
    for spot, name in _segment_spots(monitor, (*path, "segments")):
        if models and name not in known and name != OVERALL:
            if any(context.tree.written("models", model.name, "segments", name) for model in models):
                continue
            context.unknown(codes.UNKNOWN_SEGMENT, "segment", name, spot, dict.fromkeys([*known, OVERALL]))


def _measured(context: Context, monitor: MonitorDefinition) -> tuple[ModelDefinition, ...]:
    if monitor.metric is None:
        return context.chosen(monitor).models
    metric = context.document.metrics.get(monitor.metric)
    model = context.document.models.get(metric.model) if metric is not None and metric.model is not None else None
    return (model,) if model is not None else ()


def _segment_spots(monitor: MonitorDefinition, path: Path) -> list[tuple[Path, str]]:
    spots: list[tuple[Path, str]] = []
    for index, crossed in enumerate(monitor.segments or ()):
        single = len(crossed) == 1
        spots += [((*path, index) if single else (*path, index, inner), name) for inner, name in enumerate(crossed)]
    return spots


def _parameters(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    """The check itself may know of more that does not go together."""
    check = context.check_of(monitor)
    here = (*path, "params")
    if check is None or any(refused[: len(here)] == here for refused in context.tree.refused):
        return
    try:
        check(**monitor.params)
    except ValueError as error:
        reason = "the environment gives a value that is not possible" if context.is_secret(*here) else str(error)
        context.error(codes.WRONG_VALUE, f"the params of `{check.kind}` do not go together: {reason}", here)


def _lasting(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    lasting = monitor.alert.for_ if monitor.alert is not None else None
    if isinstance(lasting, tuple) and lasting[0] > lasting[1]:
        here = (*path, "alert", "for")
        message = f"{context.tree.shown(f'{lasting[0]} of {lasting[1]}', *here)} can never be reached"
        hint = "the first number is how many of the windows breach, the second how many are looked at"
        context.error(codes.OUT_OF_BOUNDS, message, here, hint)
