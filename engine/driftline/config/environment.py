"""`${NAME}`, `${NAME:-default}` and `${file:/path}` in values: replaced once, after parsing; then secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from driftline.config import codes
from driftline.config.content import read_bytes
from driftline.config.findings import Findings
from driftline.config.nodes import Entry, Map, Node, Scalar

MAXIMUM_SECRET_BYTES = 1 << 20
_SUBSTITUTION = re.compile(r"\$\$\{|\$\{(?P<inside>[^{}]*)\}|\$\{")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


@dataclass(frozen=True)
class Environment:
    """Where substitutions come from; `allow_missing` accepts what is not there (for CI without the secrets).

    `moved` is a folder of copies and that of the originals: secret files are looked for beside the originals.
    """

    variables: Mapping[str, str]
    allow_missing: bool = False
    moved: tuple[Path, Path] | None = None

    def home(self, directory: Path) -> Path:
        """The folder that relative paths of secret files count from."""
        if self.moved is None or not directory.is_relative_to(self.moved[0]):
            return directory
        return self.moved[1] / directory.relative_to(self.moved[0])


def substitute(root: Map, directory: Path, environment: Environment, findings: Findings) -> Map:
    """The tree with every substitution in a value replaced; keys are left as they are."""
    return _Substitution(directory, environment, findings).map(root)


@dataclass(frozen=True)
class _Substitution:
    directory: Path
    environment: Environment
    findings: Findings

    def map(self, root: Map) -> Map:
        done: dict[int, Node] = {}  # aliases share nodes: each is replaced once

        def visit(node: Node) -> Node:
            if (known := done.get(id(node))) is not None:
                return known
            new: Node
            if isinstance(node, Scalar):
                new = self.scalar(node) if "${" in node.text else node
            elif isinstance(node, Map):
                new = visit_map(node)
            else:
                items = tuple(visit(item) for item in node.items)
                same = all(a is b for a, b in zip(items, node.items, strict=True))
                new = node if same else replace(node, items=items)
            done[id(node)] = new
            return new

        def visit_map(node: Map) -> Map:
            entries = {name: Entry(entry.key, visit(entry.value)) for name, entry in node.entries.items()}
            same = all(entry.value is node.entries[name].value for name, entry in entries.items())
            return node if same else replace(node, entries=entries)

        return visit_map(root)

    def scalar(self, node: Scalar) -> Scalar:
        """A scalar with its substitutions replaced: secret if there was one, not known if one could not be had."""
        found: list[str | None] = []

        def one(match: re.Match[str]) -> str:
            if match.group() == "$${":
                return "${"
            inside = match.group("inside")
            text = None
            if inside is None:
                self._malformed(node)
            else:
                text = self._lookup(inside, node)
            found.append(text)
            return match.group() if text is None else text

        text = _SUBSTITUTION.sub(one, node.text)
        if not found:
            return replace(node, text=text)
        return replace(node, text=text, secret=True, known=None not in found)

    def _lookup(self, inside: str, node: Scalar) -> str | None:
        if inside.startswith("file:"):
            return self._file(inside.removeprefix("file:"), node)
        if (match := _VARIABLE.fullmatch(inside)) is None:
            self._malformed(node)
            return None
        name, default = match.group("name"), match.group("default")
        value = self.environment.variables.get(name)
        if default is not None:
            return value or default
        if value is None and not self.environment.allow_missing:
            hint = f"set it, write a default as ${{{name}:-…}}, or validate with --allow-missing-env"
            self.findings.error(codes.UNSET_VARIABLE, f"the environment variable {name} is not set", node, hint)
        return value

    def _file(self, path: str, node: Scalar) -> str | None:
        try:
            content = read_bytes(self.environment.home(self.directory) / path, MAXIMUM_SECRET_BYTES + 1)
            if len(content) > MAXIMUM_SECRET_BYTES:
                raise ValueError("it is larger than 1 MiB")
            return content.decode("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            if not self.environment.allow_missing:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else _reason(error)
                hint = "correct the path, or validate with --allow-missing-env"
                message = f"the secret file {path} cannot be read: {reason}"
                self.findings.error(codes.UNREADABLE_SECRET, message, node, hint)
            return None

    def _malformed(self, node: Scalar) -> None:
        hint = "write ${NAME}, ${NAME:-default} or ${file:/path}; for the text itself write $${"
        self.findings.error(codes.BAD_SUBSTITUTION, "the substitution `${` is malformed", node, hint)


def _reason(error: Exception) -> str:
    """Why a file that could be opened is of no use; never with a part of its content."""
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
