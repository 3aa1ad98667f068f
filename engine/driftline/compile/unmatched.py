"""Matchers that are for a column which no series has: silent everywhere, unless they are looked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from driftline.checks.base import Takes
from driftline.compile.graph import Graph, LeftOut, MonitorPlan
from driftline.compile.match import may_match
from driftline.config.document import Document, Matcher
from driftline.config.matching import matchers_of_series
from driftline.globs import fits, is_glob
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path

NO_COLUMNS = "no monitor that it matches measures columns"
NO_COLUMN = "no monitor that it matches measures such a column"
OFF = "enabled: false"  # a column that is switched off is one that a matcher may speak of


@dataclass(frozen=True)
class Unmatched:
    """A name or glob of a matcher, why nothing comes of it, and what may have been meant.

    `paths` are where it may stand: as one text of a list, or alone.
    """

    paths: tuple[Path, Path]
    text: str
    reason: str
    hint: str | None
    of_no_columns: bool = False  # whether no monitor that it is for has a series of any column


def unmatched(document: Document, graph: Graph) -> tuple[Unmatched, ...]:
    """Every name or glob in `column:` that none of the monitors measures which its matcher fits."""
    measured = _Measured(graph)
    return tuple(one for path, matcher in matchers_of_series(document) for one in _of(measured, matcher, (), path))


def _of(measured: _Measured, matcher: Matcher, outer: tuple[Matcher, ...], path: Path) -> Iterator[Unmatched]:
    """`outer` are the matchers that one under `not` takes something from."""
    for position, text in enumerate(matcher.column or ()):
        columns = measured.by((matcher, *outer))
        if columns is None or any(fits(column, (text,)) for column in columns):
            continue
        paths: tuple[Path, Path] = ((*path, "column", position), (*path, "column"))
        left_out = measured.why_not(text, matcher)
        meant = nearest(text, columns)
        if left_out is not None:
            why = f"{left_out.monitor} leaves it out, since {left_out.reason}"
        elif not columns:
            why = measured.together((matcher, *outer)) or NO_COLUMNS
        else:
            why = NO_COLUMN
        hint = f"did you mean `{meant}`?" if meant and left_out is None else None
        yield Unmatched(paths, text, why, hint, of_no_columns=left_out is None and not columns)
    if matcher.not_ is not None:
        yield from _of(measured, matcher.not_, (matcher, *outer), (*path, "not"))


@dataclass(frozen=True)
class _Measured:
    """The columns that monitors measure; each question is answered once."""

    graph: Graph
    _answers: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def by(self, matchers: Sequence[Matcher]) -> tuple[str, ...] | None:
        """The columns of the monitors that all of these match; None where there is no such monitor, or no telling."""
        of_monitors = [replace(each, severity=None, column=None, class_=None, segment=None) for each in matchers]
        if (same := repr(of_monitors)) not in self._answers:
            self._answers[same] = self._union(of_monitors)
        return self._answers[same]

    def together(self, matchers: Sequence[Matcher]) -> str | None:
        """That a check looks at many columns in one series, if one of the monitors that all of these match does."""
        of_monitors = [replace(each, severity=None, column=None, class_=None, segment=None) for each in matchers]
        checks = (plan.check for plan in self._plans(of_monitors) if plan.check.takes is Takes.COLUMNS)
        one = next(checks, None)
        return None if one is None else f"`{one.kind}` has one series over all of its columns, which is of no column"

    def _plans(self, matchers: Sequence[Matcher]) -> list[MonitorPlan]:
        """The plans that all of these fit."""
        return [plan for plan in self._candidates(matchers[0]) if all(may_match(one, plan.facts) for one in matchers)]

    def _union(self, matchers: Sequence[Matcher]) -> tuple[str, ...] | None:
        plans = self._plans(matchers)
        if not plans or any(_is_open(plan) for plan in plans):
            return None
        found = {one.column: None for plan in plans for one in plan.series if one.column is not None}
        return (*found, *self._off)

    def _candidates(self, matcher: Matcher) -> Iterable[MonitorPlan]:
        """The plans that a matcher may fit by the monitor's name: thousands of exceptions name one monitor each."""
        names = matcher.monitor
        if names is None or any(map(is_glob, names)):
            return self.graph.monitors
        return (plan for name in dict.fromkeys(names) for plan in self._by_name.get(name, ()))

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[MonitorPlan]]:
        found: dict[str, list[MonitorPlan]] = {}
        for plan in self.graph.monitors:
            for name in {plan.name, plan.name.partition(".")[0]}:
                found.setdefault(name, []).append(plan)
        return found

    @cached_property
    def _off(self) -> Mapping[str, None]:
        return {one.column: None for one in self.graph.left_out if one.column and one.reason.startswith(OFF)}

    def why_not(self, text: str, matcher: Matcher) -> LeftOut | None:
        """Why a column is not measured, if a monitor that the matcher names left it out."""
        for one in self.graph.left_out:
            names = (one.monitor, one.monitor.partition(".")[0])
            if one.column == text and (matcher.monitor is None or any(fits(name, matcher.monitor) for name in names)):
                return one
        return None


def _is_open(plan: MonitorPlan) -> bool:
    """Whether the columns of a monitor are not known, since its source cannot be opened."""
    return plan.check.takes is Takes.COLUMN and any(one.column is None for one in plan.series)
