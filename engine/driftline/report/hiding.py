"""What came from the environment or a secret file is not shown, wherever in a configuration it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from driftline.config.document import Document

MASK = "***"
SHORTEST = 4  # shorter texts tell nothing, and stand in any other
_FILLED = re.compile(r"\{(?:monitor|model)\}")  # what a runbook's address is completed by


def hidden(value: Any, documents: Iterable[Document], *spellings: Callable[[str], str]) -> Any:
    """A text, or JSON-able values, with every text from outside replaced by `***`; also as `spellings` write it."""
    parts = {part for document in documents for secret in document.secrets for part in _FILLED.split(secret.reveal())}
    found = {each for part in parts if len(part) >= SHORTEST for each in (part, *(spell(part) for spell in spellings))}
    texts = sorted(found, key=len, reverse=True)
    if not texts:
        return value
    pattern = re.compile("|".join(re.escape(text) for text in texts))
    return _masked(value, pattern)


def _masked(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, Mapping):
        return {_masked(key, pattern): _masked(each, pattern) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, pattern) for each in value]
    return value
