"""What is known of the sources before anything is scanned: their columns and types, or why they cannot be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driftline.checks.base import ColumnType


@dataclass(frozen=True)
class FoundColumn:
    """A column as the data has it: its type to a check (None: a type that no check reads) and as the data names it."""

    name: str
    type: ColumnType | None
    data_type: str
    unknown: bool = False  # the data holds nothing but nulls and says no type: any declared type fits


@dataclass(frozen=True)
class SourceFacts:
    """A source's columns in order; `failure` says why it could not be opened."""

    columns: Mapping[str, FoundColumn] = field(default_factory=dict)
    failure: str | None = None
    timestamp: str | None = None
    naive: bool = False  # the timestamp has no time zone: it is read in the configured one
    arrival: str | None = None  # the column that says when a row arrived


Catalog = Mapping[str, SourceFacts]
