"""From what a person typed to one source each: files, folders, globs and database URLs."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from driftline.errors import UsageError
from driftline.propose import names
from driftline.propose.scalars import sql_name
from driftline.registry import Registry

_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")
_DATABASES = ("sqlite", "postgresql", "postgres")
_MAGIC = re.compile(r"[*?\[]")
_DATED = re.compile(r"\d+")


@dataclass(frozen=True)
class Located:
    """One source: its kind, its options as a registry's class takes them, and how the file will name it."""

    kind: str
    options: tuple[tuple[str, str], ...]  # for opening it here: absolute paths, whole URLs
    written: tuple[tuple[str, str], ...]  # for the file: relative paths, no passwords
    said: str
    name: str  # a first idea of what to call it


@dataclass(frozen=True)
class Given:
    """What was typed, sorted: the scored data, the labels, the baseline."""

    data: tuple[str, ...]
    labels: tuple[str, ...]
    baseline: tuple[str, ...]


def sorted_out(data: Sequence[str], labels: str | None, baseline: str | None) -> Given:
    """A shell that expands `--labels out/*.csv` leaves all but the first among DATA: they go back to their like."""
    taken: dict[str, list[str]] = {"labels": [labels] if labels else [], "baseline": [baseline] if baseline else []}
    rest: list[str] = []
    for path in data:
        owner = next((key for key, first in taken.items() if first and _alike(path, first[0])), None)
        (rest if owner is None else taken[owner]).append(path)
    if not rest:  # `day_2.csv --baseline day_1.csv`: they are alike, and that is meant
        return Given(tuple(data), (labels,) if labels else (), (baseline,) if baseline else ())
    return Given(tuple(rest), tuple(dict.fromkeys(taken["labels"])), tuple(dict.fromkeys(taken["baseline"])))


def _alike(path: str, other: str) -> bool:
    """Whether two files are parts of one series: the same folder, and names that differ in their digits only."""
    if _URL.match(path) or _URL.match(other):
        return False
    (folder, name), (beside, like) = os.path.split(os.path.normpath(path)), os.path.split(os.path.normpath(other))
    return folder == beside and _DATED.sub("#", name) == _DATED.sub("#", like)


def locate(texts: Sequence[str], beside: Path, registry: Registry) -> Located:
    """The one source that these paths or this URL mean; paths are written relative to the folder `beside`."""
    if any(_URL.match(text) for text in texts):
        if len(texts) > 1:
            raise UsageError(
                f"{_safe(texts[0])}: one URL at a time; a glob such as s3://bucket/scored/*.parquet is one"
            )
        scheme = texts[0].split(":")[0].split("+")[0]
        return _database(texts[0], beside) if scheme in _DATABASES else _remote(texts[0], registry)
    if len(texts) == 1 and os.path.isdir(os.path.join(texts[0], "_delta_log")):
        return _delta(texts[0], beside)
    files, pattern = _files(texts, registry)
    if not files:
        raise UsageError(f"{texts[0]}: no file there; name a file, a folder, a glob or a database URL")
    kind = _kind(files, registry)
    relative = _relative(pattern, beside)
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    options, written = [("path", pattern)], [("path", relative)]
    separator = _separator(files[0]) if kind == "csv" else None
    if separator is not None:
        options.append(("separator", separator))
        written.append(("separator", separator))
    return Located(kind, tuple(options), tuple(written), count, _name(pattern))


def _delta(folder: str, beside: Path) -> Located:
    """A Delta Lake table: its log says which of the files in its folder count."""
    path = os.path.abspath(folder)
    kind = () if path.endswith(".delta") else (("type", "delta"),)
    return Located("delta", (("path", path),), (*kind, ("path", _relative(path, beside))), "a Delta table", _name(path))


def _files(texts: Sequence[str], registry: Registry) -> tuple[list[str], str]:
    """The files of all arguments, and one path or glob that finds exactly these."""
    if len(texts) == 1 and not os.path.exists(texts[0]):
        if not _MAGIC.search(texts[0]):
            raise UsageError(f"{texts[0]}: no such file or folder")
        found = [path for path in sorted(glob.glob(texts[0], recursive=True)) if os.path.isfile(path)]
        if not found:
            raise UsageError(f"{texts[0]}: no file matches")
        return found, os.path.abspath(texts[0])
    if len(texts) == 1 and os.path.isdir(texts[0]):
        return _folder(texts[0], registry)
    for text in texts:
        if not os.path.exists(text):
            raise UsageError(f"{text}: no such file or folder")
    if len(texts) == 1:
        return [texts[0]], os.path.abspath(texts[0])
    files = sorted({os.path.abspath(text) for text in texts})
    return files, _common(files)


def _folder(folder: str, registry: Registry) -> tuple[list[str], str]:
    """The data files below a folder, and a glob for them."""
    suffixes = tuple(suffix for kind in registry.sources for suffix in registry.source_class(kind).suffixes)
    found = []
    for root, folders, entries in os.walk(folder):
        folders[:] = sorted(entry for entry in folders if entry[0] not in "._")
        found += [os.path.join(root, entry) for entry in sorted(entries) if entry[0] not in "._"]
    files = [path for path in found if path.endswith(suffixes)]
    if not files:
        raise UsageError(f"{folder}: no data file in this folder; it would end in {', '.join(suffixes)}")
    depths = {os.path.relpath(path, folder).count(os.sep) for path in files}
    below = "*/" * min(depths) if len(depths) == 1 else "**/"
    endings = {_ending(path, suffixes) for path in files}
    if len(endings) > 1:
        raise UsageError(
            f"{folder}: holds {' and '.join(sorted(endings))} files; name one kind: {folder}/*{min(endings)}"
        )
    return files, f"{glob.escape(os.path.abspath(folder))}/{below}*{endings.pop()}"


def _ending(path: str, suffixes: Iterable[str]) -> str:
    return max((suffix for suffix in suffixes if path.endswith(suffix)), key=len, default=os.path.splitext(path)[1])


def _common(files: list[str]) -> str:
    """A glob that finds these files and no other; UsageError where there is none."""
    folders = {os.path.dirname(path) for path in files}
    endings = {os.path.splitext(path)[1] for path in files}
    if len(endings) == 1 and len(folders) == 1:
        folder, ending = folders.pop(), endings.pop()
        stems = [os.path.basename(path) for path in (files[0], files[-1])]  # sorted: what these two share, all do
        prefix = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(*stems, strict=False)))
        for start in ("", _DATED.sub("", prefix) if prefix[:1].isalpha() else prefix, prefix):
            pattern = f"{glob.escape(folder)}/{glob.escape(start)}*{ending}"
            if sorted(glob.glob(pattern)) == files:
                return pattern
    first, second = (os.path.relpath(path) for path in (files[0], files[-1]))
    raise UsageError(
        f"{first} … {second}: no glob finds these {len(files)} files and no other; put them into a folder, "
        "or name a glob in quotes"
    )


def _kind(files: Iterable[str], registry: Registry) -> str:
    """The kind that reads all the files, by their endings."""
    kinds: dict[str, str] = {}
    for path in files:
        for kind in registry.sources:
            if path.endswith(registry.source_class(kind).suffixes or ("\0",)):
                kinds.setdefault(kind, path)
                break
        else:
            known = ", ".join(suffix for kind in registry.sources for suffix in registry.source_class(kind).suffixes)
            raise UsageError(f"{os.path.relpath(path)}: no source reads such a file; they end in {known}")
    if len(kinds) > 1:
        one, other, *_ = (os.path.relpath(path) for path in kinds.values())
        raise UsageError(f"{one} and {other} are of different kinds; one source has one kind")
    return next(iter(kinds))


def _relative(pattern: str, beside: Path) -> str:
    """A path as the file will name it: from its folder, or absolute where the two have nothing in common."""
    relative = os.path.relpath(pattern, os.path.abspath(beside))
    if relative.count("../") > 3:
        return pattern
    return f"./{relative}" if relative.startswith("~") else relative


def _name(pattern: str) -> str:
    """A name from a path: the file's, else the nearest folder's that says more than `data` or a date."""
    shown = os.path.relpath(pattern) if os.path.isabs(pattern) else pattern
    for part in reversed(Path(shown).parts):
        if _MAGIC.search(part) or "=" in part or part.startswith("."):
            continue
        found = names.slug(_DATED.sub("", part.split(".")[0]))
        if len(found) > 1 and found not in names.GENERIC:
            return found
    return ""


def _separator(path: str) -> str | None:
    """What divides the fields of a CSV file whose header has no comma."""
    if not path.endswith(".csv"):
        return None
    try:
        with open(path, "rb") as stream:
            header = stream.readline(65_536).decode("utf-8", "replace")
    except OSError:
        return None  # opening the source says why
    if "," in header:
        return None
    return next((written for sign, written in ((";", ";"), ("\t", "\\t"), ("|", "|")) if sign in header), None)


def _remote(url: str, registry: Registry) -> Located:
    """Files in an object store, or on a web server."""
    kind = _kind([url.split("?")[0]], registry)
    return Located(kind, (("path", url),), (("path", url),), _safe(url), _name(url.partition("://")[2]))


def _database(url: str, beside: Path) -> Located:
    """A table of a database: `sqlite:///file.db#table`, `postgresql://host/db#schema.table`."""
    address, _, table = url.partition("#")
    if not table:
        raise UsageError(f"{_safe(url)}: say which table: add #TABLE to the URL")
    query = f"SELECT * FROM {'.'.join(sql_name(part) for part in table.split('.'))}"
    options = (("url", address), ("query", f"{query} LIMIT {SAMPLED_ROWS}"))
    written = (("url", _written_url(address, table, beside)), ("query", query))
    return Located("sql", options, written, f"the table {table}", names.slug(table))


def _written_url(address: str, table: str, beside: Path) -> str:
    """A URL for the file: an SQLite path from its folder, a password from the environment."""
    if re.match(r"^[^/]+://[^/@]*:[^/@]*@", address) or "password=" in address:
        return f"${{{re.sub(r'[^A-Z0-9]+', '_', table.upper())}_URL}}"
    scheme, _, path = address.partition(":///")
    if scheme.startswith("sqlite") and path and not path.startswith("/"):
        return f"{scheme}:///{os.path.relpath(path, os.path.abspath(beside))}"
    return address


SAMPLED_ROWS = 200_000


def _safe(url: str) -> str:
    """A URL without its user and password."""
    return re.sub(r"//[^/@]*@", "//…@", url)
