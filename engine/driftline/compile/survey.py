"""What a look at the data finds wrong with a configuration: the collector, and the questions that are asked often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driftline.compile.catalog import Catalog, FoundColumn
from driftline.compile.sides import label_source
from driftline.compile.spots import Spot, inside, said, spot
from driftline.config import codes
from driftline.config.document import Document, ModelDefinition
from driftline.config.findings import Findings
from driftline.schema.spelling import hint_for, nearest
from driftline.schema.tree import Path


@dataclass(frozen=True)
class Scope:
    """The columns that a text may name. `open_ended`: there may be more, in labels that cannot be opened."""

    source: str
    columns: Mapping[str, FoundColumn]
    labels: str | None = None
    open_ended: bool = False

    @property
    def where(self) -> str:
        """The sources in words."""
        beside = f", nor of its labels `{self.labels}`" if self.labels is not None and not self.open_ended else ""
        return f"the source `{self.source}`{beside}"


@dataclass(frozen=True)
class Survey:
    """A document, what its sources hold, and what was found.

    `unopened` are sources whose address the environment did not give; `reported` are columns (source, name) that were
    told.
    """

    document: Document
    catalog: Catalog
    findings: Findings
    unopened: frozenset[str] = frozenset()
    reported: set[tuple[str, str]] = field(default_factory=set)

    def spot(self, *paths: Path) -> Spot:
        return spot(self.document, *paths)

    def source_scope(self, name: str) -> Scope | None:
        """The columns of a source; None where it cannot be opened."""
        facts = self.catalog[name]
        return None if facts.failure is not None else Scope(name, facts.columns)

    def model_scope(self, model: ModelDefinition) -> Scope | None:
        """The columns of a model's source and of its labels."""
        scope = self.source_scope(model.source)
        labels = label_source(model, self.catalog)
        if scope is None or labels is None:
            return scope
        facts = self.catalog[labels.source]
        brought = {name: found for name, found in facts.columns.items() if name in labels.columns}
        made = {labels.made.name: labels.made} if labels.made is not None else {}
        columns = {**scope.columns, **brought, **made}
        return Scope(scope.source, columns, labels.source, open_ended=facts.failure is not None)

    def column(self, scope: Scope | None, name: str, at: Spot, *, warn: bool = False) -> FoundColumn | None:
        """A column by its name; reported where it is not there."""
        if scope is None or name in scope.columns:
            return scope.columns[name] if scope is not None else None
        if not scope.open_ended:
            self.lacks(scope, name, at, warn=warn)
        return None

    def lacks(self, scope: Scope, name: str, at: Spot, *, warn: bool = False, hint: str | None = None) -> None:
        """Report a column that is not there; `hint` is said where no other name is near."""
        self.reported.add((scope.source, name))
        report = self.findings.warning if warn else self.findings.error
        message = f"{said(name, at)} is no column of {scope.where}"
        meant = hint_for(name, scope.columns, "column") if hint is None or nearest(name, scope.columns) else hint
        report(codes.NO_SUCH_COLUMN, message, at, meant)

    def sql(self, scope: Scope | None, sql: str, at: Spot) -> bool:
        """Whether all columns of an SQL text are there; each that is not is reported at its place."""
        from driftline.checks.business._expression import columns_in

        if scope is None:
            return False
        fits = not scope.open_ended
        for column in columns_in(sql):
            name = column.message
            if name not in scope.columns and not scope.open_ended:
                self.lacks(scope, name, inside(at, sql, column.start, column.width))
                fits = False
        return fits

    def condition(self, scope: Scope | None, sql: str, at: Spot) -> None:
        """A condition over one row: its columns are there, and it is true or false for their types."""
        if scope is None or not self.sql(scope, sql, at):
            return
        reason = unusable(sql, scope.columns)
        if reason is not None:
            hint = "compare columns with values of their own type, so that it is true or false"
            self.findings.error(codes.UNUSABLE_CONDITION, f"the condition cannot be evaluated: {reason}", at, hint)


def unusable(sql: str, columns: Mapping[str, FoundColumn]) -> str | None:
    """Why a condition cannot be evaluated on columns of these types; None where it can, or that cannot be told.

    It is tried on no rows, with one type for all that a check reads alike; times are left out, since a literal may be
    written for one with a zone or without.
    """
    import polars as pl

    from driftline.checks.base import ColumnType

    types = {
        ColumnType.NUMERIC: pl.Float64(),
        ColumnType.CATEGORICAL: pl.String(),
        ColumnType.BOOLEAN: pl.Boolean(),
    }
    try:
        condition = pl.sql_expr(sql)
        read = [columns[name] for name in condition.meta.root_names() if name in columns]
        if any(found.unknown or found.type not in types for found in read):
            return None
        schema = {found.name: types[found.type] for found in read if found.type is not None}
        found = pl.DataFrame(schema=schema).select(condition.alias("condition")).schema["condition"]
    except pl.exceptions.PolarsError as error:
        return str(error).strip().split("\n", 1)[0][:300]
    return None if found in (pl.Boolean, pl.Null) else f"it is {found}, which is neither true nor false"
