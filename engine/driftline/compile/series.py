"""A binding -> its series: which columns or classes it measures, through which profiles, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from driftline.checks.base import Column, Subject, Takes
from driftline.compile.bindings import Binding
from driftline.compile.catalog import Catalog, FoundColumn, SourceFacts
from driftline.compile.graph import BaselinePlan, LeftOut, SeriesPlan
from driftline.compile.select import (
    EACH,
    ChosenColumn,
    column_of,
    columns_of,
    features_of,
    is_glob,
    role_columns,
    score_columns,
)
from driftline.compile.sides import LabelSource, available, found_column, needed_columns, type_failure


@dataclass(frozen=True)
class SeriesMaker:
    """Makes the series of one binding, given the labels and the baseline that it reads."""

    binding: Binding
    catalog: Catalog
    labels: LabelSource | None
    baseline: BaselinePlan | None
    groups_elsewhere: frozenset[str] = frozenset()  # names of column groups that other models declare

    @cached_property
    def facts(self) -> SourceFacts:
        """The source's columns; one that holds nothing is of the type that it has in the baseline."""
        facts = self.catalog[self.binding.source]
        known = self.catalog[self.baseline.source].columns if self.baseline is not None else {}
        typed = {
            name: FoundColumn(name, known[name].type, found.data_type) if found.unknown and name in known else found
            for name, found in facts.columns.items()
        }
        return replace(facts, columns=typed)

    def series(self, left_out: list[LeftOut]) -> Iterable[SeriesPlan]:
        """The series before slicing; columns that a selection reached in vain go to `left_out`."""
        check, subject = self.binding.check, self.subject()
        if check.takes is not Takes.COLUMN:
            unnamed = self.binding.monitor.classes == EACH and check.per_class and self._classes() == (None,)
            if unnamed and self.facts.failure is None:
                remedy = "classes: each needs roles.score as a map of class to column; name the classes instead"
                yield SeriesPlan(subject, why=self.binding.why, failure=remedy)
                return
            for class_ in self._classes():
                via = f"class: {class_}" if class_ is not None else ""
                yield self._one(replace(subject, class_=class_), None, class_, via)
            return
        columns, failure = self._columns(), self.facts.failure
        if not columns and failure is not None:
            # Which columns there would be is in the data: the monitor as a whole cannot be judged.
            yield SeriesPlan(subject, why=self.binding.why, failure=failure)
        for chosen in columns:
            column = column_of(chosen.name, self.binding.model, self._found(chosen.name))
            fits = column.type in check.column_types
            reason = check.unfit(column) if fits else f"{check.kind} cannot measure {column.type} columns"
            if reason is not None and not (chosen.named and self.binding.named):
                left_out.append(LeftOut(self.binding.name, self.binding.subject, chosen.name, reason))
                continue
            yield self._one(replace(subject, column=column), chosen.name, None, f"columns: {chosen.via}")

    def _columns(self) -> tuple[ChosenColumn, ...]:
        binding, facts = self.binding, self.facts
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
        return tuple(score_columns(model, self.facts.columns)) or (None,)

    def _found(self, name: str) -> FoundColumn | None:
        """A column of the source, or of its labels."""
        found = found_column(name, self.binding.source, self.labels, self.catalog)
        return self.facts.columns.get(name, found) if found is not None and found.unknown else found

    def subject(self) -> Subject:
        """What the check is told of the model and of the columns of both sides."""
        model, facts = self.binding.model, self.facts
        listed = self._read()
        columns = tuple(
            column_of(name, None, found) for name, found in facts.columns.items() if listed is None or name in listed
        )
        subject = Subject(
            timestamp=facts.timestamp, columns=columns, baseline_columns=self._reference(), sql=self.binding.sql
        )
        if model is None:
            return subject
        roles = {role: column_of(name, model, self._found(name)) for role, name in role_columns(model).items()}
        scores = score_columns(model, facts.columns)
        read = {*features_of(model, facts), *role_columns(model).values(), *scores.values()} - {model.roles.target}
        stated = (d for d in model.columns if d.type and not is_glob(d.pattern))
        return replace(
            subject,
            roles=roles,
            scores=scores,
            task=model.task,
            positive=model.positive,
            expected=tuple(sorted(name for name in read if name is not None)),
            declared=tuple(column_of(d.pattern, model, None) for d in stated),
        )

    def _reference(self) -> tuple[Column, ...] | None:
        """The columns of another source that is the baseline, without what only becomes known later."""
        base = self.baseline.source if self.baseline is not None else None
        if base is None or base == self.binding.source:
            return None
        later = self.labels.columns if self.labels else frozenset()
        columns = self.catalog[base].columns
        read = self._read()
        kept = (name for name in columns if name not in later and (read is None or name in read))
        return tuple(column_of(name, None, columns[name]) for name in kept)

    def _read(self) -> frozenset[str] | None:
        """The columns that a model with listed features reads; None where it takes what there is."""
        model, facts = self.binding.model, self.facts
        if model is None or model.features.include is None or "*" in model.features.include:
            return None
        stated = {definition.pattern for definition in model.columns}
        own = {*features_of(model, facts), *role_columns(model).values(), *score_columns(model, facts.columns).values()}
        return frozenset(own | stated | ({facts.timestamp} if facts.timestamp else set()))

    def _one(self, subject: Subject, column: str | None, class_: str | None, via: str) -> SeriesPlan:
        """A series with its profiles, and why either side cannot be read."""
        check, source = self.binding.check, self.binding.source
        why = "; ".join(part for part in (self.binding.why, via) if part)
        if subject.column is not None and subject.column.type not in check.column_types:
            misfit = f"{check.kind} cannot measure {column}, a {subject.column.type} column"
            return SeriesPlan(subject, column, class_, why=why, failure=misfit)
        needs = check.needs(subject)
        names = needed_columns(needs.values())
        failure = self._failure(source, names, subject)
        if failure is not None:
            return SeriesPlan(subject, column, class_, why=why, failure=failure)
        other = self.baseline.source if self.baseline is not None else source
        behind = self._failure(other, names, subject) if other != source else None
        return SeriesPlan(subject, column, class_, needs, why, baseline_failure=behind)

    def _failure(self, source: str, names: Iterable[str], subject: Subject) -> str | None:
        """Why these columns cannot be read on a side: not there, or of another type than they should be."""
        names = set(names)
        found = available(names, source, self.labels, self.catalog)
        if found.failure is not None:
            return found.failure
        for column in (subject.column, *subject.roles.values()):
            if column is None or column.name not in names:
                continue
            failure = type_failure(column, found_column(column.name, source, self.labels, self.catalog), source)
            if failure is not None:
                return failure
        return None
