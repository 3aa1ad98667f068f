"""What a failure of Polars says to a person."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"(for \d+ out of \d+ values): .*")


def first_line(error: BaseException) -> str:
    """What an error says, without the query plan that Polars appends and the values of rows that it quotes."""
    return _QUOTED.sub(r"\1", str(error).strip().split("\n", 1)[0])
