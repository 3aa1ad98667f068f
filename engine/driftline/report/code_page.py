"""The page of a diagnostic code, as a terminal shows it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from driftline.config.codes import CODES
from driftline.errors import Diagnostic, UsageError
from driftline.schema.location import CODE_PAGES

_NOTICE = re.compile(r"<!--.*?-->\n+", re.DOTALL)
_ESCAPED = re.compile(r"\\([*<])")


def code_page(asked: str) -> str:
    """What the documentation says of a code (`DL012`); UsageError when there is no such code."""
    name = asked.strip().upper()
    if name not in CODES:
        raise UsageError(f"there is no code {asked}; a finding says its own, such as {next(iter(CODES))}")
    try:
        page = (CODE_PAGES / f"{name}.md").read_text("utf-8")
    except FileNotFoundError:  # `make docs` has not run since the code came
        page = f"# {name}: {CODES[name].title}\n\n{CODES[name].text}\n"
    return _ESCAPED.sub(r"\1", _NOTICE.sub("", page)).replace("```yaml example", "```yaml").rstrip()


def pointer(diagnostics: Iterable[Diagnostic]) -> str | None:
    """Where a reader at a terminal finds more about the findings; None where there are none, or nobody reads."""
    first = next((one.code for one in diagnostics if one.code in CODES), None)
    if first is None or not sys.stderr.isatty():
        return None
    return f"driftline validate --explain {first} shows what it means, with a wrong and a right example"
