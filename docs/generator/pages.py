"""Every generated page, by its path under `docs/reference/`."""

from __future__ import annotations

from pathlib import Path

from docs.generator import checks, codes, commands, presets, results, sources
from docs.generator.markdown import page, table
from driftline import registry
from driftline.schema.publish import built_in

REFERENCE = Path(__file__).parents[1] / "reference"

INDEX = (
    ("[Checks](checks/README.md)", "every kind of check, with parameters, defaults and worked examples"),
    ("[Sources](sources.md)", "where rows come from, and every option"),
    ("[Presets](presets.md)", "what each preset stands for, and why"),
    ("[Command line](commands.md)", "commands and options"),
    ("[Exit codes](exit-codes.md)", "what a scheduler sees"),
    ("[The result document](result.md)", "what `run --format json` prints"),
    ("[Codes of findings](codes.md)", "what `validate` finds, by code"),
)


def pages() -> dict[str, str]:
    """Path -> text."""
    kinds = built_in(registry.load())
    found = {
        "README.md": page("Reference", table(("page", "what it holds"), INDEX)),
        "sources.md": sources.sources_page(kinds),
        "presets.md": presets.presets_page(kinds),
        "commands.md": commands.commands_page(),
        "codes.md": codes.codes_page(),
        "result.md": results.result_page(),
        "exit-codes.md": results.exit_codes_page(),
    }
    found |= {f"checks/{name}": text for name, text in checks.pages(kinds).items()}
    return found | {f"codes/{name}": text for name, text in codes.pages().items()}


def write() -> list[str]:
    """Write what differs and remove what is no page any more; the paths that changed."""
    wanted = pages()
    changed = []
    for path in REFERENCE.rglob("*.md"):
        if path.relative_to(REFERENCE).as_posix() not in wanted:
            path.unlink()
            changed.append(str(path))
    for name, text in wanted.items():
        path = REFERENCE / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(str(path))
    return changed
