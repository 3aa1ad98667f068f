"""The two halves of a profile: a `ProfileSpec` says what to summarise, a `Profile` is the mergeable summary."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

if TYPE_CHECKING:
    import polars as pl

_Key = TypeVar("_Key")


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


@dataclass(frozen=True)
class ProfileSpec(ABC):
    """A request for a profile. Equal specs are scanned once, whichever checks ask for them.

    A scan yields one table per spec: grouped by `keys` (none: one row) with `aggregates` as columns; the part of that
    table that belongs to one pane and segment is what `load` turns into the profile.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    @abstractmethod
    def columns(self) -> frozenset[str]:
        """Names of the columns that are read."""

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        """Row-wise expressions (each aliased) that the table is grouped by; none for a profile of one row."""
        return []

    @abstractmethod
    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        """Aggregating expressions, each aliased."""

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """Whether another spec's profile holds all that this one would, so that nothing needs to be scanned for it."""
        return False

    def extract(self, profile: Profile) -> Profile:
        """This spec's profile from one that it is `within`."""
        raise ValueError(f"{self.describe()} is in no other profile")

    @abstractmethod
    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> Profile:
        """The profile from a table of keys and aggregates or from `Profile.frame()`; an empty table is the identity."""

    def empty(self) -> Profile:
        """The profile of no rows: the identity of `merge`."""
        import polars as pl

        return self.load(pl.DataFrame())

    def describe(self) -> str:
        """As `plan` shows it: `histogram(distance)`."""
        return f"{self.kind}({', '.join(sorted(self.columns()))})"


def merged(profiles: Sequence[Profile]) -> Profile:
    """Several profiles of one kind as one."""
    return type(profiles[0]).merged(profiles)


def added(counts: Iterable[Mapping[_Key, int]]) -> dict[_Key, int]:
    """Counts by key, summed; keys in the order in which they come first."""
    first, *others = counts
    found = dict(first)
    for other in others:
        for key, count in other.items():
            found[key] = found.get(key, 0) + count
    return found
