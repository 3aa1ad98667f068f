"""A model or source as its checks see it, beside one baseline: made once for all monitors that share these.

Thousands of monitors look at the same few models; what they see costs a walk over every column of both sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from driftline.checks.base import Column, Subject
from driftline.compile.catalog import Catalog, FoundColumn, SourceFacts
from driftline.compile.select import column_of, features_of, role_columns, score_columns
from driftline.compile.sides import LabelSource, found_column, label_source
from driftline.config.document import ModelDefinition
from driftline.globs import is_glob


@dataclass(frozen=True)
class View:
    """What is known of a source, the model on it (None: the source alone), its labels, and the baseline's source."""

    catalog: Catalog
    model: ModelDefinition | None
    source: str
    baseline: str | None = None  # the source that is the baseline, or that the baseline is read from
    _columns: dict[str, Column] = field(default_factory=dict)

    @cached_property
    def labels(self) -> LabelSource | None:
        return label_source(self.model, self.catalog)

    @cached_property
    def facts(self) -> SourceFacts:
        """The source's columns; one that holds nothing is of the type that it has in the baseline."""
        facts = self.catalog[self.source]
        known = self.catalog[self.baseline].columns if self.baseline is not None else {}
        typed = {
            name: FoundColumn(name, known[name].type, found.data_type) if found.unknown and name in known else found
            for name, found in facts.columns.items()
        }
        return replace(facts, columns=typed)

    def column(self, name: str) -> Column:
        """A column as the model declares it, with the type of the data where none is declared."""
        if name not in self._columns:
            self._columns[name] = column_of(name, self.model, self._found(name))
        return self._columns[name]

    def _found(self, name: str) -> FoundColumn | None:
        """A column of the source, or of its labels."""
        found = found_column(name, self.source, self.labels, self.catalog)
        return self.facts.columns.get(name, found) if found is not None and found.unknown else found

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The model's features; none of a source."""
        return features_of(self.model, self.facts) if self.model is not None else ()

    @cached_property
    def subject(self) -> Subject:
        """What a check is told of the model and of the columns of both sides."""
        model, facts, listed = self.model, self.facts, self._read
        columns = tuple(
            column_of(name, None, found) for name, found in facts.columns.items() if listed is None or name in listed
        )
        subject = Subject(timestamp=facts.timestamp, columns=columns, baseline_columns=self._reference())
        if model is None:
            return subject
        scores = self.scores
        read = {*self.features, *role_columns(model).values(), *scores.values()} - {model.roles.target}
        stated = (d for d in model.columns if d.type and not is_glob(d.pattern))
        return replace(
            subject,
            roles={role: self.column(name) for role, name in role_columns(model).items()},
            scores=scores,
            task=model.task,
            positive=model.positive,
            expected=tuple(sorted(name for name in read if name is not None)),
            declared=tuple(column_of(d.pattern, model, None) for d in stated),
        )

    @cached_property
    def scores(self) -> Mapping[str, str]:
        """Class -> score column: of a glob also columns that only the baseline has, so that a lost class shows."""
        if self.model is None:
            return {}
        before = self.catalog[self.baseline].columns if self.baseline is not None else {}
        return score_columns(self.model, dict.fromkeys((*self.facts.columns, *before)))

    def _reference(self) -> tuple[Column, ...] | None:
        """The columns of another source that is the baseline, without what only becomes known later."""
        base = self.baseline
        if base is None or base == self.source:
            return None
        later = self.labels.columns if self.labels else frozenset()
        columns = self.catalog[base].columns
        kept = (name for name in columns if name not in later and (self._read is None or name in self._read))
        return tuple(column_of(name, None, columns[name]) for name in kept)

    @cached_property
    def _read(self) -> frozenset[str] | None:
        """The columns that a model with listed features reads; None where it takes what there is."""
        model, facts = self.model, self.facts
        if model is None or model.features.include is None or "*" in model.features.include:
            return None
        stated = {definition.pattern for definition in model.columns}
        own = {*self.features, *role_columns(model).values(), *score_columns(model, facts.columns).values()}
        return frozenset(own | stated | ({facts.timestamp} if facts.timestamp else set()))
