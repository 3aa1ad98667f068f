"""`comoments`: counts, means and cross products of several columns at once, categories as indicators.

Of each pair of columns, over the rows in which both hold a value. Merged by the updating formula of Chan, Golub and
LeVeque (1979). A column of categories is one feature per category up to `CATEGORIES` of them, and beyond that one per
bucket of a stable hash: whichever way rows are split and merged, the whole is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category, number, stable_hash
from driftline.profiles.cross_products import Coded, origins_of, products_of

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CATEGORIES = 32
_NUMBER, _TEXT = "n|", "c|"  # what stands in front of the name of a column, by what it holds


@dataclass(frozen=True)
class Feature:
    """What one row and column of the matrices is of: a number, or whether a row is of a category (or bucket, `#7`)."""

    column: int
    category: str | None = None


def _nothing(dtype: str) -> NDArray[Any]:
    import numpy as np

    return np.empty((0, 0), dtype)


@dataclass(frozen=True, eq=False)
class ComomentsProfile(Profile):
    """Comoments of `features` (F) of `columns` (C), among `total` rows.

    `counts` (C, C): rows in which both columns hold a value. `means` (F, C): mean of a feature over the rows in which
    its column and that one hold a value, 0 where there is none; `squares` of the numbers, which stand first: the sum of
    the squared deviations from that mean. `comoments` (F, F): over the rows in which both hold a value, the sum of the
    products of the deviations from their means. Infinities are no values. `bucketed` are the
    columns whose categories are buckets.
    """

    total: int = 0
    columns: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    bucketed: frozenset[int] = frozenset()
    counts: NDArray[np.int64] = field(default_factory=partial(_nothing, "i8"))
    means: Floats = field(default_factory=partial(_nothing, "f8"))
    squares: Floats = field(default_factory=partial(_nothing, "f8"))
    comoments: Floats = field(default_factory=partial(_nothing, "f8"))

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        import numpy as np

        some = [part for part in profiles if part.total]
        with np.errstate(all="ignore"):
            return reduce(cls._pair, some) if some else profiles[0]

    @classmethod
    def _pair(cls, one: Self, other: Self) -> Self:
        import numpy as np

        bucketed = one.bucketed | other.bucketed
        one, other = one._in_buckets(bucketed), other._in_buckets(bucketed)
        features = _sorted({*one.features, *other.features})
        crowded = _crowded(features) - bucketed
        if crowded:
            return cls._pair(one._in_buckets(crowded), other._in_buckets(crowded))
        one, other = one._over(features), other._over(features)
        counts, at = one.counts + other.counts, one._column_of()
        share = np.divide(other.counts, counts, out=np.zeros(counts.shape), where=counts > 0)
        step = other.means - one.means
        empty = one.counts == 0
        means = np.where(empty[at], other.means, one.means + step * share[at])
        both, numbers = share * one.counts, len(one.squares)
        squares = one.squares + other.squares + (step[:numbers] * step[:numbers] * both[:numbers])
        weight = both[np.ix_(at, at)]
        gap = step[:, at]  # of each feature, over the rows that it shares with the other's column
        comoments = one.comoments + other.comoments + np.where(weight > 0, gap * gap.T * weight, 0.0)
        return cls(one.total + other.total, one.columns, features, bucketed, counts, means, squares, comoments)

    @property
    def rows(self) -> int:
        return self.total

    def of_column(self, column: int) -> list[int]:
        """Where the features of a column stand."""
        return [at for at, feature in enumerate(self.features) if feature.column == column]

    def beside(self, other: Self) -> Self:
        """The same over the features of both, which then stand in the same places."""
        bucketed = self.bucketed | other.bucketed
        own, its = self._in_buckets(bucketed), other._in_buckets(bucketed)
        return own._over(_sorted({*own.features, *its.features}))

    def of_numbers(self, names: Sequence[str]) -> Self:
        """That of some columns of numbers alone, in this order."""
        import numpy as np

        at = np.array([self.columns.index(name) for name in names], np.intp)  # numbers stand first: column = feature
        both = np.ix_(at, at)
        return type(self)(
            self.total,
            tuple(names),
            tuple(map(Feature, range(len(names)))),
            frozenset(),
            self.counts[both],
            self.means[both],
            self.squares[both],
            self.comoments[both],
        )

    def _column_of(self) -> NDArray[np.intp]:
        import numpy as np

        return np.array([feature.column for feature in self.features], np.intp)

    def _in_buckets(self, columns: frozenset[int]) -> Self:
        """The same with the categories of some columns as buckets."""
        columns -= self.bucketed
        if not columns:
            return self
        texts = [feature.category for feature in self.features if feature.column in columns]
        buckets = iter(bucket_of([text or "" for text in texts]))
        renamed = [Feature(f.column, next(buckets)) if f.column in columns else f for f in self.features]
        return self._as(renamed, _sorted(set(renamed)), self.bucketed | columns)

    def _over(self, features: tuple[Feature, ...]) -> Self:
        """The same over more features, which no row has."""
        return self if features == self.features else self._as(self.features, features, self.bucketed)

    def _as(self, renamed: Sequence[Feature], features: tuple[Feature, ...], bucketed: frozenset[int]) -> Self:
        """The same over other features; those that are given the same name are added up."""
        import numpy as np

        places = {feature: at for at, feature in enumerate(features)}
        at = np.array([places[feature] for feature in renamed], np.intp)
        means = np.zeros((len(features), len(self.columns)))
        comoments = np.zeros((len(features), len(features)))
        np.add.at(means, at, self.means)
        np.add.at(comoments, np.ix_(at, at), self.comoments)
        return replace(self, features=features, bucketed=bucketed, means=means, comoments=comoments)

    def frame(self) -> pl.DataFrame:
        import numpy as np
        import polars as pl

        above = np.triu_indices(len(self.features))
        held = {
            "columns": (list(self.columns), pl.String),
            "places": ([feature.column for feature in self.features], pl.Int32),
            "categories": ([feature.category for feature in self.features], pl.String),
            "bucketed": (sorted(self.bucketed), pl.Int32),
            "counts": (self.counts.ravel().tolist(), pl.Int64),
            "means": (self.means.ravel().tolist(), pl.Float64),
            "squares": (self.squares.ravel().tolist(), pl.Float64),
            "comoments": (self.comoments[above].tolist(), pl.Float64),
        }
        lists = {name: pl.Series([values], dtype=pl.List(dtype)) for name, (values, dtype) in held.items()}
        return pl.DataFrame({"total": pl.Series([self.total], dtype=pl.Int64), **lists})


def _sorted(features: set[Feature]) -> tuple[Feature, ...]:
    return tuple(sorted(features, key=lambda one: (one.column, one.category or "")))


def _crowded(features: Sequence[Feature]) -> frozenset[int]:
    """The columns with more categories than are kept apart."""
    columns = [feature.column for feature in features]
    return frozenset(column for column in set(columns) if columns.count(column) > CATEGORIES)


def bucket_of(categories: Sequence[str]) -> list[str]:
    """The name of the bucket of each category."""
    import polars as pl

    return pl.DataFrame({"text": pl.Series(categories, dtype=pl.String)}).select(_bucket("text"))["text"].to_list()


def _bucket(name: str) -> pl.Expr:
    import polars as pl

    return pl.format("#{}", _bucket_number(name)).alias(name)


def _bucket_number(name: str) -> pl.Expr:
    import polars as pl

    return (stable_hash(pl.col(name)) % CATEGORIES).alias(name)


def _bucket_name(number: int) -> str:
    return f"#{number}"


@dataclass(frozen=True)
class Comoments(ProfileSpec):
    """Comoments of numeric columns and of columns of categories.

    The categories of those in `hidden` are not kept, only the counts of their buckets.
    """

    kind: ClassVar[str] = "comoments"
    by_row: ClassVar[bool] = True
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def columns(self) -> frozenset[str]:
        return frozenset({*self.numbers, *self.categories})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        found = []
        for name in self.numbers:
            value = number(name, context)
            found.append(pl.when(value.is_finite()).then(value).alias(_NUMBER + name))
        texts = (category(name, context).cast(pl.String).alias(_TEXT + name) for name in self.categories)
        return [*found, *texts]

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """What numbers have among themselves is held by those of more columns."""
        wider = isinstance(other, Comoments) and set(self.numbers) <= set(other.numbers)
        return wider and not self.categories and self.columns() < other.columns()

    def extract(self, profile: Profile) -> ComomentsProfile:
        assert isinstance(profile, ComomentsProfile)
        return profile.of_numbers(self.numbers) if profile.total else profile

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ComomentsProfile:
        import numpy as np

        if frame.is_empty():
            return ComomentsProfile()
        if "comoments" in frame.columns:
            return ComomentsProfile.merged([_serialised(row) for row in frame.iter_rows(named=True)])
        with np.errstate(all="ignore"):  # what is beyond a double is seen when it is read
            return self._of_rows(frame)

    def _of_rows(self, rows: pl.DataFrame) -> ComomentsProfile:
        """The comoments of rows as they are scanned: matrix products of blocks of them."""
        import numpy as np

        columns = (*self.numbers, *self.categories)
        features = [Feature(at) for at in range(len(self.numbers))]
        codes: list[Coded] = []
        bucketed = set()
        for at, name in enumerate(self.categories, len(self.numbers)):
            names, coded, in_buckets = _coded(rows[_TEXT + name], name in self.hidden)
            codes.append(coded)
            features += [Feature(at, text) for text in names]
            bucketed |= {at} if in_buckets else set()
        numbers = rows.select(_NUMBER + name for name in self.numbers)
        origin = np.zeros(len(features))
        origin[: len(self.numbers)] = origins_of(numbers)
        place = np.array([feature.column for feature in features], np.intp)
        found = products_of(numbers, codes, origin)
        counts, sums = found.counts, found.sums
        means = np.divide(sums, counts[place], out=np.zeros(sums.shape), where=counts[place] > 0)
        across = means[:, place]
        comoments = found.products - np.where(counts[np.ix_(place, place)] > 0, sums[:, place] * across.T, 0.0)
        comoments = (comoments + comoments.T) / 2
        own = len(self.numbers)
        squares = found.squares - sums[:own] * means[:own]
        means += np.where(counts[place] > 0, origin[:, None], 0.0)
        return ComomentsProfile(
            rows.height,
            columns,
            tuple(features),
            frozenset(bucketed),
            counts.astype(np.int64),
            means,
            squares,
            comoments,
        )

    def describe(self) -> str:
        return f"comoments({len(self.columns())} columns)"


def _coded(texts: pl.Series, hidden: bool) -> tuple[list[str], Coded, bool]:
    """The categories of a column in order, the number of each row's, and whether they are buckets."""
    import numpy as np
    import polars as pl

    known = texts.unique().drop_nulls().sort()
    many = hidden or len(known) > CATEGORIES
    if many:
        bucket = pl.DataFrame({"text": texts}).select(_bucket_number("text"))["text"]
        numbers = bucket.unique().drop_nulls().to_list()
        names = sorted(_bucket_name(number) for number in numbers)
        code = np.zeros(CATEGORIES + 1, np.intp)  # the last is none
        code[numbers] = [1 + names.index(_bucket_name(number)) for number in numbers]
        return names, Coded(code[bucket.fill_null(CATEGORIES).to_numpy()], len(names)), many
    names = known.to_list()
    if not names:
        return [], Coded(np.zeros(len(texts), np.intp), 0), many
    place = texts.cast(pl.Enum(names)).to_physical().cast(pl.Int64) + 1
    return names, Coded(place.fill_null(0).to_numpy(), len(names)), many


def _serialised(row: dict[str, Any]) -> ComomentsProfile:
    import numpy as np

    features = tuple(map(Feature, row["places"], row["categories"]))
    columns, size = len(row["columns"]), len(features)
    comoments = np.zeros((size, size))
    above = np.triu_indices(size)
    comoments[above] = row["comoments"]
    comoments.T[above] = row["comoments"]
    return ComomentsProfile(
        row["total"],
        tuple(row["columns"]),
        features,
        frozenset(row["bucketed"]),
        np.array(row["counts"], np.int64).reshape(columns, columns),
        np.array(row["means"], float).reshape(size, columns),
        np.array(row["squares"], float).reshape(-1, columns) if columns else np.empty((0, 0)),
        comoments,
    )
