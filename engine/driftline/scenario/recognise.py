"""Whether a file is a scenario, told without parsing it: commands that take configurations take these too."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOST = 4 << 20  # bytes, as of any configuration
_CASES = re.compile(rb"^(cases|\"cases\"|'cases')[ \t]*:", re.MULTILINE)


def is_scenario(path: Path) -> bool:
    """A scenario has `cases`, which no configuration has; False for what cannot be read."""
    if not os.path.isfile(path):  # a pipe or a device would be waited for
        return False
    try:
        with path.open("rb") as file:
            return _CASES.search(file.read(MOST)) is not None
    except OSError:
        return False
