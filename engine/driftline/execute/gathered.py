"""Answers to profiles: tables are split by segment, cell and version, loaded, merged over portions and into windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from driftline.compile.request import Dimension, Grouping, ProfileSet, Segment, Snapshot
from driftline.execute.cells import CELL
from driftline.execute.knowledge import FROM, UNTIL, Knowledge
from driftline.execute.queries import SEGMENT, Cut, Query, contained
from driftline.execute.windows import Part, timelines
from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 2  # profiles that are made of rows at the same time: each needs memory
_Found = dict[tuple[Grouping, Snapshot], dict[Segment, dict[ProfileSpec, Profile]]]


@dataclass
class Gathered:
    """What the portions of one scan have yielded so far, by cut and spec, and what failed."""

    context: ScanContext
    knowledge: Knowledge
    parts: dict[tuple[Cut, ProfileSpec], dict[Part, Profile]] = field(default_factory=dict)
    kept: dict[tuple[Cut, ProfileSpec], list[tuple[Part, Profile]]] = field(default_factory=dict)  # by earlier runs
    failed: dict[tuple[Cut, ProfileSpec], str] = field(default_factory=dict)

    def add(self, query: Query, table: pl.DataFrame) -> None:
        """The answer to a query on one more portion."""
        for spec, names in query.specs.items():
            self._keep(query.cut, spec, self._split(table, query, names, spec))

    def add_all(self, asked: Sequence[Query], tables: Sequence[pl.DataFrame]) -> None:
        """The answers to all queries on one more portion. Profiles that are made of the rows are made side by side."""
        from concurrent.futures import ThreadPoolExecutor

        large = [(query, table) for query, table in zip(asked, tables, strict=True) if query.by_row]
        large.sort(key=lambda one: -one[1].estimated_size())  # the longest first: none is left to be waited for alone
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(lambda one: [self._split(one[1], one[0], {}, spec) for spec in one[0].specs], large)
            for query, table in zip(asked, tables, strict=True):
                if not query.by_row:
                    self.add(query, table)
            for (query, _), profiles in zip(large, found, strict=True):
                for spec, parts in zip(query.specs, profiles, strict=True):
                    self._keep(query.cut, spec, parts)

    def _keep(self, cut: Cut, spec: ProfileSpec, parts: Mapping[Part, Profile]) -> None:
        held = self.parts.setdefault((cut, spec), {})
        for key, profile in parts.items():
            held[key] = held[key].merge(profile) if key in held else profile

    def _split(
        self, table: pl.DataFrame, query: Query, names: Mapping[str, str], spec: ProfileSpec
    ) -> dict[Part, Profile]:
        """The profile of each segment, cell and version of a table."""
        cut = query.cut
        grouping, every = cut.bundle.grouping, self.knowledge.states
        dimensions = [d for d in grouping if d.by is not None]
        keys = [name for name in table.columns if name.startswith(SEGMENT) or name in (CELL, FROM, UNTIL)]
        if names:
            table = table.select(*keys, *names).rename(dict(names))
        if not keys:
            return {(_segment(grouping, ()), query.rows.cell, 0, every): spec.load(table, self.context)}
        texts = ScanContext(table.schema)
        table = table.with_columns(category(SEGMENT + d.name, texts).alias(SEGMENT + d.name) for d in dimensions)
        found: dict[Part, Profile] = {}
        for values, profile in spec.load_parts(table, keys, self.context).items():
            given = dict(zip(keys, values, strict=True))
            slices = ["null" if (value := given[SEGMENT + d.name]) is None else str(value) for d in dimensions]
            key = (
                _segment(grouping, slices),
                given.get(CELL, query.rows.cell),
                given.get(FROM, 0),
                given.get(UNTIL, every),
            )
            # A missing value and the text "null" are one segment: they are called the same.
            found[key] = found[key].merge(profile) if key in found else profile
        return found

    def profiles(self) -> ProfileSet:
        """The profiles of every snapshot."""
        profiles: _Found = {}
        reasons = {(cut.bundle.grouping, spec): reason for (cut, spec), reason in self.failed.items()}
        every = dict.fromkeys((*self.parts, *self.kept, *self.failed))
        for cut, spec in every:
            if (cut, spec) not in self.failed:
                fresh = self.parts.get((cut, spec), {}).items()
                self._into(profiles, cut, spec, (*fresh, *self.kept.get((cut, spec), ())))
        for cut in dict.fromkeys(cut for cut, _ in every):
            self._extract(cut, profiles, reasons)
        return ProfileSet(profiles, reasons)

    def _into(self, profiles: _Found, cut: Cut, spec: ProfileSpec, parts: Iterable[tuple[Part, Profile]]) -> None:
        """The profiles of a spec in each snapshot of its cut."""
        by_segment = timelines(parts)
        for snapshot in cut.bundle.snapshots:
            segments = profiles.setdefault((cut.bundle.grouping, snapshot), {})
            cells = cut.cells.of_window(snapshot.span) if cut.cells.edges else range(1)
            state = self.knowledge.state(snapshot.known)
            for segment, timeline in by_segment.items():
                profile = timeline.at(cells.start, cells.stop, state)
                if profile is not None:
                    segments.setdefault(segment, {})[spec] = profile

    def _extract(self, cut: Cut, profiles: _Found, reasons: dict[tuple[Grouping, ProfileSpec], str]) -> None:
        """Add the profiles of a cut that others contain."""
        grouping = cut.bundle.grouping
        made: dict[tuple[ProfileSpec, int], Profile] = {}
        for spec, table in contained(cut.bundle, self.context).items():
            if (grouping, table) in reasons:
                reasons[grouping, spec] = reasons[grouping, table]
            for snapshot in cut.bundle.snapshots:
                for held in profiles.get((grouping, snapshot), {}).values():
                    if table in held:
                        key = (spec, id(held[table]))
                        if key not in made:
                            made[key] = spec.extract(held[table])
                        held[spec] = made[key]


def _segment(grouping: Grouping, values: Sequence[str]) -> Segment:
    """The (dimension, value) pairs of one slice; a condition that holds reads `true`."""
    given = iter(values)
    return tuple((d.name, "true" if _is_condition(d) else next(given)) for d in grouping)


def _is_condition(dimension: Dimension) -> bool:
    return dimension.by is None
