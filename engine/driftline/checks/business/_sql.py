"""A metric's SQL, taken apart: aggregates that profiles hold, and arithmetic over them.

The rows' side (arguments and filters of the aggregates) stays SQL and is evaluated by Polars; what it may hold is
listed here, so that a mistake is found, at its place, before any data is read. Nothing here imports Polars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from driftline.checks.business._aggregates import Aggregate, aggregate_of, instead_of
from driftline.checks.business._arithmetic import (
    Case,
    Coalesce,
    Constant,
    IsNull,
    Logic,
    Missing,
    Node,
    NullIf,
    Number,
    Operation,
    Reference,
)
from driftline.checks.business._expression import DIALECT, SqlError, failure, parse, validate_expression
from driftline.checks.business._quotients import as_quotient
from driftline.checks.quotient import Quotient
from driftline.checks.reading import finite, no_rows
from driftline.model import NoData, Reading

if TYPE_CHECKING:
    from sqlglot import exp

    from driftline.profiles.base import Profile, ProfileSpec

__all__ = ["ParsedMetric", "SqlError", "parse_metric", "validate_expression"]

OPERATIONS = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Mod": "remainder",
    "Neg": "negate",
    "Abs": "abs",
    "Round": "round",
    "Ln": "ln",
    "Exp": "exp",
    "Sqrt": "sqrt",
    "Greatest": "greatest",
    "Least": "least",
    "Paren": "same",
    "Not": "not",
    "EQ": "equal",
    "NEQ": "unequal",
    "LT": "less",
    "LTE": "at most",
    "GT": "more",
    "GTE": "at least",
}


@dataclass(frozen=True)
class ParsedMetric:
    """A metric's SQL as `arithmetic` over `aggregates` (as written -> aggregate)."""

    sql: str
    aggregates: Mapping[str, Aggregate]
    arithmetic: Node

    def columns(self) -> frozenset[str]:
        """The columns that are read."""
        return frozenset(name for spec in self.specs().values() for name in spec.columns())

    def growths(self) -> dict[str, float | None]:
        """How each aggregate grows with the length of time, by the aggregate as written."""
        known = {"rows": 1.0, "sum": 1.0, "distinct": None}
        return {text: known.get(aggregate.function, 0.0) for text, aggregate in self.aggregates.items()}

    def specs(self) -> dict[str, ProfileSpec]:
        """The profile of each aggregate, by the aggregate as written."""
        return {text: aggregate.spec() for text, aggregate in self.aggregates.items()}

    def evaluate(self, profiles: Mapping[str, Profile]) -> Reading:
        """The metric from its profiles; the bound is what the aggregates' own bounds make of it."""
        rows = max(profiles[text].rows for text in self.aggregates)
        if rows == 0:
            return no_rows()
        read = {text: aggregate.read(profiles[text]) for text, aggregate in self.aggregates.items()}
        given: dict[str, Number] = {text: value for text, (value, _) in read.items()}
        value = self.arithmetic.value(given)
        if isinstance(value, Missing):
            return NoData(value.reason, rows=rows)
        bounds = {text: bound for text, (_, bound) in read.items() if bound > 0}
        return finite(value, bound=self._bound(value, given, bounds), rows=rows)

    def quotient(self, profiles: Mapping[str, Profile]) -> Quotient | str:
        """The metric as a quotient of sums over rows, or as such a sum; else why it is none."""
        sums = {text: one.sums(profiles[text]) for text, one in self.aggregates.items()}
        found = as_quotient(self.arithmetic, sums)
        return found if found is not None else f"{self.sql} is not a quotient of sums over rows"

    def _bound(self, value: float, given: Mapping[str, Number], bounds: Mapping[str, float]) -> float | None:
        """How far the value may move when each aggregate moves by its bound; None when it may lose its value."""
        total = 0.0
        for text, bound in bounds.items():
            around = given[text]
            if isinstance(around, Missing):
                continue
            moved = [self.arithmetic.value({**given, text: around + step}) for step in (-bound, bound)]
            steps = [abs(end - value) for end in moved if not isinstance(end, Missing)]
            if len(steps) < len(moved):
                return None
            total += max(steps)
        return total


@lru_cache(maxsize=1024)
def parse_metric(sql: str) -> ParsedMetric:
    """Take a metric apart; raises `SqlError` where it is not arithmetic over aggregates that merge."""
    aggregates: dict[str, Aggregate] = {}
    try:
        arithmetic = _Outer(sql, aggregates).node(parse(sql))
    except RecursionError as error:
        raise SqlError("the SQL is nested too deeply") from error
    if not aggregates:
        raise SqlError("a metric needs an aggregate, for example SUM(column) / COUNT(*)")
    return ParsedMetric(sql, aggregates, arithmetic)


class _Outer:
    """The part outside of the aggregates, turned into arithmetic; the aggregates are collected on the way."""

    def __init__(self, sql: str, aggregates: dict[str, Aggregate]) -> None:
        self.sql, self.aggregates = sql, aggregates

    def node(self, part: exp.Expr) -> Node:
        from sqlglot import exp

        kind = type(part).__name__
        if kind in OPERATIONS and not (kind == "Round" and len(list(part.iter_expressions())) > 2):
            return Operation(OPERATIONS[kind], self._parts(part), part.sql(DIALECT, comments=False))
        if isinstance(part, exp.Literal) and not part.is_string:
            return Constant(float(part.this))
        if isinstance(part, exp.AggFunc | exp.Filter | exp.WithinGroup) and kind not in ("Greatest", "Least"):
            return self._aggregate(part)
        if isinstance(part, exp.Cast) and part.to.is_type(*exp.DataType.REAL_TYPES):
            return self.node(part.this)
        return self._logic(part)

    def _parts(self, part: exp.Expr) -> tuple[Node, ...]:
        return tuple(self.node(child) for child in part.iter_expressions())

    def _logic(self, part: exp.Expr) -> Node:
        from sqlglot import exp

        if isinstance(part, exp.Null):
            return Constant(Missing("it is NULL"))
        if isinstance(part, exp.Coalesce):
            return Coalesce(self._parts(part))
        if isinstance(part, exp.Nullif):
            return NullIf(self.node(part.this), self.node(part.expression), part.sql(DIALECT, comments=False))
        if isinstance(part, exp.And | exp.Or):
            return Logic(float(isinstance(part, exp.Or)), self._parts(part))
        if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null):
            return IsNull(self.node(part.this))
        if isinstance(part, exp.Case) and part.this is None:
            branches = tuple((self.node(one.this), self.node(one.args["true"])) for one in part.args["ifs"])
            default = part.args.get("default")
            return Case(branches, self.node(default) if default is not None else _NULL)
        if isinstance(part, exp.If):
            default = part.args.get("false")
            branches = ((self.node(part.this), self.node(part.args["true"])),)
            return Case(branches, self.node(default) if default is not None else _NULL)
        raise self._refusal(part)

    def _aggregate(self, part: exp.Expr) -> Reference:
        text = part.sql(DIALECT, comments=False)
        self.aggregates[text] = aggregate_of(part, text)
        return Reference(text)

    def _refusal(self, part: exp.Expr) -> SqlError:
        from sqlglot import exp

        if isinstance(part, exp.Window):
            start = re.compile(r"\bOVER\b", re.IGNORECASE).search(self.sql, failure(part, "").start)
            where = (start.start(), 4) if start else (0, 1)
            remedy = "what came before is compared with by `baseline` and `compare`"
            return SqlError("OVER is not possible in a metric: profiles know no order of rows", *where, remedy)
        if isinstance(part, exp.Query | exp.Subquery):
            found = re.compile(r"\bSELECT\b", re.IGNORECASE).search(self.sql)
            return SqlError("a sub-query is not possible in a metric", found.start() if found else 0, 6)
        if isinstance(part, exp.Column):
            name = part.sql(DIALECT, comments=False)
            return failure(part, f"the column {name} stands outside of an aggregate; write for example AVG({name})")
        if isinstance(part, exp.Anonymous):
            return failure(part, f"there is no aggregate {part.name}", instead_of(part, part.name))
        return failure(part, f"{part.sql(DIALECT, comments=False).split('(')[0]} is not possible around aggregates")


_NULL = Constant(Missing("no branch of CASE applies"))
