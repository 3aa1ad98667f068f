"""What an executor is asked for, and what it gives back: rows in, profiles out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from driftline.model import Duration, Interval
from driftline.profiles.base import Profile, ProfileSpec

Segment = tuple[tuple[str, str], ...]  # (dimension, value) pairs; () is all rows
OVERALL: Segment = ()


@dataclass(frozen=True)
class Snapshot:
    """The rows of a span of event time, with what was known of them at an instant.

    `known` None: all that is known as of the scan. It makes a difference where labels are joined, and where a source
    says when its rows arrived.
    """

    span: Interval
    known: datetime | None = None


@dataclass(frozen=True)
class Dimension:
    """One way to slice rows: by the values of a column, or by whether a SQL condition holds."""

    name: str
    by: str | None = None
    where: str | None = None


@dataclass(frozen=True)
class Bands(Dimension):
    """The column `by` in numbered parts: a number by how many of the `edges` are not above it, or one of the `values`
    by its place among them; behind them is the rest, and what is missing is `null`.
    """

    edges: tuple[float, ...] = ()  # ascending
    values: tuple[str, ...] = ()


Grouping = tuple[Dimension, ...]  # crossed dimensions; () is all rows


@dataclass(frozen=True)
class LabelRelation:
    """Ground truth that is joined to the rows: at most one label per id, as known at an instant.

    With a `limit` a label counts only if it came less than that after the end of its row's day, so that what is known
    of a day is settled then.
    """

    source: str
    id: str  # column of the scored rows
    key: str  # column of the label rows
    columns: tuple[str, ...]
    keep: str = "last"  # last | first | error
    absent: tuple[str, str] | None = None  # (target column, its value where no label came)
    present: tuple[str, str] | None = None  # (target column, its value where a label came): no column of the labels
    limit: Duration | None = None

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that the label source has itself."""
        return tuple(name for name in self.columns if self.present is None or name != self.present[0])


@dataclass(frozen=True)
class Bundle:
    """Specs that are wanted for the same rows: the same slices and the same snapshots."""

    grouping: Grouping
    snapshots: tuple[Snapshot, ...]
    specs: tuple[ProfileSpec, ...]

    @property
    def spans(self) -> tuple[Interval, ...]:
        """The spans of its snapshots, each once."""
        return tuple(dict.fromkeys(snapshot.span for snapshot in self.snapshots))


@dataclass(frozen=True)
class ScanRequest:
    """One read of one source, with everything that is wanted from it."""

    source: str
    relations: tuple[LabelRelation, ...]
    bundles: tuple[Bundle, ...]
    arrival: str | None = None  # the column that says when a row arrived

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the scan needs, of the source and of its labels."""
        named = {name for bundle in self.bundles for spec in bundle.specs for name in spec.columns()}
        named |= {relation.id for relation in self.relations}
        named |= {self.arrival} if self.arrival is not None else set()
        return frozenset(named)


@dataclass(frozen=True)
class ProfileSet:
    """The profiles of one scan: by slicing and snapshot, then segment, then spec; what failed, each with the reason.

    Snapshots that hold the same have the same objects: what has not changed can be told without looking inside.
    """

    profiles: Mapping[tuple[Grouping, Snapshot], Mapping[Segment, Mapping[ProfileSpec, Profile]]] = field(
        default_factory=dict
    )
    failed: Mapping[tuple[Grouping, ProfileSpec], str] = field(default_factory=dict)
    failure: str | None = None  # the whole scan failed


class Executor(Protocol):
    """Turns rows into profiles: the local one runs Polars here; another may send the same requests to a cluster."""

    def run(self, requests: Sequence[ScanRequest]) -> list[ProfileSet]:
        """The profiles of each request, in order; a failure is part of the value, never raised."""
