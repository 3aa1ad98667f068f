"""libyaml's errors in the reader's words, with the remedy that the text around them suggests."""

from __future__ import annotations

import re

import yaml

from driftline.config import codes
from driftline.config.findings import Findings
from driftline.errors import Place

QUOTE = "put the text in quotes"
_MESSAGES = {
    "mapping values are not allowed in this context": "a second `:` on one line, or a line that is indented too far",
    "did not find expected key": "a key is expected here",
    "did not find expected '-' indicator": "a list item that starts with `- ` is expected here",
    "could not find expected ':'": "a `:` is expected after the key",
    "found unknown escape character": "an unknown escape after a backslash",
    "found undefined tag handle": "YAML tags are not part of the language",
    "block sequence entries are not allowed in this context": "a list item cannot start here",
    "did not find expected <document start>": "text after the end of the map",
    "did not find expected node content": "a value is expected here",
}
_HINTS = {
    "mapping values are not allowed in this context": f"{QUOTE} if the colon is part of it; else check the indentation",
    "did not find expected key": "check the indentation, and that every bracket and quote above is closed",
    "did not find expected '-' indicator": "check the indentation",
    "could not find expected ':'": "write `key: value`, with a space after the colon",
    "found unknown escape character": "use single quotes, in which a backslash is a backslash",
    "block sequence entries are not allowed in this context": "start the list on a line of its own",
}


def report_syntax(error: yaml.YAMLError, text: str, file: str, findings: Findings) -> None:
    """Add the finding for an error of the parser."""
    if not isinstance(error, yaml.MarkedYAMLError) or (mark := error.problem_mark or error.context_mark) is None:
        findings.error(codes.SYNTAX, f"the YAML cannot be parsed: {str(error).splitlines()[0]}", Place(file, 1, 1))
        return
    problem, context = error.problem or "", error.context or ""
    opened = error.context_mark or mark
    lines = text.splitlines()
    if "quoted scalar" in context and "unexpected" in problem:
        findings.error(codes.SYNTAX, "the quote that opens here is never closed", _place(file, opened))
        return
    if problem.startswith("did not find expected ','"):
        _report_flow(lines, file, mark, opened, context, findings)
        return
    if "cannot start any token" in problem or "block scalar" in context or "alphabetic or numeric" in problem:
        _report_character(lines, file, mark if "cannot start" in problem else opened, findings)
        return
    message = _MESSAGES.get(problem, problem or "the YAML cannot be parsed")
    findings.error(codes.SYNTAX, message, _place(file, mark), _HINTS.get(problem))


def alias_hint(text: str, start: int) -> str:
    """A glob that was not quoted, most likely; `start` is where it stands in the text."""
    found = re.compile(r"\*[^\s,\]}]*").match(text, start)
    return f'a text that starts with `*` needs quotes: "{found.group() if found else "*"}"'


def _report_flow(
    lines: list[str], file: str, mark: yaml.Mark, opened: yaml.Mark, context: str, findings: Findings
) -> None:
    """Something in braces or brackets ends a value too early, or they are not closed."""
    open_, close = ("{", "}") if "mapping" in context else ("[", "]")
    region = lines[opened.line : mark.line + 1]
    line = _line(lines, mark.line)
    message = f"the `{open_}` of {opened.line + 1}:{opened.column + 1} needs a `,` or its `{close}` here"
    hint = None
    if line[mark.column - 1 : mark.column + 1] == "${":
        found = re.match(r"\$\{[^}]*\}?", line[mark.column - 1 :])
        hint = f'inside braces, a text that holds `${{…}}` needs quotes: "{found.group() if found else "${…}"}"'
    elif (comment := _comment(region)) is not None:
        index, column = comment
        hint = f"it hides the `{close}`; {QUOTE} if the `#` is part of it"
        place = Place(file, opened.line + index + 1, column + 1)
        findings.error(codes.SYNTAX, "`#` after a space starts a comment", place, hint)
        return
    elif mark.line > opened.line:
        message = f"the `{open_}` that opens here is never closed"
        findings.error(codes.SYNTAX, message, _place(file, opened), f"add `{close}`")
        return
    findings.error(codes.SYNTAX, message, _place(file, mark), hint or f"{QUOTE} if it is one")


def _comment(lines: list[str]) -> tuple[int, int] | None:
    """Line and column of the first comment that follows some text."""
    for index, line in enumerate(lines):
        if (found := re.search(r"(?<=\S)\s+#", line)) is not None:
            return index, found.end() - 1
    return None


def _report_character(lines: list[str], file: str, mark: yaml.Mark, findings: Findings) -> None:
    """A character that YAML keeps for itself stands at the start of a value."""
    rest = _line(lines, mark.line)[mark.column :]
    character = rest[:1]
    place = _place(file, mark)
    if character == "\t":
        findings.error(codes.SYNTAX, "a tab cannot indent", place, "use spaces")
        return
    value = re.split(r"[,}\]]|\s#", rest, maxsplit=1)[0].strip()
    if character in "><|":
        bound = re.fullmatch(r"[<>]=?\s*(\S+)", value)
        side = "above" if character == ">" else "below"
        hint = f"a bound is written without the sign: `{side}: {bound.group(1)}`" if bound else f'{QUOTE}: "{value}"'
        findings.error(codes.SYNTAX, f"a value cannot start with `{character}`", place, hint)
        return
    hint = f'{QUOTE}: "{value}"' if character != "&" else QUOTE
    findings.error(codes.SYNTAX, f"a value cannot start with `{character}`", place, hint)


def _line(lines: list[str], index: int) -> str:
    return lines[index] if 0 <= index < len(lines) else ""


def _place(file: str, mark: yaml.Mark) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)
