"""SQL in the configuration: conditions that look at one row, and metrics that are made of what profiles merge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from driftline.config import codes
from driftline.config.codes import Code
from driftline.config.nodes import Scalar
from driftline.schema.semantics.context import Context
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path

if TYPE_CHECKING:
    from sqlglot import exp

    from driftline.checks.business._sql import SqlError

LONGEST = 10_000  # characters; parsing takes some 20 µs for each
MOST = 300_000  # characters of all SQL that is different
AGGREGATES = ("SUM", "COUNT", "AVG", "MIN", "MAX", "STDDEV", "VARIANCE", "MEDIAN", "QUANTILE_CONT")


def check_condition(context: Context, sql: str, path: Path) -> None:
    """A `where` parses as one expression over one row. Which functions there are is left to the engine that runs it."""
    if ("condition", sql) in context.sql.sound or (root := _parsed(context, sql, path)) is None:
        return

    from sqlglot import exp

    from driftline.checks.business._expression import failure

    for part in root.walk():
        if isinstance(part, exp.Query | exp.Window | exp.AggFunc):
            whole = isinstance(part, exp.Query)
            what = "a sub-query" if whole else "OVER" if isinstance(part, exp.Window) else "an aggregate"
            error = failure(part, f"{what} is not possible in a condition, which looks at one row")
            _report(context, codes.SQL_NOT_POSSIBLE, error, sql, path)
            return
    context.sql.sound.add(("condition", sql))


def check_metric(context: Context, sql: str, path: Path) -> None:
    """A metric parses and is arithmetic over aggregates that merge."""
    if ("metric", sql) in context.sql.sound or _parsed(context, sql, path) is None:
        return

    from driftline.checks.business._sql import SqlError, parse_metric

    try:
        parse_metric(sql)
        context.sql.sound.add(("metric", sql))
    except SqlError as error:
        _report(context, codes.SQL_NOT_POSSIBLE, error, sql, path)


def _parsed(context: Context, sql: str, path: Path) -> exp.Expr | None:
    """The only expression of a text; None when it is none (reported), or when the environment would have to give it."""
    from driftline.checks.business._expression import SqlError, parse

    if not context.tree.known(*path):
        return None
    if len(sql) > LONGEST:
        context.error(codes.SQL_SYNTAX, f"the SQL is longer than {LONGEST:,} characters", path)
        return None
    context.sql.characters += len(sql)
    if context.sql.characters > MOST:
        message = f"the configuration holds more than {MOST:,} characters of SQL; the rest is not looked at"
        context.findings.error(codes.LIMIT, message, None, "use fewer conditions or shorter ones")
        return None
    try:
        return parse(sql)
    except SqlError as error:
        _report(context, codes.SQL_SYNTAX, error, sql, path)
    except RecursionError:
        context.error(codes.SQL_SYNTAX, "the SQL is nested too deeply", path)
    return None


def _report(context: Context, code: Code, error: SqlError, sql: str, path: Path) -> None:
    """At its place inside of the SQL, as far as that can be found in the file; of secret SQL nothing is told."""
    mark = context.tree.marks.get(path)
    node = mark.value if mark is not None and isinstance(mark.value, Scalar) else None
    if node is None or node.secret:
        context.error(code, "the SQL that the environment gives cannot be used here", path)
        return
    word = re.match(r"\w+", sql[error.start :])
    width = max(error.width, len(word.group()) if word else 1)
    spot = _spot(context, node, sql, error.start, width)
    hint = _meant(sql, error.start, width) or error.remedy
    context.findings.error(code, _plain(error.message), spot, hint)


def _plain(message: str) -> str:
    """The parser's complaints in plainer words."""
    head, _, reason = message.partition("does not parse: ")
    if reason.startswith("Expecting "):
        return f"{head}does not parse: `{reason.removeprefix('Expecting ')}` is expected here"
    if reason.startswith("Required keyword"):
        return f"{head}does not parse: something is missing after this"
    return f"{head}does not parse: this is not expected here" if "nexpected token" in reason else message


def _meant(sql: str, start: int, width: int) -> str | None:
    """The aggregate that a misspelt function may have been."""
    name = sql[start : start + width]
    if not sql[start + width :].lstrip().startswith("(") or name.upper() in AGGREGATES:
        return None
    meant = nearest(name, AGGREGATES, cutoff=0.7)
    return f"did you mean `{meant}`?" if meant else None


def _spot(context: Context, node: Scalar, sql: str, offset: int, width: int) -> Scalar:
    """Where a part of a scalar's text stands: the same occurrence of the same text, be the scalar quoted or folded."""
    lines = context.files[node.file].lines[node.line - 1 : node.line + LONGEST]
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
