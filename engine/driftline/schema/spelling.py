"""Did you mean: the nearest known name."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

FEW = 100  # names that are all compared letter by letter
RARE = 6  # pairs of letters that choose among more


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is spelt most like `name`, if any is near: case, `-` and `_` count little."""
    return _nearest(name, tuple(known), cutoff)


@lru_cache(maxsize=4096)
def _nearest(name: str, candidates: tuple[str, ...], cutoff: float) -> str | None:
    index = _index(candidates)
    if (wanted := _fold(name)) in index.folded:
        return index.folded[wanted]
    found = difflib.get_close_matches(wanted, index.like(wanted), n=1, cutoff=cutoff)
    return index.folded[found[0]] if found else None


@dataclass(frozen=True)
class _Index:
    """Names by their folded spelling, and by the pairs of letters in it."""

    folded: Mapping[str, str]
    pairs: Mapping[str, Sequence[str]]

    def like(self, wanted: str) -> Collection[str]:
        """The names that are worth a closer look: all, or of very many those with most of the rarer pairs."""
        if len(self.folded) <= FEW:
            return self.folded
        found = sorted((self.pairs[pair] for pair in set(_pairs(wanted)) if pair in self.pairs), key=len)[:RARE]
        return [name for name, _ in Counter(chain.from_iterable(found)).most_common(FEW // 4)]


@lru_cache(maxsize=64)
def _index(candidates: tuple[str, ...]) -> _Index:
    folded = {_fold(candidate): candidate for candidate in reversed(candidates)}
    pairs: dict[str, list[str]] = {}
    for name in folded if len(folded) > FEW else ():
        for pair in set(_pairs(name)):
            pairs.setdefault(pair, []).append(name)
    return _Index(folded, pairs)


def _pairs(name: str) -> Iterator[str]:
    return (name[start : start + 2] for start in range(len(name) - 1))


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
