"""What a search for segments came to: values that every format is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.config.document import Document
from driftline.model import Interval, SeriesKey


@dataclass(frozen=True)
class Condition:
    """One column of a segment: `text` is for people, `where` is the SQL, `name` makes the name of a segment."""

    column: str
    text: str
    where: str
    name: str


@dataclass(frozen=True)
class Whole:
    """All rows of the search: their reading in the window and in the baseline (None where nothing is compared)."""

    value: float
    before: float | None
    rows: int
    baseline_rows: int | None

    @property
    def change(self) -> float | None:
        return None if self.before is None else self.value - self.before


@dataclass(frozen=True)
class FoundSegment:
    """A part of the rows in which a metric changed otherwise than elsewhere.

    `share` is that of the window's rows; `elsewhere` is the change of all other rows (their value where nothing is
    compared). `contribution` is share × change: what the segment takes from the metric of all rows, if that is an
    average. `p_value` is that of the change's being the one of the rows beside it, `p_adjusted` that for all segments
    that were looked at.
    """

    conditions: tuple[Condition, ...]
    rows: int
    baseline_rows: int | None
    share: float
    value: float
    before: float | None
    elsewhere: float
    contribution: float
    p_value: float
    p_adjusted: float

    @property
    def text(self) -> str:
        return " and ".join(condition.text for condition in self.conditions)

    @property
    def where(self) -> str:
        return " AND ".join(condition.where for condition in self.conditions)

    @property
    def change(self) -> float | None:
        return None if self.before is None else self.value - self.before


@dataclass(frozen=True)
class Explained:
    """A part that would stand out as well, but does not once the rows of a found one are set aside."""

    text: str
    by: str


@dataclass(frozen=True)
class Discovery:
    """One series searched over one window. `baseline` is what it is compared with, in words; None: with nothing.

    `looked_at` is the number of parts that were compared, by depth; `unsearched` are columns that were left out, each
    with the reason. `found` are the segments, what contributes most first.
    """

    document: Document
    series: SeriesKey
    model: str | None
    check: str
    unit: str
    window: Interval
    baseline: str | None
    whole: Whole
    columns: tuple[str, ...]
    unsearched: tuple[tuple[str, str], ...]
    looked_at: Mapping[int, int]
    alpha: float
    min_rows: int
    found: tuple[FoundSegment, ...]
    explained: tuple[Explained, ...]
