"""The pages of the result document, from its schema, and of the exit codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from docs.generator.markdown import fence, page, prose, table
from driftline.schema.location import SCHEMAS

EXIT_CODES = (
    ("0", "fine", ""),
    ("1", "a verdict is at or beyond `--fail-on`", "`--fail-on warning` or `never` moves the limit"),
    ("2", "usage or configuration", "`driftline validate` shows every finding"),
    ("3", "a source or the engine failed, so that something was not judged", "verdicts with status `error` say why"),
    ("4", "a notice could not be delivered", "it stays in the outbox; the next run tries again"),
    ("130", "interrupted from the keyboard", ""),
)
FROM_PYTHON = """import driftline

report = driftline.run("monitors.yaml", at="latest")
frame = report.to_frame()"""


def result_page() -> str:
    """`run --format json`."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "result.schema.json").read_text("utf-8"))
    blocks = [
        "`driftline run --format json` prints one JSON document, which "
        "[result.schema.json](../../schemas/result.schema.json) describes in full. Every key is always present, null "
        "where it does not apply. Times are RFC 3339 in UTC with `Z`. Durations are seconds.",
        _table(schema),
    ]
    for name in ("result", "alert", "delivery"):
        part = schema["$defs"][name]
        blocks += [f"## {name.capitalize()}", prose(part["description"]), _table(part)]
    blocks += ["## From Python", "The same verdicts as a Polars frame, one row each:", fence(FROM_PYTHON, "python")]
    return page("The result document", *blocks)


def _table(part: Mapping[str, Any]) -> str:
    rows = [(f"`{key}`", _text(value)) for key, value in part["properties"].items()]
    return table(("key", "what it is"), rows)


def _text(value: Mapping[str, Any]) -> str:
    """The sentence of a key, the words that it takes, and the sentences of its parts."""
    words = ", ".join(f"`{word}`" for word in value.get("enum", ()))
    parts = [prose(value["description"]), f"One of {words}." if words else ""]
    for key, inner in value.get("properties", {}).items():
        parts.append(f"`{key}`: {prose(inner['description'])}" if "description" in inner else "")
    return " ".join(part for part in parts if part)


def exit_codes_page() -> str:
    """The exit codes of `driftline run`."""
    head = ("code", "meaning", "what to do")
    text = "The largest that applies. `validate` and `plan` end with 0 or 2."
    return page("Exit codes", text, table(head, EXIT_CODES))
