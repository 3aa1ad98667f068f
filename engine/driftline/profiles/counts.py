"""`counts`: rows, nulls, NaN, infinities, and the rows that break each declared validity rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.config.document import Validity
from driftline.profiles.base import Profile, ProfileSpec, RowSpec, ScanContext
from driftline.profiles.columns import category, is_float, is_number, number, value
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile
from driftline.profiles.histogram import Histogram, HistogramProfile

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class CountsProfile(Profile):
    """Row counts of one column (of the whole row set when no column was named); every field adds up."""

    total: int = 0
    nulls: int = 0
    nans: int = 0
    infinities: int = 0
    invalid: int = 0  # rows that break at least one rule
    below_min: int = 0
    above_max: int = 0
    not_in_set: int = 0
    not_matching: int = 0
    null_not_allowed: int = 0
    in_future: int = 0
    failing_where: int = 0
    true: int = 0  # rows that say yes: true, a number other than 0, a text that is not empty

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(*map(sum, zip(*map(_counted, profiles), strict=True)))

    @property
    def rows(self) -> int:
        return self.total

    @property
    def missing(self) -> int:
        """Nulls and NaN: rows that hold no value."""
        return self.nulls + self.nans

    def frame(self) -> pl.DataFrame:
        return self.frames([self])[0]

    @classmethod
    def frames(cls, profiles: Sequence[Self]) -> tuple[pl.DataFrame, list[int]]:
        import polars as pl

        table = {name: [getattr(each, name) for each in profiles] for name in _COUNTED}
        return pl.DataFrame(table), [1] * len(profiles)


_COUNTED = tuple(f.name for f in fields(CountsProfile))
_counted = attrgetter(*_COUNTED)


@dataclass(frozen=True)
class Counts(RowSpec):
    """Counts of `column` (None: rows only) under the rules `valid`; `timestamp` serves the rule `not_in_future`.

    `truth` counts the rows that say yes as well.
    """

    kind: ClassVar[str] = "counts"
    column: str | None = None
    valid: Validity | None = None
    timestamp: str | None = None
    truth: bool = False

    def columns(self) -> frozenset[str]:
        import polars as pl

        names = {self.column} if self.column else set()
        if self.valid and self.valid.where:
            names |= set(pl.sql_expr(self.valid.where).meta.root_names())
        if self.valid and self.valid.not_in_future and self.timestamp:
            names.add(self.timestamp)
        return frozenset(name for name in names if name)

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        found = [pl.len().cast(pl.Int64).alias("total")]
        if self.column is None:
            return found
        column = pl.col(self.column)
        found.append(column.null_count().cast(pl.Int64).alias("nulls"))
        if is_float(self.column, context):
            found.append(column.is_nan().sum().cast(pl.Int64).alias("nans"))
            found.append(column.is_infinite().sum().cast(pl.Int64).alias("infinities"))
        if self.truth:
            found.append(_says_yes(self.column, context).sum().cast(pl.Int64).alias("true"))
        rules = self._rules(context)
        found += [rule.fill_null(False).sum().cast(pl.Int64).alias(name) for name, rule in rules.items()]
        if rules:
            broken = pl.any_horizontal(*(rule.fill_null(False) for rule in rules.values()))
            found.append(broken.sum().cast(pl.Int64).alias("invalid"))
        return found

    def _rules(self, context: ScanContext) -> dict[str, pl.Expr]:
        """For each declared rule, whether a row breaks it (null: the rule does not apply to a missing value)."""
        import polars as pl

        valid, name = self.valid, self.column
        rules: dict[str, pl.Expr] = {}
        if valid is None or name is None:
            return rules
        if valid.min is not None:
            rules["below_min"] = value(name, context) < valid.min
        if valid.max is not None:
            rules["above_max"] = value(name, context) > valid.max
        if valid.in_ is not None:
            rules["not_in_set"] = ~_is_in(name, valid.in_, context)
        if valid.regex is not None:
            rules["not_matching"] = ~category(name, context).str.contains(f"^(?:{valid.regex})$")
        if valid.not_null:
            missing = pl.col(name).is_null()
            rules["null_not_allowed"] = missing | pl.col(name).is_nan() if is_float(name, context) else missing
        if valid.not_in_future and self._now(context) is not None:
            rules["in_future"] = value(name, context) > self._now(context)
        if valid.where is not None:
            rules["failing_where"] = ~pl.sql_expr(valid.where)
        return rules

    def _now(self, context: ScanContext) -> pl.Expr | None:
        """The row's own event time, so that a pane does not depend on when it is scanned; else the as-of instant."""
        import polars as pl

        if self.timestamp is not None:
            return number(self.timestamp, context)
        return None if context.as_of is None else pl.lit(context.as_of.timestamp())

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """A distribution counts the gaps of its column too; rules and truth need a look at the rows."""
        if self.column is None or self.valid is not None or self.truth:
            return False
        if isinstance(other, Histogram):
            return other.column == self.column
        return isinstance(other, Frequencies) and other.column == self.column and not is_float(self.column, context)

    def extract(self, profile: Profile) -> CountsProfile:
        if isinstance(profile, HistogramProfile):
            infinities = profile.negative_infinities + profile.positive_infinities
            return CountsProfile(profile.rows, profile.nulls, profile.nans, infinities)
        if isinstance(profile, FrequenciesProfile):
            return CountsProfile(profile.rows, profile.nulls)
        raise ValueError(f"counts are not in a {type(profile).__name__}")

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> CountsProfile:
        return CountsProfile.merged([self.of_row(row) for row in frame.iter_rows(named=True)] or [CountsProfile()])

    def of_row(self, row: Mapping[str, Any]) -> CountsProfile:
        return CountsProfile(**{name: row[name] for name in _COUNTED if name in row})

    def describe(self) -> str:
        return f"counts({self.column or 'rows'})"


def _is_in(name: str, allowed: tuple[str, ...], context: ScanContext) -> pl.Expr:
    """Whether the value is among the allowed ones, which are text as written: `1.0` allows the number 1."""
    if not context.schema[name].is_numeric():
        return category(name, context).is_in(list(allowed))
    return value(name, context).is_in([float(text) for text in allowed if is_number(text)])


def _says_yes(name: str, context: ScanContext) -> pl.Expr:
    """Whether the value is true, a number other than 0, or a text that is not empty; null is none of these."""
    import polars as pl

    dtype = context.schema[name]
    if dtype == pl.Boolean:
        return pl.col(name)
    return value(name, context) != 0 if dtype.is_numeric() else category(name, context) != ""
