"""Which files a `path` means: one file, a glob, a folder, hive partitions or a URL; and how messages may name them."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from driftline.config.document import Secret, Text
from driftline.errors import SourceError
from driftline.sources.base import Footprint, SourceContext, SourceFile

_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")
_NUMBERS = {"max_retries", "retry_timeout_ms", "retry_init_backoff_ms", "retry_max_backoff_ms", "file_cache_ttl"}
_GLOB = re.compile(r"[*?\[]")


def reveal(text: Text) -> str:
    """The text itself, of a secret too. The result must reach no message, log or file."""
    return text.reveal() if isinstance(text, Secret) else text


def is_remote(written: str) -> bool:
    """Whether a path is an address in an object store or on a server."""
    return bool(_URL.match(written)) and not written.startswith("file://")


@dataclass(frozen=True)
class Files:
    """The files of a source, in order of their names.

    `remote` is the pattern of a URL, which Polars lists itself; otherwise `local` holds at least one file. A path that
    came from a secret is `hidden`: messages then count files and do not name them.
    """

    source: str
    local: tuple[str, ...] = ()
    remote: str | None = None
    partitioned: bool | None = False  # a folder of the path reads `key=value`; None: Polars finds out
    hidden: bool = False

    @property
    def scannable(self) -> str | list[str]:
        """What Polars is given."""
        return self.remote if self.remote is not None else list(self.local)

    def name(self, file: str) -> str:
        """A file as a message may show it."""
        if not self.hidden:
            return f"the file {file}"
        return f"file {self.local.index(file) + 1} of {len(self.local)} (its path is secret)"

    @property
    def label(self) -> str:
        """All of them, as a message may show them."""
        if self.hidden:
            return "its path (a secret, not shown)"
        if self.remote is not None:
            return self.remote
        return self.local[0] if len(self.local) == 1 else f"{self.local[0]} and {len(self.local) - 1} more"


def footprint(files: Files, rows: int | None = None) -> Footprint:
    """Number and size of local files; nothing is known of those that Polars lists itself."""
    if files.remote is not None:
        return Footprint(rows=rows)
    try:
        size = sum(os.path.getsize(file) for file in files.local)
    except OSError:
        return Footprint(len(files.local), rows=rows)
    return Footprint(len(files.local), size, rows)


def listed(files: Files, context: SourceContext) -> tuple[SourceFile, ...] | None:
    """The files with what tells whether they changed: size and time of change. None for those that Polars lists."""
    from driftline.sources._failures import not_opened

    if files.remote is not None:
        return None
    found = []
    for file in files.local:
        try:
            facts = os.stat(file)
        except OSError as error:
            raise SourceError(f"source {context.name!r}: {files.name(file)} {not_opened(error)}") from error
        found.append(SourceFile(key_of(file, context, files.hidden), f"{facts.st_size}-{facts.st_mtime_ns}", file))
    return tuple(found)


def key_of(file: str, context: SourceContext, hidden: bool) -> str:
    """A file from the configuration's folder on, so that the folder may move; of a secret path a hash."""
    folder = f"{context.directory}{os.sep}"
    name = file.removeprefix(folder) if file.startswith(folder) else os.path.relpath(file, context.directory)
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16] if hidden else name


def only(file: SourceFile, path: Text, context: SourceContext) -> Files:
    """One listed file alone."""
    return Files(context.name, (file.place,), partitioned=_partitioned(file.place), hidden=isinstance(path, Secret))


def resolve(path: Text, context: SourceContext, suffixes: tuple[str, ...]) -> Files:
    """The files that `path` means; SourceError where there are none or they cannot be listed."""
    written, hidden = reveal(path), isinstance(path, Secret)
    written = written.removeprefix("file://")
    if is_remote(written):
        return Files(context.name, remote=written, partitioned=True if "=" in written else None, hidden=hidden)
    pattern = str(context.directory / Path(written).expanduser())
    shown = "its path (a secret, not shown)" if hidden else written
    try:
        found = _listed(pattern, suffixes)
    except PermissionError:
        raise SourceError(
            f"source {context.name!r}: no permission to list the folder of {shown}; let this user read it"
        ) from None
    if not found:
        raise SourceError(_absent(context, pattern, shown, hidden))
    return Files(context.name, local=tuple(found), partitioned=_partitioned(found[0]), hidden=hidden)


def _partitioned(file: str) -> bool:
    return any("=" in part for part in Path(file).parent.parts)


def _absent(context: SourceContext, pattern: str, shown: str, hidden: bool) -> str:
    """Why nothing was found: no such folder, no such file, or nothing that fits the glob."""
    folder = os.path.dirname(_GLOB.split(pattern, maxsplit=1)[0])
    where = "" if hidden else f" under {folder}"
    if not os.path.isdir(folder):
        nearest = "its folder does not exist" if hidden else f"the folder {folder} does not exist"
        return f"source {context.name!r}: {nearest}, so {shown} finds no file; correct `path`"
    if _GLOB.search(pattern) or os.path.isdir(pattern):
        return f"source {context.name!r}: no file matches {shown}{where}; correct `path`, or wait for the first file"
    return f"source {context.name!r}: the file {shown} does not exist{where}; correct `path`"


def _listed(pattern: str, suffixes: tuple[str, ...]) -> list[str]:
    """Files of a path, sorted; a folder stands for all files in it that have one of the suffixes."""
    if os.path.exists(pattern):
        hits = [pattern]
    elif _GLOB.search(pattern):
        _check_readable(_GLOB.split(pattern, maxsplit=1)[0])
        hits = sorted(glob.glob(pattern, recursive=True))
    else:
        _check_readable(os.path.dirname(pattern))
        hits = []
    files: list[str] = []
    for hit in hits:
        files += _in_folder(hit, suffixes) if os.path.isdir(hit) else [hit]
    return files


def _check_readable(prefix: str) -> None:
    """Raise PermissionError for a folder that may not be listed: `glob` would say that it is empty."""
    folder = prefix if os.path.isdir(prefix) else os.path.dirname(prefix)
    if os.path.isdir(folder):
        os.listdir(folder)
        return
    try:
        os.stat(folder)
    except FileNotFoundError:
        return


def _in_folder(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files below a folder, without names that begin with `_` or `.`: Spark and Hive keep their notes there."""

    def refuse(error: OSError) -> None:
        raise error

    found: list[str] = []
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if name[0] not in "._"]
        found += [os.path.join(root, name) for name in names if name[0] not in "._" and name.endswith(suffixes)]
    return sorted(found)


def storage_options(storage: Mapping[str, Text] | None, context: SourceContext) -> dict[str, str | int] | None:
    """Object-store options as Polars takes them: its own about retries are numbers, the stores' are text."""
    if not storage:
        return None
    options: dict[str, str | int] = {}
    for key, value in storage.items():
        text = reveal(value)
        if key not in _NUMBERS:
            options[key] = text
        elif text.isdecimal():
            options[key] = int(text)
        else:
            raise SourceError(f"source {context.name!r}: `storage` needs a whole number for {key!r}")
    return options
