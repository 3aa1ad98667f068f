"""Where a series' columns come from (the scanned source, its labels, or nowhere), and are they of the right type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from driftline.checks.base import Column, ColumnType, Subject
from driftline.compile.catalog import Catalog, FoundColumn, SourceFacts
from driftline.compile.request import LabelRelation
from driftline.config.document import ModelDefinition
from driftline.model import Duration
from driftline.profiles.base import ProfileSpec

NUMBERS = (ColumnType.NUMERIC, ColumnType.DATETIME)
NUMERIC_ROLES = ("score", "weight", "latency")
NUMERIC_BY_TASK = {"regression": ("prediction", "target"), "ranking": ("target",)}
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


@dataclass(frozen=True)
class LabelSource:
    """The labels that a model's rows can be joined to, and the columns that they bring."""

    scored: str  # the source whose rows they belong to
    source: str
    id: str
    key: str
    columns: frozenset[str]
    keep: str
    absent: tuple[str, str] | None = None  # (target, its value where no label came)
    present: tuple[str, str] | None = None  # (target, its value where one came), where the source has no such column
    limit: Duration | None = None  # `max_delay`, where it is said

    @property
    def made(self) -> FoundColumn | None:
        """The target, where a label says it by being there."""
        if self.present is None:
            return None
        target, value = self.present
        kind = type_of_values([value, self.absent[1]] if self.absent else [value])
        return FoundColumn(target, kind, kind.value)

    def relation(self, columns: Iterable[str]) -> LabelRelation:
        brought = {assumed[0] for assumed in (self.absent, self.present) if assumed is not None}
        wanted = tuple(sorted({*columns, *brought}))
        return LabelRelation(self.source, self.id, self.key, wanted, self.keep, self.absent, self.present, self.limit)


def label_source(model: ModelDefinition | None, catalog: Catalog) -> LabelSource | None:
    """A model's labels: what its source has under the same name is only a stand-in, but for the id."""
    if model is None or model.labels is None or model.roles.id is None:
        return None
    facts = catalog[model.labels.source]
    key = model.labels.key or model.roles.id
    own = set(catalog[model.source].columns)
    brought = {name for name in facts.columns if name not in (key, facts.timestamp) and name not in own}
    target = model.roles.target
    absent = present = None
    if target is not None:
        brought.add(target)
        absent = (target, model.labels.absent) if model.labels.absent is not None else None
        if model.labels.present is not None and target not in facts.columns:
            present = (target, model.labels.present)
    return LabelSource(
        model.source,
        model.labels.source,
        model.roles.id,
        key,
        frozenset(brought),
        model.labels.keep,
        absent,
        present,
        model.labels.max_delay if facts.timestamp is not None else None,
    )


def type_of_values(values: Iterable[str]) -> ColumnType:
    """What values that a configuration says are, all of them: numbers, true and false, or classes."""
    values = tuple(values)
    if all(_NUMBER.fullmatch(value) for value in values):
        return ColumnType.NUMERIC
    truths = all(value.lower() in ("true", "false") for value in values)
    return ColumnType.BOOLEAN if truths else ColumnType.CATEGORICAL


@dataclass(frozen=True)
class Availability:
    """Whether columns can be read on one side; `labels` are those that come by the join.

    `lacking` are the columns that are not there, each with the source that should have it.
    """

    failure: str | None = None
    labels: frozenset[str] = frozenset()
    lacking: tuple[tuple[str, str], ...] = ()


def joined_columns(names: Iterable[str], source: str, labels: LabelSource | None, catalog: Catalog) -> frozenset[str]:
    """The names that come from labels: on the scored source all that they bring, elsewhere what is lacking."""
    facts = catalog[source]
    if labels is None or labels.id not in facts.columns:
        return frozenset()
    own_first = source != labels.scored
    return frozenset(n for n in names if n in labels.columns and not (own_first and n in facts.columns))


def available(names: Iterable[str], source: str, labels: LabelSource | None, catalog: Catalog) -> Availability:
    """Find columns on one side: the source's own, or its labels'."""
    facts = catalog[source]
    if facts.failure is not None:
        return Availability(facts.failure)
    names = sorted(names)
    joined = joined_columns(names, source, labels, catalog)
    if joined and labels is not None:
        unlabelled = _label_failure(joined, labels, catalog[labels.source])
        if unlabelled is not None:
            return unlabelled
    waiting = [n for n in names if labels is not None and n in labels.columns and n not in facts.columns]
    if waiting and labels is not None and labels.id not in facts.columns:
        at = f"source {source} has no column {labels.id}{_did_you_mean(labels.id, facts)}"
        return Availability(f"{at} (roles.id), by which labels are joined", lacking=((source, labels.id),))
    missing = [n for n in names if n not in facts.columns and n not in joined]
    if missing:
        failure = f"source {source} has no column {missing[0]}{_did_you_mean(missing[0], facts)}"
        return Availability(failure, joined, tuple((source, name) for name in missing))
    return Availability(None, joined)


def _label_failure(joined: frozenset[str], labels: LabelSource, facts: SourceFacts) -> Availability | None:
    if facts.failure is not None:
        return Availability(facts.failure, joined)
    made = {labels.made.name} if labels.made is not None else set()
    missing = [name for name in (labels.key, *sorted(joined - made)) if name not in facts.columns]
    if not missing:
        return None
    failure = f"label source {labels.source} has no column {missing[0]}{_did_you_mean(missing[0], facts)}"
    return Availability(failure, joined, tuple((labels.source, name) for name in missing))


def _did_you_mean(name: str, facts: SourceFacts) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, facts.columns, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def found_column(name: str, source: str, labels: LabelSource | None, catalog: Catalog) -> FoundColumn | None:
    """A column as the data has it, on the source itself or its labels."""
    if labels is not None and joined_columns([name], source, labels, catalog):
        made = labels.made
        return made if made is not None and made.name == name else catalog[labels.source].columns.get(name)
    return catalog[source].columns.get(name)


def type_failure(column: Column, found: FoundColumn | None, source: str) -> str | None:
    """Why the data's type cannot be what the column is said to be; None when it can."""
    if found is None or found.unknown:
        return None
    if found.type is None:
        return f"column {column.name} of source {source} is {found.data_type}, which no check can read"
    if column.type in NUMBERS and found.type not in (*NUMBERS, ColumnType.BOOLEAN):
        remedy = f"convert it, or declare columns: {{{column.name}: {{type: {found.type}}}}}"
        return f"column {column.name} should be {column.type} but is {found.data_type} in source {source}; {remedy}"
    return None


def unlike(column: Column, found: FoundColumn | None, source: str) -> str | None:
    """Why a column that is text in the window cannot be held against what it is in the baseline's source."""
    if found is None or found.unknown or column.type in (*NUMBERS, ColumnType.BOOLEAN) or found.type not in NUMBERS:
        return None
    remedy = f"convert it, or declare columns: {{{column.name}: {{type: {column.type}}}}}"
    return f"column {column.name} is text, but {found.data_type} in source {source}; {remedy}"


def role_failure(role: str, name: str, found: FoundColumn | None, source: str) -> str | None:
    """Why the data's type cannot serve in a role that is read as numbers; None when it can."""
    if found is None or found.unknown or found.type in (*NUMBERS, ColumnType.BOOLEAN):
        return None
    return f"column {name} of source {source} is {found.data_type}, and the role {role} needs numbers; convert it"


def numeric_roles(subject: Subject) -> Iterable[tuple[str, str]]:
    """(role, column) of the roles that are read as numbers."""
    for role in (*NUMERIC_ROLES, *NUMERIC_BY_TASK.get(subject.task or "", ())):
        if role in subject.roles:
            yield role, subject.roles[role].name
    yield from (("score", name) for name in subject.scores.values())


def needed_columns(specs: Iterable[ProfileSpec]) -> frozenset[str]:
    return frozenset(name for spec in specs for name in spec.columns())
