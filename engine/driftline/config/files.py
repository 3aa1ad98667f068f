"""The files of a configuration: the root, what it includes, and their sections put together."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from driftline.config import codes
from driftline.config.content import read_bytes
from driftline.config.environment import Environment, substitute
from driftline.config.environments import only_chosen
from driftline.config.findings import Findings
from driftline.config.nodes import Map, Node, Scalar, Sequence
from driftline.config.reader import FORBIDDEN, parse
from driftline.config.walking import TooMuch, Walk
from driftline.errors import Place

MAXIMUM_BYTES = 4 << 20
MAXIMUM_FILES = 2_000
MAXIMUM_CHAIN = 50  # files that include one another
MAXIMUM_ENTRIES = 50_000  # of folders that globs look into


@dataclass(frozen=True)
class File:
    """A file that was read: its name as messages show it, its real path, its text, its tree, and who includes it."""

    name: str
    path: Path
    text: str
    root: Map
    ancestors: tuple[str, ...] = ()  # names of the files that include it, the root first

    @cached_property
    def lines(self) -> list[str]:
        """The lines of its text, for messages that quote one."""
        return self.text.splitlines()


@dataclass
class _Reading:
    """What is known while files are read."""

    folder: Path  # real path of the root file's folder
    environment: Environment
    findings: Findings
    chosen: str | None  # of `environments`
    files: dict[Path, File] = field(default_factory=dict)
    walk: Walk = field(default_factory=lambda: Walk(MAXIMUM_ENTRIES))


def read_files(path: Path, environment: Environment, findings: Findings, chosen: str | None = None) -> tuple[File, ...]:
    """The root file and all that it includes, in the order of inclusion (the root first).

    Of `environments`, only the body of the `chosen` one is kept.
    """
    real = _real(path)
    reading = _Reading(real.parent, environment, findings, chosen)
    _read(str(path), real, None, (), reading)
    return tuple(reading.files.values())


def read_text(path: Path, name: str, at: Node | None, findings: Findings) -> str | None:
    """The text of a file, or None with the finding that says why not."""
    try:
        content = read_bytes(path, MAXIMUM_BYTES + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "it does not exist" if missing else error.strerror or "it may not be opened"
        findings.error(codes.UNREADABLE_FILE, f"{name} cannot be read: {reason.lower()}", at, _missing_hint(error, at))
        return None
    if len(content) > MAXIMUM_BYTES:
        limit = f"{name} is larger than {MAXIMUM_BYTES >> 20} MiB"
        findings.error(codes.LIMIT, limit, Place(name, 1, 1), "divide it into several files with `include`")
        return None
    return _decode(content, name, findings)


def _missing_hint(error: OSError, at: Node | None) -> str:
    if isinstance(error, FileNotFoundError) and at is None:
        return "name the file to read, or write a monitors.yaml here"
    return "name a file that can be read"


def _decode(content: bytes, name: str, findings: Findings) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.error(codes.NOT_TEXT, "the file is UTF-16", Place(name, 1, 1), "save it as UTF-8")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        findings.error(codes.NOT_TEXT, message, _end_of(before, name), "save the file as UTF-8")
        return None
    if (bad := FORBIDDEN.search(text)) is not None:
        message = f"the control character U+{ord(bad.group()):04X} is not allowed"
        findings.error(codes.NOT_TEXT, message, _end_of(text[: bad.start()], name), "is this a text file? remove it")
        return None
    return text


def _end_of(text: str, name: str) -> Place:
    return Place(name, text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _read(name: str, real: Path, at: Node | None, chain: tuple[tuple[Path, Node | None], ...], to: _Reading) -> None:
    text = read_text(real, name, at, to.findings)
    if text is None or (root := parse(text, name, to.findings)) is None:
        return
    root = only_chosen(root, to.chosen)
    if "${" in text:
        root = substitute(root, real.parent, to.environment, to.findings)
    to.files[real] = File(name, real, text, root, tuple(to.files[by].name for by, _ in chain))
    entry = root.entries.get("include")
    if entry is None:
        return
    for item in _patterns(entry.value, to.findings):
        for found in _matches(item, real, to):
            _include(found, name, item, (*chain, (real, at)), to)


def _patterns(node: Node, findings: Findings) -> list[Scalar]:
    texts: list[Scalar] = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(item, Scalar) and not item.is_null:
            texts.append(item)
        else:
            findings.error(
                codes.WRONG_SHAPE, "`include` takes paths or globs", item, "write `include: [monitors/*.yaml]`"
            )
    return texts


def _matches(item: Scalar, real: Path, to: _Reading) -> list[Path]:
    """The paths that an item of `include` means, in alphabetical order; none (with a finding) outside of the folder."""
    if not item.known:
        return []
    if "\0" in item.text:
        to.findings.error(codes.MISSING_INCLUDE, f"{item.shown} is not a path", item)
        return []
    fixed = takewhile(lambda part: not glob.has_magic(part), Path(item.text).parts)
    if not _real(real.parent.joinpath(*fixed)).is_relative_to(to.folder):
        _report_escape(item, to)
        return []
    if not glob.has_magic(item.text):
        return [real.parent / item.text]
    try:
        found = [path for path in to.walk.files(real.parent, item.text) if _real(path) != real]
    except TooMuch:
        message = f"the globs look at more than {MAXIMUM_ENTRIES:,} files and folders"
        to.findings.error(codes.LIMIT, message, item, "name the folder that they are in: `teams/*.yaml`")
        return []
    if not found:
        to.findings.warning(codes.EMPTY_INCLUDE, f"{item.shown} finds no file", item)
    return found


def _real(path: Path) -> Path:
    """With symbolic links followed; unlike `Path.resolve`, a circle of links is no error here but a missing file."""
    return Path(os.path.realpath(path))


def _report_escape(item: Scalar, to: _Reading) -> None:
    hint = "keep included files in the root file's folder or below it"
    to.findings.error(codes.INCLUDE_ESCAPE, f"{item.shown} lies outside of the root file's folder", item, hint)


def _include(path: Path, by: str, item: Scalar, chain: tuple[tuple[Path, Node | None], ...], to: _Reading) -> None:
    real = _real(path)
    if not real.is_relative_to(to.folder):
        _report_escape(item, to)
        return
    if any(real == ancestor for ancestor, _ in chain):
        related = tuple((node, "included from here") for _, node in chain if node is not None)
        message = f"{item.shown} includes itself" if real == chain[-1][0] else f"{item.shown} is already being included"
        to.findings.error(codes.INCLUDE_CYCLE, message, item, "remove one of the includes", *related)
        return
    if real in to.files:
        return
    if not os.path.isfile(real):
        hint = f"paths are relative to the folder of {by}"
        to.findings.error(codes.MISSING_INCLUDE, f"{item.shown} does not exist or is not a file", item, hint)
        return
    if len(to.files) >= MAXIMUM_FILES:
        to.findings.error(codes.LIMIT, f"more than {MAXIMUM_FILES} files are included", item)
        return
    if len(chain) >= MAXIMUM_CHAIN:
        to.findings.error(codes.LIMIT, f"more than {MAXIMUM_CHAIN} files include one another in a chain", item)
        return
    _read(_display(by, item, path, len(to.files)), real, item, chain, to)


def _display(by: str, item: Scalar, path: Path, count: int) -> str:
    """How messages name an included file: from the folder of the file that names it, so that it can be opened."""
    if item.secret:
        return f"<file {count} of {by}>"  # its path came from the environment
    folder = Path(by).parent
    relative = os.path.relpath(path, _real(folder))
    return str(folder / relative)
