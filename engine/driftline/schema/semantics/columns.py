"""Matchers that are for a column: is it one of those that the monitors measure, as far as the files name them all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from driftline.checks.base import Takes
from driftline.config import codes
from driftline.config.document import Matcher, ModelDefinition, MonitorDefinition, Roles
from driftline.config.matching import matchers_of_series
from driftline.globs import fits, is_glob
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.presets import PRESET_COLUMNS
from driftline.schema.semantics.routes import candidates, could_match
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path

OF_FEATURES = ("features", "numeric", "categorical")
ROLES = tuple(Roles.__dataclass_fields__)


def check_matched_columns(context: Context) -> None:
    """Warn of each name or glob that is none of the columns that the matched monitors measure."""
    if any(one.settings.get("columns") for one in context.document.overrides):
        return  # which columns that leaves to which series is found with the data
    measured = _Measured(context)
    for path, matcher in matchers_of_series(context.document):
        _check(measured, matcher, Matcher(), path)


def _check(measured: _Measured, matcher: Matcher, outer: Matcher, path: Path) -> None:
    """`outer` is the matcher that one under `not` takes something from."""
    for position, text in enumerate(matcher.column or ()):
        at = (*path, "column", position)
        at = at if at in measured.context.tree.marks else (*path, "column")
        columns = measured.by(matcher, outer)
        if columns and not _fits(text, columns) and measured.context.tree.known(*at):
            shown = measured.context.tree.shown(text, *at)
            message = f"{shown} matches no series: no monitor that it matches measures such a column"
            measured.context.warning(codes.NO_SERIES, message, at, hint_for(text, sorted(columns), "column"))
    if matcher.not_ is not None:
        _check(measured, matcher.not_, matcher, (*path, "not"))


def _fits(text: str, columns: Iterable[str]) -> bool:
    """Whether a name or glob means one of these columns."""
    return text in columns or (is_glob(text) and any(fits(column, (text,)) for column in columns))


@dataclass(frozen=True)
class _Measured:
    """The columns that monitors measure; each question is answered once."""

    context: Context
    _answers: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def by(self, *matchers: Matcher) -> frozenset[str] | None:
        """The columns of the monitors that all of these match; None where the data decides on some of them."""
        of_monitors = [replace(each, severity=None, column=None, class_=None, segment=None) for each in matchers]
        if (same := repr(of_monitors)) not in self._answers:
            self._answers[same] = self._union(of_monitors)
        return self._answers[same]

    def _union(self, matchers: Sequence[Matcher]) -> frozenset[str] | None:
        found: set[str] = set()
        for monitor in candidates(self.context, matchers[0]):
            columns = self._columns[monitor.name]
            if columns != frozenset() and all(could_match(self.context, one, monitor, None) for one in matchers):
                if columns is None:
                    return None
                found |= columns
        return frozenset(found)

    @cached_property
    def _columns(self) -> Mapping[str, frozenset[str] | None]:
        return {name: _columns(self.context, monitor) for name, monitor in self.context.document.monitors.items()}


def _columns(context: Context, monitor: MonitorDefinition) -> frozenset[str] | None:
    """The columns that a monitor may measure; None where they are not all written out, and so left to the data."""
    check = context.check_of(monitor)
    if monitor.preset is not None:
        texts = (*PRESET_COLUMNS.get(monitor.preset, ()), *(monitor.columns or ()))
    elif check is None:
        return frozenset() if monitor.metric is not None else None
    elif check.takes is not Takes.COLUMN:
        return frozenset()
    else:
        texts = monitor.columns or check.default_columns
    if monitor.source is not None:
        return None if monitor.columns is None or any(map(is_glob, texts)) else frozenset(texts)
    found: set[str] = set()
    for model in context.chosen(monitor).models:
        for text in texts:
            meant = columns_meant(text, model)
            if meant is None:
                return None
            found |= meant
    return frozenset(found)


def columns_meant(text: str, model: ModelDefinition) -> frozenset[str] | None:
    """The columns that a word of a selection stands for; None where that is in the data."""
    if text in OF_FEATURES:
        included = model.features.include
        if included is None or any(map(is_glob, included)):
            return None
        return frozenset(name for name in included if not fits(name, model.features.exclude))
    if text in model.groups:
        return frozenset(model.groups[text])
    if text in ROLES:
        role = getattr(model.roles, text)
        if isinstance(role, str):
            return None if is_glob(role) else frozenset({role})
        return frozenset() if role is None else frozenset(role.values())
    return None if is_glob(text) else frozenset({text})
