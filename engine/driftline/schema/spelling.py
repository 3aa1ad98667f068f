"""Did you mean: the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is spelt most like `name`, if any is near: case, `-` and `_` count little."""
    return _nearest(name, tuple(known), cutoff)


@lru_cache(maxsize=4096)
def _nearest(name: str, candidates: tuple[str, ...], cutoff: float) -> str | None:
    folded = {_fold(candidate): candidate for candidate in reversed(candidates)}
    if _fold(name) in folded:
        return folded[_fold(name)]
    found = difflib.get_close_matches(_fold(name), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def _fold(name: str) -> str:
    return name[:100].lower().replace("-", "_").replace(" ", "_")


def hint_for(name: str, known: Iterable[str], what: str) -> str:
    """A hint for an unknown name: the nearest one, else those that there are."""
    names = list(known)
    if (meant := nearest(name, names)) is not None:
        return f"did you mean `{meant}`?"
    if not names:
        return f"no {what} is declared"
    shown = ", ".join(f"`{known}`" for known in names[:8])
    return f"there is {shown}" if len(names) == 1 else f"there are {shown}{', …' if len(names) > 8 else ''}"
