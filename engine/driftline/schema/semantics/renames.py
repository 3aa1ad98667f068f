"""`was`: a former name is nobody's present name, and the former name of one definition only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driftline.config import codes
from driftline.config.document import ModelDefinition, MonitorDefinition
from driftline.schema.semantics.context import Context
from driftline.schema.tree import Path


def check_renames(context: Context) -> None:
    """The former names of monitors and of models."""
    document = context.document
    monitors = {name: monitor for monitor, names in context.monitor_names.items() for name in names}
    _check(context, "monitors", document.monitors.values(), monitors)
    _check(context, "models", document.models.values(), {name: name for name in document.models})


def _check(
    context: Context,
    section: str,
    definitions: Iterable[MonitorDefinition | ModelDefinition],
    declared: Mapping[str, str],
) -> None:
    what, claimed = section.removesuffix("s"), dict[str, str]()
    for definition in definitions:
        former, path = definition.was, (section, definition.name, "was")
        if former is None or not context.tree.known(*path):
            continue
        if former in declared:
            _still_there(context, what, definition.name, former, (section, declared[former]), path)
        elif former in claimed:
            message = f"the {what} `{claimed[former]}` was `{former}` too"
            other: Path = (section, claimed[former], "was")
            hint = "only one of the two can take over its history: remove the other `was`"
            context.error(codes.RENAMED_TWICE, message, path, hint, (other, "said here too"))
        claimed.setdefault(former, definition.name)


def _still_there(context: Context, what: str, name: str, former: str, there: Path, path: Path) -> None:
    if former == name:
        context.error(codes.STILL_THERE, f"`{name}` is its present name", path, "remove the line")
        return
    message = f"there still is a {what} `{former}`, so this one cannot take over its history"
    hint = f"remove `{former}`, or this line if both are meant to be there"
    context.error(codes.STILL_THERE, message, path, hint, (there, "declared here"))
