"""Globs over names (`*`, `?`, `[…]`), as selections and matchers take them. Case counts.

Matchers of a large configuration are held against thousands of names: all patterns of one make one expression, made
once. No pattern backtracks: each `*` takes the least that lets the rest of the name fit.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

SIGNS = frozenset("*?[")


def is_glob(text: str) -> bool:
    """Whether a text may mean other names than itself."""
    return not SIGNS.isdisjoint(text)


def fits(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the names or globs is this text. A name with brackets in it also fits itself."""
    if text in patterns:
        return True
    expression = _expression(patterns)
    return expression is not None and expression.match(text) is not None


@lru_cache(maxsize=16_384)
def _expression(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """The globs among them as one expression; None when there is none."""
    globs = [translate(pattern) for pattern in patterns if is_glob(pattern)]
    return re.compile("|".join(globs)) if globs else None
