"""The rows of a search, cut by every column and by every two of them: what any union of cells holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from driftline.compile.request import Grouping
from driftline.discovery.change import Change, Reader, Rows, Slice
from driftline.discovery.parts import Parts

Key = tuple[tuple[str, str], ...]  # (column, number of its part), one for each column that is cut, in their order


def groupings(parts: Sequence[Parts], depth: int) -> tuple[Grouping, ...]:
    """The slicings that a search asks for: all rows, each column, and every two of them."""
    found: list[Grouping] = [()]
    for size in range(1, depth + 1):
        found += [tuple(each.bands for each in chosen) for chosen in combinations(parts, size)]
    return tuple(found)


@dataclass(frozen=True)
class Side:
    """The slices of one side, by the columns that cut them."""

    slices: Mapping[tuple[str, ...], Mapping[Key, Slice]]

    def of(self, columns: tuple[str, ...]) -> Mapping[Key, Slice]:
        return self.slices.get(columns, {})


@dataclass(frozen=True, eq=False)
class Tables:
    """Both sides of a search, with what was read of them."""

    parts: Mapping[str, Parts]
    depth: int
    window: Side
    baseline: Side | None
    reader: Reader
    _read: dict[Key, Change | None] = field(default_factory=dict)
    _cells: dict[tuple[str, ...], dict[Key, Rows]] = field(default_factory=dict)

    def cells(self, columns: tuple[str, ...]) -> Mapping[Key, Rows]:
        """Every cell of some columns that has rows on a side, the nameless rest included."""
        if columns not in self._cells:
            now = self.window.of(columns)
            then = self.baseline.of(columns) if self.baseline is not None else None
            keys = dict.fromkeys((*now, *(then or ())))
            self._cells[columns] = {
                key: Rows(now.get(key, {}), None if then is None else then.get(key, {})) for key in sorted(keys)
            }
        return self._cells[columns]

    def is_named(self, key: Key) -> bool:
        return all(number in self.parts[column].named for column, number in key)

    def pairs(self) -> Iterable[tuple[str, ...]]:
        return combinations(self.parts, 2) if self.depth > 1 else ()

    def change(self, key: Key) -> Change | None:
        """The change of one cell."""
        if key not in self._read:
            rows = self.cells(columns_of(key)).get(key)
            self._read[key] = None if rows is None else self.reader.change(rows)
        return self._read[key]

    @cached_property
    def whole(self) -> Change | None:
        """The change of all rows."""
        return self.change(())

    def among(self, columns: tuple[str, ...], keep: Callable[[Key], bool]) -> Change | None:
        """The change of the cells of a table that are kept, as one."""
        chosen = [rows for key, rows in self.cells(columns).items() if keep(key)]
        return self.reader.change(Rows.together(chosen)) if chosen else None

    def elsewhere(self, key: Key) -> Change | None:
        """The change of all rows but those of a cell."""
        return self.among(columns_of(key), lambda other: other != key)

    def beside(self, key: Key, parent: Key) -> Change | None:
        """The change of the rows of a parent that are not in its cell."""
        (shared,) = parent
        return self.among(columns_of(key), lambda other: shared in other and other != key)


def columns_of(key: Key) -> tuple[str, ...]:
    return tuple(column for column, _ in key)
