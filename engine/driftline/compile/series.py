"""A binding -> its series: which columns or classes it measures, through which profiles, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from driftline.checks.base import Check, Column, Subject, Takes
from driftline.compile.bindings import Binding
from driftline.compile.catalog import FoundColumn
from driftline.compile.graph import LABELLED, BaselinePlan, LeftOut, SeriesPlan
from driftline.compile.select import EACH, ChosenColumn, columns_of, definition_of
from driftline.compile.sides import (
    available,
    found_column,
    joined_columns,
    needed_columns,
    numeric_roles,
    role_failure,
    type_failure,
    unlike,
)
from driftline.compile.view import View
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts

TOO_FEW = "columns or more at once, and can measure"  # of a check that looks at many


@dataclass(frozen=True)
class SeriesMaker:
    """Makes the series of one binding, given what its checks see and the baseline that it reads."""

    binding: Binding
    view: View
    baseline: BaselinePlan | None
    groups_elsewhere: frozenset[str] = frozenset()  # names of column groups that other models declare
    only: frozenset[str | None] | None = None  # of the columns that are selected, those to make series of

    def series(self, left_out: list[LeftOut]) -> Iterable[SeriesPlan]:
        """The series before slicing; columns that a selection reached in vain go to `left_out`."""
        check, subject = self.binding.check, self.view.subject
        if self.binding.sql is not None:
            subject = replace(subject, sql=self.binding.sql)
        if check.takes is Takes.COLUMNS:
            yield from self._together(subject, left_out)
            return
        if check.takes is not Takes.COLUMN:
            unnamed = self.binding.monitor.classes == EACH and check.per_class and self._classes() == (None,)
            if unnamed and self.view.facts.failure is None:
                remedy = "classes: each needs roles.score as a map of class to column; name the classes instead"
                yield SeriesPlan(subject, why=self.binding.why, failure=remedy)
                return
            for class_ in self._classes():
                via = f"class: {class_}" if class_ is not None else ""
                yield self._one(replace(subject, class_=class_), None, class_, via)
            return
        columns, failure = self._columns(), self.view.facts.failure
        if not columns and failure is not None:
            # Which columns there would be is in the data: the monitor as a whole cannot be judged.
            yield SeriesPlan(subject, why=self.binding.why, failure=failure)
        for chosen in columns:
            if self.only is not None and chosen.name not in self.only:
                continue
            column = self.view.column(chosen.name)
            reason = self._unfit(column)
            if reason is not None and not (chosen.named and self.binding.named):
                left_out.append(LeftOut(self.binding.name, self.binding.subject, chosen.name, reason))
                continue
            one = self._one(replace(subject, column=column), chosen.name, None, f"columns: {chosen.via}")
            named = chosen.named and self.binding.named
            is_new = bool(one.baseline_failure and one.lacking and not named)
            yield replace(one, is_new=is_new, selected=not chosen.named)

    def _together(self, subject: Subject, left_out: list[LeftOut]) -> Iterable[SeriesPlan]:
        """One series over all columns that were selected and can be measured, on both sides."""
        check, binding, chosen = self.binding.check, self.binding, self._columns()
        vias = ", ".join(dict.fromkeys(one.via for one in chosen))
        why = "; ".join(part for part in (binding.why, f"columns: {vias}") if part)
        if not chosen and self.view.facts.failure is not None:
            yield SeriesPlan(subject, why=why, failure=self.view.facts.failure)
            return
        kept: list[Column] = []
        for one in chosen:
            column, named = self.view.column(one.name), one.named and binding.named
            reason = self._unfit(column) or (None if named else self._unreadable(column))
            if reason is None:
                kept.append(column)
            elif named:
                yield SeriesPlan(subject, why=why, failure=reason)
                return
            else:
                left_out.append(LeftOut(binding.name, binding.subject, one.name, reason))
        if len(kept) < check.least_columns:
            reason = f"{check.kind} looks at {check.least_columns} {TOO_FEW} {len(kept)}"
            left_out.append(LeftOut(binding.name, binding.subject, None, reason))
        else:
            yield replace(self._one(replace(subject, selected=tuple(kept)), None, None, ""), why=why)

    def _unfit(self, column: Column) -> str | None:
        """Why the check cannot measure a column."""
        check = self.binding.check
        if column.type not in check.column_types:
            return f"{check.kind} cannot measure {column.type} columns"
        return check.unfit(column) or _private(check, column)

    def _unreadable(self, column: Column) -> str | None:
        """Why a column cannot be read on one of the sides."""
        own, labels, catalog = self.binding.source, self.view.labels, self.view.catalog
        for source in dict.fromkeys((own, self.baseline.source if self.baseline is not None else own)):
            found = available([column.name], source, labels, catalog)
            if found.lacking:
                return found.failure
            failure = self._type_failure(column, source, held=self.binding.check.needs_baseline)
            if failure is not None:
                return failure
        return None

    def _columns(self) -> tuple[ChosenColumn, ...]:
        binding, facts = self.binding, self.view.facts
        texts = binding.monitor.columns or binding.check.default_columns
        if binding.model is None:
            names = tuple(facts.columns) if binding.monitor.columns is None else texts
            return tuple(ChosenColumn(name, True, name) for name in names if name != facts.timestamp)
        return columns_of(texts, binding.model, facts, self.groups_elsewhere)

    def _classes(self) -> tuple[str | None, ...]:
        """The classes of `classes:`; `each` is every class that has a score column."""
        wanted, model = self.binding.monitor.classes, self.binding.model
        if not wanted or not self.binding.check.per_class or model is None:
            return (None,)
        if wanted != EACH:
            return wanted
        return tuple(self.view.scores) or (None,)

    def _one(self, subject: Subject, column: str | None, class_: str | None, via: str) -> SeriesPlan:
        """A series with its profiles, and why either side cannot be read."""
        check, source = self.binding.check, self.binding.source
        why = "; ".join(part for part in (self.binding.why, via) if part)
        if subject.column is not None and subject.column.type not in check.column_types:
            misfit = f"{check.kind} cannot measure {column}, a {subject.column.type} column"
            return SeriesPlan(subject, column, class_, why=why, failure=misfit)
        if subject.column is not None and (hidden := _private(check, subject.column)) is not None:
            return SeriesPlan(subject, column, class_, why=why, failure=hidden)
        needs = check.needs(subject)
        names = needed_columns(needs.values())
        needs = {**needs, **self._labelled(names, subject)}
        taught = check.baseline_needs(subject) if check.learns else None
        failure, lacking = self._failure(source, names, subject)
        if failure is not None:
            return SeriesPlan(subject, column, class_, why=why, failure=failure, lacking=lacking)
        other = self.baseline.source if self.baseline is not None else source
        behind, lacking = None, ()
        if taught is not None:
            behind, lacking = self._failure(other, needed_columns(taught.values()), subject)
        elif other != source:
            behind, lacking = self._failure(other, names, subject)
        return SeriesPlan(
            subject, column, class_, needs, why, baseline_failure=behind, lacking=lacking, baseline_needs=taught
        )

    def _labelled(self, names: Iterable[str], subject: Subject) -> dict[str, ProfileSpec]:
        """What counts the rows that have a label, where the check reads labels and does not count them itself."""
        joined = joined_columns(names, self.binding.source, self.view.labels, self.view.catalog)
        if not joined or "target" in self.binding.check.needs_roles:
            return {}
        target = subject.roles.get("target")
        return {LABELLED: Counts(target.name if target is not None and target.name in joined else min(joined))}

    def _failure(
        self, source: str, names: Iterable[str], subject: Subject
    ) -> tuple[str | None, tuple[tuple[str, str], ...]]:
        """Why these columns cannot be read on a side: not there, or of another type than they should be."""
        names = set(names)
        found = available(names, source, self.view.labels, self.view.catalog)
        if found.failure is not None:
            return found.failure, found.lacking
        compared = self.binding.check.needs_baseline  # what only counts rows measures text and numbers alike
        for role, name in numeric_roles(subject) if compared or subject.column is None else ():
            failure = role_failure(role, name, self._found(name, source), source) if name in names else None
            if failure is not None:
                return failure, ()
        for column in (subject.column, *subject.selected, *subject.roles.values()):
            if column is None or column.name not in names:
                continue
            held = compared and (column is subject.column or column in subject.selected)
            failure = self._type_failure(column, source, held=held)
            if failure is not None:
                return failure, ()
        return None, ()

    def _type_failure(self, column: Column, source: str, *, held: bool) -> str | None:
        """Why a column is not what it should be; `held` says that it is held against that of the other side."""
        found = self._found(column.name, source)
        failure = type_failure(column, found, source)
        if failure is not None or not held or source == self.binding.source:
            return failure
        stated = definition_of(column.name, self.binding.model.columns) if self.binding.model else None
        return unlike(column, found, source) if stated is None or stated.type is None else None

    def _found(self, name: str, source: str) -> FoundColumn | None:
        return found_column(name, source, self.view.labels, self.view.catalog)


def _private(check: Check, column: Column) -> str | None:
    """Why a private column is not measured: the reading would be one of its values."""
    if not (column.private and check.shows_values):
        return None
    return f"{check.kind} of {column.name} would show a value of it, and the column is private"
