"""SQL in the configuration: conditions that parse, and metrics that are made of what profiles can be merged to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from driftline.config import codes
from driftline.config.codes import Code
from driftline.config.nodes import Scalar
from driftline.schema.semantics.context import Context
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "duckdb"
AGGREGATES = ("SUM", "COUNT", "AVG", "MIN", "MAX", "STDDEV", "VARIANCE", "MEDIAN", "QUANTILE_CONT")
Report = Callable[[Code, str, int, int, str | None], None]  # code, message, offset in the SQL, width, hint


def check_condition(context: Context, sql: str, path: Path) -> None:
    """A `where` parses as one SQL expression."""
    _parse(context, sql, path, "condition")


def check_metric(context: Context, sql: str, path: Path) -> None:
    """A metric parses and is arithmetic over aggregates that merge."""
    root = _parse(context, sql, path, "expression")
    if root is None:
        return
    try:
        _Metric(_reporter(context, sql, path)).value(root)
    except RecursionError:
        context.error(codes.SQL_SYNTAX, "the SQL is nested too deeply", path)


def _parse(context: Context, sql: str, path: Path, what: str) -> exp.Expr | None:
    """The only expression of a text; None when it is none, which is reported."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import ParseError, SqlglotError

    if not context.tree.known(*path):
        return None
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what is reported below
    report = _reporter(context, sql, path)
    try:
        parsed = sqlglot.parse(sql, read=DIALECT)
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        word = str(first.get("highlight") or "")
        end = _offset(sql, int(first.get("line") or 1), int(first.get("col") or 1))
        reason = _reason(str(first.get("description") or ""), word)
        report(codes.SQL_SYNTAX, f"the SQL does not parse: {reason}", max(end - len(word), 0), len(word), None)
        return None
    except (SqlglotError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        reason = "it is nested too deeply" if deep else "a quote is not closed, or a character is not SQL"
        report(codes.SQL_SYNTAX, f"the SQL does not parse: {reason}", 0, 1, None)
        return None
    statements = [statement for statement in parsed if statement is not None]
    if len(statements) != 1:
        says = "the SQL is empty" if not statements else "the SQL holds several statements"
        report(codes.SQL_SYNTAX, says, 0, 1, f"write one {what}")
        return None
    root = statements[0]
    if isinstance(root, exp.Query | exp.DDL | exp.DML | exp.Command | exp.Drop):
        hint = f"write the {what} only, without SELECT, FROM and WHERE"
        report(
            codes.SQL_SYNTAX,
            f"the SQL is a whole statement, not an {what}".replace("an condition", "a condition"),
            0,
            1,
            hint,
        )
        return None
    return root


def _reason(description: str, word: str) -> str:
    """The parser's complaint in plainer words."""
    if description.startswith("Expecting "):
        return f"`{description.removeprefix('Expecting ')}` is expected here"
    if "Required keyword" in description:
        return f"something is missing after `{word}`" if word else "something is missing"
    return f"`{word}` is not expected here" if word else "something is wrong here"


def _offset(sql: str, line: int, column: int) -> int:
    lines = sql.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column


def _reporter(context: Context, sql: str, path: Path) -> Report:
    """Reports at a place inside of the SQL, as far as it can be found in the file."""
    mark = context.tree.marks.get(path)
    node = mark.value if mark is not None and isinstance(mark.value, Scalar) else None

    def report(code: Code, message: str, offset: int, width: int, hint: str | None) -> None:
        if node is None or node.secret:
            plain = "the SQL that the environment gives cannot be used here" if node is not None else message
            context.error(code, plain, path, None)
            return
        context.findings.error(code, message, _spot(context, node, sql, offset, width), hint)

    return report


def _spot(context: Context, node: Scalar, sql: str, offset: int, width: int) -> Scalar:
    """Where a part of a scalar's text stands: the same occurrence of the same text, be the scalar quoted or folded."""
    lines = context.texts.get(node.file, "").split("\n")[node.line - 1 :]
    part = sql[offset : offset + width]
    if not part.strip() or not lines:
        return node
    first = len(lines[0]) + 1 if node.block else node.column - 1
    written = "\n".join(lines)
    found = first - 1
    for _ in range(sql[:offset].count(part) + 1):
        if (found := written.find(part, found + 1)) < 0:
            return node
    line = written.count("\n", 0, found)
    column = found - (written.rfind("\n", 0, found) + 1)
    return context.with_width(node, node.line + line, column + 1, width)


class _Metric:
    """The rules of a metric's SQL, over its syntax tree."""

    def __init__(self, report: Report) -> None:
        from sqlglot import exp

        self.report = report
        self.exp = exp
        self.arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren)
        self.simple = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.Median, exp.PercentileCont)
        self.spread = (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)

    def value(self, node: exp.Expr) -> None:
        """A part outside of every aggregate: arithmetic, a number, or an aggregate."""
        exp = self.exp
        if isinstance(node, self.arithmetic):
            for child in node.iter_expressions():
                self.value(child)
        elif isinstance(node, exp.Filter):
            self.value(node.this)
            self._inside(node.expression)
        elif isinstance(node, self.simple + self.spread):
            self._aggregate(node)
        elif isinstance(node, exp.Literal) and not node.is_string:
            return
        elif isinstance(node, exp.Column | exp.Identifier | exp.Star | exp.Dot):
            hint = f"aggregate it, for example `AVG({node.sql(dialect=DIALECT)})`"
            self._at(node, codes.BARE_COLUMN, f"`{node.sql(dialect=DIALECT)}` stands outside of an aggregate", hint)
        else:
            self._refuse(node)

    def _aggregate(self, node: exp.Expr) -> None:
        for child in node.iter_expressions():
            self._inside(child)

    def _inside(self, node: exp.Expr) -> None:
        """Within an aggregate: anything of one row."""
        exp = self.exp
        for part in node.walk():
            if isinstance(part, exp.Window | exp.Query):
                self._refuse(part)
                return
            if isinstance(part, exp.AggFunc):
                self._at(part, codes.SQL_NOT_ADDITIVE, "an aggregate cannot stand inside of another", None)
                return

    def _refuse(self, node: exp.Expr) -> None:
        exp = self.exp
        listed = f"a metric is made of {', '.join(AGGREGATES)} and arithmetic"
        if isinstance(node, exp.Window):
            self._at(node, codes.SQL_NOT_ADDITIVE, "`OVER` is not possible in a metric", listed)
        elif isinstance(node, exp.Query) or node.find(exp.Query):
            self._at(node, codes.SQL_NOT_ADDITIVE, "a sub-query is not possible in a metric", listed)
        elif isinstance(node, exp.Anonymous):
            meant = nearest(str(node.this), AGGREGATES)
            hint = f"did you mean `{meant}`?" if meant else listed
            self._at(node, codes.SQL_NOT_ADDITIVE, f"there is no aggregate `{node.this}`", hint)
        elif isinstance(node, exp.Nullif | exp.Coalesce):
            hint = "write the division as it is: by zero, the metric has no value, and says so"
            self._at(node, codes.SQL_NOT_ADDITIVE, f"`{node.key.upper()}` is not possible around an aggregate", hint)
        elif isinstance(node, exp.Func):
            self._at(node, codes.SQL_NOT_ADDITIVE, f"`{node.sql_name()}` is not possible in a metric", listed)
        else:
            what = "a comparison" if isinstance(node, exp.Predicate | exp.Connector) else "this"
            self._at(node, codes.SQL_NOT_ADDITIVE, f"{what} is not possible in a metric", listed)

    def _at(self, node: exp.Expr, code: Code, message: str, hint: str | None) -> None:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        ends = [part.meta["end"] for part in node.walk() if part.meta.get("start") == min(starts, default=None)]
        start = min(starts, default=0)
        self.report(code, message, start, max(ends, default=start) - start + 1, hint)
