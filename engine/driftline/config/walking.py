"""The files that a glob of `include` finds: each once, and through no link that `**` would have to follow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic
from itertools import groupby
from pathlib import Path

from driftline.globs import fits


class TooMuch(Exception):
    """The folders hold more entries than are looked at."""


@dataclass
class Walk:
    """Looks into folders; `left` is how many entries may still be seen, for all globs of a configuration together."""

    left: int

    def files(self, folder: Path, pattern: str) -> list[Path]:
        """What fits a pattern such as `teams/**/*.yaml`, in alphabetical order. Raises TooMuch."""
        paths = [str(folder)]
        for part, _ in groupby(Path(pattern).parts):  # `**/**` is `**`
            paths = list(dict.fromkeys(self._next(paths, part)))
        return sorted(Path(path) for path in paths if not os.path.isdir(path))

    def _next(self, paths: Iterable[str], part: str) -> Iterator[str]:
        for path in paths:
            if part == "**":
                yield from self._below(path)
            elif has_magic(part):
                yield from (entry.path for entry in self._entries(path) if _is_meant(entry.name, part))
            elif os.path.lexists(inside := os.path.join(path, part)):
                yield inside

    def _below(self, folder: str) -> Iterator[str]:
        """The folder and all folders in it; hidden ones are left alone."""
        waiting = [folder]
        while waiting:
            path = waiting.pop()
            yield path
            for entry in self._entries(path):
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        self._count()
        try:
            with os.scandir(folder) as found:
                for entry in found:
                    self._count()
                    yield entry
        except OSError:  # not a folder, or it may not be looked into: nothing is found there
            return

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooMuch


def _is_meant(name: str, pattern: str) -> bool:
    """A hidden file is only meant by a pattern that starts with a dot."""
    return fits(name, (pattern,)) and (pattern.startswith(".") or not name.startswith("."))
