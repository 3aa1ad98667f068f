"""Answers to profiles: tables are split by segment and cell, loaded, merged over portions, and merged into windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from driftline.compile.request import Dimension, Grouping, ProfileSet, Segment
from driftline.execute.cells import CELL, Cells
from driftline.execute.queries import SEGMENT, Cut, Query, contained
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl

Parts = dict[tuple[Segment, int], Profile]  # by segment and cell


@dataclass
class Gathered:
    """What the portions of one scan have yielded so far, by cut and spec, and what failed."""

    context: ScanContext
    parts: dict[tuple[Cut, ProfileSpec], Parts] = field(default_factory=dict)
    failed: dict[tuple[Cut, ProfileSpec], str] = field(default_factory=dict)

    def add(self, query: Query, table: pl.DataFrame) -> None:
        """The answer to a query on one more portion."""
        for spec, names in query.specs.items():
            held = self.parts.setdefault((query.cut, spec), {})
            for key, profile in self._split(table, query.cut, names, spec).items():
                held[key] = held[key].merge(profile) if key in held else profile

    def _split(self, table: pl.DataFrame, cut: Cut, names: Mapping[str, str], spec: ProfileSpec) -> Parts:
        """The profile of each segment and cell of a table."""
        grouping = cut.bundle.grouping
        dimensions = [d for d in grouping if d.by is not None]
        keys = [SEGMENT + d.name for d in dimensions] + ([CELL] if cut.cells.edges else [])
        if names:
            table = table.select(*keys, *names).rename(dict(names))
        if not keys:
            return {(_segment(grouping, ()), 0): spec.load(table, self.context)}
        texts = ScanContext(table.schema)
        table = table.with_columns(category(SEGMENT + d.name, texts).alias(SEGMENT + d.name) for d in dimensions)
        found: Parts = {}
        for values, part in table.partition_by(keys, as_dict=True, include_key=False).items():
            cell = int(values[-1]) if cut.cells.edges else 0
            slices = [str(value) if value is not None else "null" for value in values[: len(dimensions)]]
            found[_segment(grouping, slices), cell] = spec.load(part, self.context)
        return found

    def profiles(self) -> ProfileSet:
        """The profiles of every window."""
        profiles: dict[tuple[Grouping, Interval], dict[Segment, dict[ProfileSpec, Profile]]] = {}
        reasons = {(cut.bundle.grouping, spec): reason for (cut, spec), reason in self.failed.items()}
        for (cut, spec), parts in self.parts.items():
            if (cut, spec) in self.failed:
                continue
            by_cell = _by_cell(parts)
            for window in cut.bundle.windows:
                segments = profiles.setdefault((cut.bundle.grouping, window), {})
                for segment, profile in _of_window(by_cell, cut.cells, window).items():
                    segments.setdefault(segment, {})[spec] = profile
        for cut in dict.fromkeys(cut for cut, _ in (*self.parts, *self.failed)):
            self._extract(cut, profiles, reasons)
        return ProfileSet(profiles, reasons)

    def _extract(
        self,
        cut: Cut,
        profiles: Mapping[tuple[Grouping, Interval], Mapping[Segment, dict[ProfileSpec, Profile]]],
        reasons: dict[tuple[Grouping, ProfileSpec], str],
    ) -> None:
        """Add the profiles of a cut that others contain."""
        grouping = cut.bundle.grouping
        for spec, table in contained(cut.bundle, self.context).items():
            if (grouping, table) in reasons:
                reasons[grouping, spec] = reasons[grouping, table]
            for window in cut.bundle.windows:
                for held in profiles.get((grouping, window), {}).values():
                    if table in held:
                        held[spec] = spec.extract(held[table])


def _segment(grouping: Grouping, values: Sequence[str]) -> Segment:
    """The (dimension, value) pairs of one slice; a condition that holds reads `true`."""
    given = iter(values)
    return tuple((d.name, "true" if _is_condition(d) else next(given)) for d in grouping)


def _is_condition(dimension: Dimension) -> bool:
    return dimension.by is None


def _by_cell(parts: Parts) -> dict[int, dict[Segment, Profile]]:
    found: dict[int, dict[Segment, Profile]] = {}
    for (segment, cell), profile in parts.items():
        found.setdefault(cell, {})[segment] = profile
    return found


def _of_window(
    by_cell: Mapping[int, Mapping[Segment, Profile]], cells: Cells, window: Interval
) -> dict[Segment, Profile]:
    """The profiles of a window: those of its cells, merged, per segment."""
    merged: dict[Segment, Profile] = {}
    for cell in cells.of_window(window) if cells.edges else (0,):
        for segment, profile in by_cell.get(cell, {}).items():
            merged[segment] = merged[segment].merge(profile) if segment in merged else profile
    return merged
