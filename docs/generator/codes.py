"""The pages of diagnostic codes: each with a file that is wrong, what `validate` says of it, and the file put right.

The examples are the folders of `tests/config/codes`, which tests hold to what they show.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.generator.markdown import fence, page, prose, table
from driftline.config.codes import CODES, Code

EXAMPLES = Path(__file__).parents[2] / "tests" / "config" / "codes"
WRONG, RIGHT, SAID = "wrong.yaml", "right.yaml", "wrong.txt"


def codes_page() -> str:
    """The index."""
    rows = [(f"[{code.id}](codes/{code.id}.md)", _severity(code), prose(code.title)) for code in CODES.values()]
    return page(
        "Codes of findings",
        "Every finding of `driftline validate` carries a code. A code never changes its meaning and is never used for "
        "another one. Its page shows a file that gives it, and the same file put right; "
        "`driftline validate --explain DL012` prints the page.",
        table(("code", "severity", "title"), rows),
    )


def pages() -> dict[str, str]:
    """By file name under `codes/`."""
    return {f"{code.id}.md": _page(code) for code in CODES.values()}


def _page(code: Code) -> str:
    folder = EXAMPLES / code.id
    said = _text(folder / SAID)
    return page(
        f"{code.id}: {prose(code.title)}",
        f"A{'n' if _severity(code) == 'error' else ''} {_severity(code)}. {prose(code.text)}",
        "## Wrong",
        *_shown(folder, WRONG),
        fence(f"$ {command(code)}\n{said}"),
        "## Right",
        *_shown(folder, RIGHT),
    )


def command(code: Code) -> str:
    """How the finding is come by: those of the data need a look at it."""
    return f"driftline validate {WRONG}{' --data' if code.id.startswith('DL10') else ''}"


def _shown(folder: Path, name: str) -> Iterable[str]:
    """A file of the example, and those beside it that it names."""
    root = folder / name
    if root.is_dir():
        yield f"`{name}` is a folder, which holds `{'`, `'.join(sorted(path.name for path in root.iterdir()))}`."
        return
    text = _text(root)
    yield fence(text, "yaml example")
    for path in sorted(folder.rglob("*")):
        beside = path.relative_to(folder).as_posix()
        named = beside in text or f"{path.parent.name}/*{path.suffix}" in text
        if path.is_file() and path.parent != folder and named:
            yield f"with `{beside}`:"
            yield fence(_text(path), "yaml example" if path.suffix == ".yaml" else "text")


def _severity(code: Code) -> str:
    return "error" if f"error {code.id}: " in _text(EXAMPLES / code.id / SAID) else "warning"


def _text(path: Path) -> str:
    """The text of a file; where it is not UTF-8, with a sign for what cannot be read."""
    return path.read_bytes().decode("utf-8", "replace")
