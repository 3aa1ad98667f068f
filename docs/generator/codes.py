"""The page of diagnostic codes, each with an example from the museum of bad configurations."""

from __future__ import annotations

import re
from pathlib import Path

from docs.generator.markdown import fence, page, prose, table
from driftline.config.codes import CODES

MUSEUM = Path(__file__).parents[2] / "tests" / "config" / "bad"
LONGEST = 20


def codes_page() -> str:
    """Every code, with an anchor of its own."""
    blocks = [
        "Every finding of `driftline validate` carries a code. A code never changes its meaning and is never used for "
        "another one. Findings are errors, except where the example shows a warning.",
        table(("code", "title"), [(f"[{code.id}](#{code.id.lower()})", prose(code.title)) for code in CODES.values()]),
    ]
    examples = _examples()
    for code in CODES.values():
        blocks += [f"## {code.id}", f"**{prose(code.title)}.** {prose(code.text)}"]
        if code.id in examples:
            blocks.append(fence(examples[code.id]))
    return page("Codes of findings", *blocks)


def _examples() -> dict[str, str]:
    """By code: the shortest finding that the museum shows of it."""
    found: dict[str, str] = {}
    for path in sorted(MUSEUM.glob("*.txt")):
        for block in path.read_text("utf-8").split("\n\n"):
            named = re.search(r"(?:error|warning) (DL\d+): ", block.split("\n", 1)[0])
            if named is None or block.count("\n") > LONGEST:
                continue
            known = found.get(named.group(1))
            if known is None or len(block) < len(known):
                found[named.group(1)] = block
    return found
