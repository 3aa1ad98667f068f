"""One SQL expression: parsed, and checked to be something that Polars evaluates row by row.

What may stand there is listed, so that a mistake is found, at its place, before any data is read. Polars is not
imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.errors import DriftlineError

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "duckdb"
_ROW_WISE = """
    Column Identifier Literal Boolean Null Paren Neg Add Sub Mul Div IntDiv Mod EQ NEQ GT GTE LT LTE And Or Not
    Is In Between Like ILike Case If Cast TryCast DataType DataTypeParam Coalesce Nullif Abs Round Floor Ceil Ln
    Exp Sqrt Pow Sign Greatest Least Length Lower Upper Trim Substring StartsWith DPipe Concat Extract Var
    Tuple Where
"""
ROW_WISE = frozenset(_ROW_WISE.split())  # names of sqlglot's classes


class SqlError(DriftlineError):
    """SQL that is not possible here; `start` is the offset of the character where it goes wrong, `width` how many.

    `remedy` is what to write instead.
    """

    exit_code = 2

    def __init__(self, message: str, start: int = 0, width: int = 1, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message, self.start, self.width, self.remedy = message, start, width, remedy


def parse(sql: str) -> exp.Expr:
    """The only expression of a text."""
    import logging

    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what is raised below
    try:
        found = [one for one in sqlglot.parse(sql, read=DIALECT) if one is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        word = str(first.get("highlight") or "")
        lines = sql.split("\n")[: int(first.get("line") or 1) - 1]
        end = sum(len(line) + 1 for line in lines) + int(first.get("col") or 1)
        raise SqlError(f"the SQL does not parse: {first.get('description')}", max(end - len(word), 0)) from error
    except SqlglotError as error:
        raise SqlError("the SQL does not parse: a quote is not closed, or a character is not SQL") from error
    if len(found) != 1:
        raise SqlError("the SQL is empty" if not found else "the SQL holds several statements; write one expression")
    return found[0]


def failure(node: exp.Expr, message: str, remedy: str | None = None) -> SqlError:
    """An error at a part of the SQL: its first character that the parser placed."""
    places = [(part.meta["start"], part.meta["end"]) for part in node.walk() if "start" in part.meta]
    start, end = min(places, default=(0, 0))
    return SqlError(message, start, end - start + 1, remedy)


def check_row_wise(root: exp.Expr) -> None:
    """Nothing but what Polars evaluates row by row, without a clock or chance."""
    from sqlglot import exp

    for part in root.walk():
        if isinstance(part, exp.Query | exp.Subquery):
            raise failure(part, "a sub-query is not possible here")
        if isinstance(part, exp.Window):
            raise failure(part, "OVER is not possible here: profiles know no order of rows")
        if isinstance(part, exp.AggFunc):
            raise failure(part, "an aggregate cannot stand here, where one row is looked at")
        if isinstance(part, exp.Column) and part.table:
            raise failure(part, f"write {part.name} without a table name")
        if type(part).__name__ not in ROW_WISE:
            name = part.name if isinstance(part, exp.Anonymous) else part.sql(DIALECT)
            raise failure(part, f"{name.split('(')[0]} is not known here")


def validate_expression(sql: str) -> frozenset[str]:
    """The columns of a row-wise expression (a condition, an argument); raises `SqlError` for what rows cannot give."""
    from sqlglot import exp

    root = parse(sql)
    check_row_wise(root)
    return frozenset(column.name for column in root.find_all(exp.Column))


def columns_in(sql: str) -> tuple[SqlError, ...]:
    """The columns of an SQL text, each as the error that it would be: `message` is its name, beside its place.

    Empty for SQL that does not parse.
    """
    from sqlglot import exp

    try:
        return tuple(failure(column, column.name) for column in parse(sql).find_all(exp.Column))
    except (SqlError, RecursionError):
        return ()
