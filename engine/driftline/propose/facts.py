"""What is known of a table and its columns: the numbers that every guess rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from driftline.sources.base import Source, SourceContext

UNUSABLE = "unusable name"  # in place of a type: the column's name cannot be asked for


class Kind(StrEnum):
    """What the values of a column are."""

    INTEGER = "integer"
    FLOAT = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIME = "time"
    EMPTY = "empty"  # nothing but nulls
    OTHER = "other"  # lists, structs, binary: no check reads them


@dataclass(frozen=True)
class ColumnFacts:
    """A column in numbers. `values` are the most frequent ones of a sample, with their counts, as text.

    `closed` says that the sample showed every value; `distinct` is exact up to a few ten thousand rows and for columns
    that may be ids, else within 2 %. `emails`, `phones` and `iso_times` are shares of the values (text only).
    """

    name: str
    kind: Kind
    dtype: str
    rows: int
    nulls: int
    distinct: int
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[tuple[str, int], ...] = ()
    closed: bool = False
    whole: bool = True  # numbers only: no fraction was seen
    emails: float = 0.0
    phones: float = 0.0
    iso_times: float = 0.0
    with_zone: bool = False  # times only: they carry an offset or a zone

    @property
    def present(self) -> int:
        return self.rows - self.nulls

    @property
    def null_share(self) -> float:
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def distinct_share(self) -> float:
        """Distinct values per value that is there."""
        return min(self.distinct / self.present, 1.0) if self.present else 0.0

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.FLOAT)

    @property
    def is_constant(self) -> bool:
        return self.distinct <= 1

    @property
    def classes(self) -> frozenset[str]:
        """The values of a closed set, spelt alike for 1, 1.0 and true."""
        alike = {"true": "1", "false": "0"}
        return frozenset(alike.get(value.lower(), value) for value, _ in self.values)

    @property
    def is_share(self) -> bool:
        """Whether every value lies between 0 and 1 and some have a fraction, as probabilities do."""
        if self.kind is not Kind.FLOAT or self.minimum is None or self.maximum is None:
            return False
        return self.minimum >= 0 and self.maximum <= 1 and not self.whole and self.distinct > 5


@dataclass(frozen=True)
class Rhythm:
    """When the rows of a table happened. `pause` is the longest gap before a row of an ordinary day, in seconds."""

    first: datetime
    last: datetime
    days: int  # with rows
    per_day: float  # rows of a median day that has rows
    pause: float

    @property
    def span(self) -> float:
        """Seconds from the first to the last row."""
        return (self.last - self.first).total_seconds()


@dataclass(frozen=True)
class Arrivals:
    """How labels come: shares and seconds after the event. None where the labels carry no time."""

    labelled: float  # share of the rows that have a label
    typical: float | None = None  # 95 % of the labels are known by then
    longest: float | None = None
    repeated: bool = False  # some ids have several labels


@dataclass(frozen=True)
class Table:
    """A source, how to read it, and what its columns hold. `address` are the YAML lines that name it."""

    name: str
    source: Source
    context: SourceContext
    address: tuple[tuple[str, str], ...]
    said: str  # `6 files`, `the table scored`
    rows: int
    columns: Mapping[str, ColumnFacts]
    simplexes: tuple[tuple[str, ...], ...] = ()  # groups of columns that add up to 1 in every row
    sampled: bool = False  # only the first rows were read
    options: Mapping[str, str] = field(default_factory=dict)  # of the source, for a text timestamp
