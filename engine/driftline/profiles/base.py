"""The two halves of a profile: a `ProfileSpec` says what to summarise, a `Profile` is the mergeable summary."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_Key = TypeVar("_Key")
_Count = TypeVar("_Count", int, float)
_ROW = "__row"


@dataclass(frozen=True)
class ScanContext:
    """What a scan knows of its rows: column types and the bit resolution *k* chosen for each numeric column."""

    schema: Mapping[str, pl.DataType]
    resolutions: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None


class Profile(ABC):
    """A summary of rows: `merge` is associative and commutative, the summary of no rows is its identity.

    Values are immutable. `frame` is the lossless serialised form: a table whose rows add up by key.
    """

    def merge(self, other: Self) -> Self:
        """The summary of the rows of both."""
        return self._merged((self, other))

    @classmethod
    def merged(cls, profiles: Sequence[Self]) -> Self:
        """The summary of the rows of all, of which there is at least one; one alone is returned as it is."""
        return profiles[0] if len(profiles) == 1 else cls._merged(profiles)

    @classmethod
    @abstractmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        """The summary of the rows of several, made in one go; floating sums may differ by order in their last bits."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """Number of rows summarised, nulls included."""

    @abstractmethod
    def frame(self) -> pl.DataFrame:
        """The serialised form, which `ProfileSpec.load` reads back."""

    @classmethod
    def frames(cls, profiles: Sequence[Self]) -> tuple[pl.DataFrame, list[int]]:
        """One table of several profiles, one after the other, and how many of its rows each has."""
        import polars as pl

        frames = [each.frame() for each in profiles]
        whole = pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]
        return whole, [frame.height for frame in frames]


@dataclass(frozen=True)
class ProfileSpec(ABC):
    """A request for a profile. Equal specs are scanned once, whichever checks ask for them.

    A scan yields one table per spec: grouped by `keys` (none: one row) with `aggregates` as columns; the part of that
    table that belongs to one pane and segment is what `load` turns into the profile. Where a summary is no sum of
    expressions (`by_row`), `aggregates` are columns of the rows themselves, and `load` makes the summary of a portion
    of them.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    by_row: ClassVar[bool] = False

    @abstractmethod
    def columns(self) -> frozenset[str]:
        """Names of the columns that are read."""

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        """Row-wise expressions (each aliased) that the table is grouped by; none for a profile of one row."""
        return []

    @abstractmethod
    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        """Aggregating expressions, each aliased; row-wise ones for a spec that is `by_row`."""

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """Whether another spec's profile holds all that this one would, so that nothing needs to be scanned for it."""
        return False

    def extract(self, profile: Profile) -> Profile:
        """This spec's profile from one that it is `within`."""
        raise ValueError(f"{self.describe()} is in no other profile")

    @abstractmethod
    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> Profile:
        """The profile from a table of keys and aggregates or from `Profile.frame()`; an empty table is the identity."""

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        """The profiles of many parts from one table, by the values of its key columns; what `load` makes of each."""
        parts = frame.partition_by(keys, as_dict=True, include_key=False, maintain_order=True)
        return {key: self.load(part, context) for key, part in parts.items()}

    def empty(self) -> Profile:
        """The profile of no rows: the identity of `merge`."""
        import polars as pl

        return self.load(pl.DataFrame())

    def describe(self) -> str:
        """As `plan` shows it: `histogram(distance)`."""
        return f"{self.kind}({', '.join(sorted(self.columns()))})"


@dataclass(frozen=True)
class RowSpec(ProfileSpec):
    """A spec without keys: each row of its table is a profile."""

    @abstractmethod
    def of_row(self, row: Mapping[str, Any]) -> Profile:
        """The profile that a row of aggregates, or of `Profile.frame()`, holds."""

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        found: dict[tuple[Any, ...], Profile] = {}
        names = frame.drop(keys).columns
        for *values, row in zip(*(frame[key].to_list() for key in keys), frame.select(names).iter_rows(), strict=True):
            key, profile = tuple(values), self.of_row(dict(zip(names, row, strict=True)))
            found[key] = found[key].merge(profile) if key in found else profile
        return found


@dataclass(frozen=True)
class Numbered:
    """The parts of a table: the values of its key columns that occur, and for each row the number of its part."""

    keys: list[tuple[Any, ...]]
    part: NDArray[np.intp]

    @classmethod
    def of(cls, frame: pl.DataFrame, keys: Sequence[str]) -> Numbered:
        """The parts in the order in which they come first."""
        import numpy as np
        import polars as pl

        if all(dtype == pl.Int32 for dtype in frame.select(keys).dtypes):
            return cls._of_numbers([frame[key].to_numpy() for key in keys])
        rows = frame.select(*keys, pl.int_range(pl.len()).alias(_ROW))
        parts = rows.group_by(keys, maintain_order=True).agg(_ROW)
        number = np.repeat(np.arange(parts.height), parts[_ROW].list.len().to_numpy())
        part = np.empty(frame.height, np.intp)
        part[parts[_ROW].explode().to_numpy()] = number
        return cls(parts.drop(_ROW).rows(), part)

    @classmethod
    def _of_numbers(cls, keys: Sequence[NDArray[np.integer[Any]]]) -> Numbered:
        """The same of keys that are numbers: rows of a part mostly stand together, so that runs are looked up."""
        import numpy as np

        differs = np.zeros(len(keys[0]), bool)
        differs[:1] = True
        for key in keys:
            differs[1:] |= key[1:] != key[:-1]
        starts = np.flatnonzero(differs)
        numbers: dict[tuple[Any, ...], int] = {}
        runs = zip(*(key[starts].tolist() for key in keys), strict=True)
        part = np.array([numbers.setdefault(run, len(numbers)) for run in runs], np.intp)
        return cls(list(numbers), np.repeat(part, np.diff(starts, append=len(differs))))


def merged(profiles: Sequence[Profile]) -> Profile:
    """Several profiles of one kind as one."""
    return type(profiles[0]).merged(profiles)


def added(counts: Iterable[Mapping[_Key, _Count]]) -> dict[_Key, _Count]:
    """Counts by key, summed; keys in the order in which they come first."""
    first, *others = counts
    found = dict(first)
    for other in others:
        for key, count in other.items():
            found[key] = found[key] + count if key in found else count
    return found
