"""What the walk over the nodes yields: typed values in plain maps and lists, and the node behind each path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from driftline.config.nodes import Node, Scalar
from driftline.errors import Place

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: its own node, and its key's (None for an item of a list)."""

    value: Node
    key: Scalar | None

    @property
    def spot(self) -> Node:
        """The node to point at when the value as a whole is meant: a single value itself, else its key."""
        return self.value if isinstance(self.value, Scalar) or self.key is None else self.key


@dataclass(frozen=True)
class Tree:
    """Marks by path (`("monitors", "auc", "threshold", "critical", "above")`).

    `refused` are paths whose value is unreadable, or that are missing and reported; `kinds` are those of the sources.
    """

    marks: dict[Path, Mark] = field(default_factory=dict)
    refused: set[Path] = field(default_factory=set)
    kinds: dict[Path, str] = field(default_factory=dict)

    def written(self, *path: str | int) -> bool:
        """Whether the key stands in the file, even when its value was refused."""
        return path in self.marks or path in self.refused

    def node(self, *path: str | int) -> Node | None:
        """The node of a path's value, or of the nearest path above that has one."""
        for end in range(len(path), 0, -1):
            if (mark := self.marks.get(path[:end])) is not None:
                return mark.spot if end < len(path) or not isinstance(mark.value, Scalar) else mark.value
        return None

    def key(self, *path: str | int) -> Node | None:
        """The node of a path's key, or of the nearest path above."""
        for end in range(len(path), 0, -1):
            if (mark := self.marks.get(path[:end])) is not None:
                return mark.key or mark.value
        return None

    def shown(self, value: Any, *path: str | int) -> str:
        """A value as a message may show it: never one from the environment."""
        mark = self.marks.get(path)
        if mark is not None and isinstance(mark.value, Scalar) and mark.value.secret:
            return mark.value.shown
        return f"`{value}`"

    def known(self, *path: str | int) -> bool:
        """False for a value that the environment would have given and does not."""
        mark = self.marks.get(path)
        return mark is None or not isinstance(mark.value, Scalar) or mark.value.known

    def places(self, root: Place) -> Mapping[Path, Place]:
        """The place of every path, for the stages that come after."""
        return Places(self.marks, root)


@dataclass(frozen=True, eq=False, repr=False)
class Places(Mapping[Path, Place]):
    """Places by path, made when they are asked for: of a hundred thousand, few ever are."""

    marks: Mapping[Path, Mark]
    root: Place

    def __getitem__(self, path: Path) -> Place:
        return self.root if path == () else self.marks[path].spot.place

    def __iter__(self) -> Iterator[Path]:
        return chain([()], self.marks)

    def __len__(self) -> int:
        return len(self.marks) + 1
