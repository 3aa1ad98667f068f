"""Labels: they can be joined, their delays fit each other, and what is asked of them is asked where they are read."""

from __future__ import annotations

from collections.abc import Sequence

from driftline.config import codes
from driftline.config.document import Labels, MinLabelled, ModelDefinition, MonitorDefinition
from driftline.globs import is_glob
from driftline.model import Duration
from driftline.schema.semantics.context import Context
from driftline.schema.tree import Path

LEAST_ROWS = 100  # of a window, unless `min_rows` says otherwise
WITHOUT_LABELS = ("features", "numeric", "categorical", "score", "prediction")  # selections of what is scored


def check_labels(context: Context, model: ModelDefinition, labels: Labels, path: Path) -> None:
    """Labels can be joined, and what is said of their delay can be met."""
    if not context.tree.written(*path, "key") and not context.tree.written("models", model.name, "roles", "id"):
        message = f"the labels of `{model.name}` cannot be joined"
        hint = "name the joining column as `key`, or as the `id` role of the model"
        context.error(codes.MISSING_ROLE, message, path, hint)
    if labels.present is not None and model.roles.target is None:
        message = f"`present` is the target of a row with a label, and `{model.name}` has no target"
        hint = "name it: `roles: {target: happened}`; no column needs to have that name"
        context.error(codes.MISSING_ROLE, message, (*path, "present"), hint)
    if labels.max_delay is not None and labels.max_delay.seconds < labels.delay.seconds:
        longest = context.shown(str(labels.max_delay), *path, "max_delay")
        shortest = context.shown(str(labels.delay), *path, "delay")
        message = f"`max_delay` ({longest}) is shorter than `delay` ({shortest})"
        hint = "`max_delay` is until when labels may still change a judgement"
        context.error(codes.MAX_DELAY, message, (*path, "max_delay"), hint)
    elif labels.max_delay is not None and labels.absent is not None:
        _assumed(context, labels.delay, labels.max_delay, path)
    _untimed(context, labels, path)
    check_min_labelled(context, labels.min_labelled, (*path, "min_labelled"))
    if labels.min_labelled is not None and labels.min_labelled.is_asked and labels.absent is not None:
        message = "every row has a target, since `absent` gives one to those without a label"
        context.warning(codes.IDLE_MIN_LABELLED, message, (*path, "min_labelled"), "remove one of the two")


def check_min_labelled(context: Context, least: MinLabelled | None, path: Path) -> None:
    """A number of rows that `min_rows` asks for anyway is most likely a percentage."""
    if least is None or not 0 < least.rows <= LEAST_ROWS:
        return
    text = context.shown(least.rows, *path)
    message = f"`min_labelled: {text}` is {'one row' if least.rows == 1 else text + ' rows'}, not a share of them"
    meant = "write `100%` for all of them" if least.rows == 1 else f"did you mean `{text}%`?"
    context.warning(codes.PERCENTAGE, message, path, meant)


def _untimed(context: Context, labels: Labels, path: Path) -> None:
    """Labels of which nothing says when they came, though that is asked for."""
    source = context.document.sources.get(labels.source)
    if labels.max_delay is None or source is None or context.tree.written("sources", labels.source, "timestamp"):
        return
    message = f"`{labels.source}` has no `timestamp`, so nothing says when a label came: `max_delay` changes nothing"
    hint = f"name the column that says it: `{labels.source}: {{…, timestamp: …}}`, or remove `max_delay`"
    related = (("sources", labels.source), f"`{labels.source}` is declared here")
    context.warning(codes.UNTIMED_LABELS, message, (*path, "max_delay"), hint, related)


def _assumed(context: Context, delay: Duration, longest: Duration, path: Path) -> None:
    """`absent` is the target of a row without a label after `delay`, though one may come until `max_delay`."""
    if longest.seconds <= delay.seconds:
        return
    first = context.shown(str(delay), *path, "delay") if delay.count else "no delay at all"
    last = context.shown(str(longest), *path, "max_delay")
    message = f"`absent` is assumed after {first} (`delay`), though labels may come until {last} (`max_delay`)"
    hint = f"write `delay: {last}`, as long as labels take, or remove `max_delay` if later labels may be missed"
    context.warning(codes.ASSUMED_EARLY, message, (*path, "absent"), hint)


def check_min_labelled_use(context: Context, monitor: MonitorDefinition, path: Path) -> None:
    """`min_labelled` of a monitor is a share, and stands where labels are read."""
    if monitor.min_labelled is None:
        return
    here = (*path, "min_labelled")
    check_min_labelled(context, monitor.min_labelled, here)
    reads_none = _reads_no_labels(context, monitor)
    if reads_none is not None:
        context.error(codes.UNUSABLE_KEY, f"{reads_none}, so `min_labelled` says nothing to it", here, "remove it")


def check_min_labelled_of(context: Context, monitors: Sequence[MonitorDefinition], path: Path) -> None:
    """`min_labelled` of an override is for some monitor that reads labels."""
    reasons = [_reads_no_labels(context, monitor) for monitor in monitors]
    if reasons and all(reason is not None for reason in reasons):
        message = f"{reasons[0]}, and `min_labelled` says nothing to any other monitor that matches"
        message = message if len(reasons) > 1 else f"{reasons[0]}, so `min_labelled` says nothing to it"
        context.warning(codes.IDLE_MIN_LABELLED, message, path, "remove it")


def _reads_no_labels(context: Context, monitor: MonitorDefinition) -> str | None:
    """Why a monitor surely reads no labels, or counts them itself. Which columns a metric reads is in its SQL."""
    check = context.check_of(monitor)
    columns = monitor.columns
    if monitor.source is not None:
        return "a monitor of a source reads no labels"
    if check is not None and check.counting and "target" in check.needs_roles:
        return f"`{check.kind}` is the share of rows with a label itself"
    if monitor.metric is not None or (check is not None and "target" in check.needs_roles):
        return None
    what = f"`{check.kind}`" if check is not None else f"the preset `{monitor.preset}`"
    if check is not None and not check.takes.selects:
        return f"{what} reads no labels"
    if check is None and monitor.preset in (None, "performance"):
        return None
    read = columns if columns is not None else (check.default_columns if check is not None else ())
    if all(name in WITHOUT_LABELS for name in read) and not any(is_glob(name) for name in read):
        return f"{what} reads no labels" + (" of these columns" if columns is not None else "")
    return None
