"""The files of a configuration as they were at a git revision, beside the work tree, which is never touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from driftline.config.files import MAXIMUM_BYTES
from driftline.config.findings import Findings
from driftline.config.nodes import Scalar, Sequence
from driftline.config.reader import parse
from driftline.errors import UsageError

SYMLINK = "120000"


@dataclass(frozen=True)
class Revision:
    """A state of a repository: `name` as it was asked for, `commit` in short, `root` a copy of the root file."""

    name: str
    commit: str
    root: Path


@dataclass(frozen=True)
class _Blob:
    """A file of the revision; `path` counts from the root file's folder."""

    mode: str
    oid: str
    path: PurePosixPath


@dataclass(frozen=True)
class Option:
    """The option that asks for a revision, and what there is to do without git: for messages."""

    name: str
    instead: str = ""
    of_old: str = ""  # of a file that the revision does not have


AGAINST = Option(
    "--against",
    instead="--against-file compares with a file",
    of_old="or the file as it was called then with --against-file",
)


@contextmanager
def at_revision(path: Path, name: str, option: Option = AGAINST) -> Iterator[Revision]:
    """The root file and all that it may include as at a revision, in a temporary folder.

    Raises UsageError where git is missing, the file lies in no repository, or the revision or the file is not there.
    """
    real = Path(os.path.realpath(path))
    try:
        asked = _git(real.parent, "rev-parse", "--show-toplevel")
    except FileNotFoundError:
        raise UsageError("; ".join(_said(f"{option.name} needs git, which is not installed", option.instead))) from None
    if asked.returncode != 0:
        lacking = f"{path} lies in no git repository{_reason(asked)}"
        raise UsageError(", ".join(_said(f"{lacking}; {option.name} needs one", option.instead)))
    top = Path(os.fsdecode(asked.stdout).strip("\n"))
    commit = _commit(top, name)
    folder = real.parent.relative_to(os.path.realpath(top)).as_posix()
    blobs = {blob.path: blob for blob in _listed(top, commit, "" if folder == "." else f"{folder}/")}
    short = _asked(top, "rev-parse", "--short", commit)
    root = PurePosixPath(real.name)
    if root not in blobs:
        where = "" if folder == "." else f"{folder}/"
        lacking = f"{where}{root} did not exist at {name} ({short}), so there is nothing to compare with"
        raise UsageError(", ".join(_said(f"{lacking}; name a later revision", option.of_old)))
    with TemporaryDirectory(prefix="driftline-") as temporary:
        _extract(top, blobs, root, Path(temporary).resolve())
        yield Revision(name, short, Path(temporary).resolve() / root)


def _commit(top: Path, name: str) -> str:
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    shallow = _git(top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    remedy = "the clone is shallow: fetch more of its history" if shallow else "correct the name, or fetch it first"
    raise UsageError(f"there is no revision `{name}` in the repository {top}; {remedy}")


def _listed(top: Path, commit: str, folder: str) -> Iterable[_Blob]:
    """The files of a folder that are small enough to be part of a configuration."""
    paths = ["--", folder] if folder else []
    done = _git(top, "ls-tree", "-r", "-z", "-l", "--full-tree", commit, *paths)
    for line in done.stdout.split(b"\0"):
        about, tab, name = line.partition(b"\t")
        if not tab:
            continue
        mode, kind, oid, size = about.decode().split()
        if kind == "blob" and int(size) <= MAXIMUM_BYTES:
            yield _Blob(mode, oid, PurePosixPath(os.fsdecode(name)[len(folder) :]))


def _extract(top: Path, blobs: dict[PurePosixPath, _Blob], root: PurePosixPath, into: Path) -> None:
    """Write the root file and, round by round, every file whose name an `include` in what is there may mean."""
    wanted, done = {root.name}, set[PurePosixPath]()
    while True:
        found = [path for path in blobs if path not in done and any(fnmatchcase(path.name, one) for one in wanted)]
        if not found:
            return
        contents = _contents(top, [blobs[path].oid for path in found])
        for path, content in zip(found, contents, strict=True):
            done.add(path)
            wanted |= _written(into / path, content, is_link=blobs[path].mode == SYMLINK, into=into)


def _written(path: Path, content: bytes, *, is_link: bool, into: Path) -> set[str]:
    """Put a file there; the names that it refers to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not is_link:
        path.write_bytes(content)
        return set(_included(content))
    target = os.fsdecode(content)
    if not Path(os.path.normpath(path.parent / target)).is_relative_to(into):
        return set()  # it leads out of the folder, where nothing of a configuration can be
    path.symlink_to(target)
    return {PurePosixPath(target).name}


def _included(content: bytes) -> Iterable[str]:
    """The last parts of the paths and globs under `include`; one that the environment decides may be any file."""
    root = parse(content.decode("utf-8-sig", "replace"), "", Findings()) if b"include" in content else None
    entry = root.entries.get("include") if root is not None else None
    if entry is None:
        return
    for item in entry.value.items if isinstance(entry.value, Sequence) else (entry.value,):
        if isinstance(item, Scalar) and not item.is_null:
            last = PurePosixPath(item.text).name
            yield "*.y*ml" if "${" in last or "}" in last else last


def _contents(top: Path, oids: list[str]) -> list[bytes]:
    """The contents of blobs, in order."""
    done = _git(top, "cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids).encode())
    found, at = [], 0
    for oid in oids:
        end = done.stdout.find(b"\n", at)
        size = done.stdout[at:end].rpartition(b" ")[2] if end >= 0 else b""
        if not size.isdigit():
            raise UsageError(f"git could not read the object {oid} of {top}; run `git fsck` there")
        found.append(done.stdout[end + 1 : end + 1 + int(size)])
        at = end + 1 + int(size) + 1
    return found


def _said(*parts: str) -> Iterable[str]:
    """The parts of a message that there are."""
    return filter(None, parts)


def _asked(folder: Path, *arguments: str) -> str:
    """One line of git's answer; UsageError with what git says where there is none."""
    done = _git(folder, *arguments)
    if done.returncode == 0:
        return os.fsdecode(done.stdout).strip("\n")
    raise UsageError(f"git gave no answer{_reason(done)}; run `git status` in {folder}")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git says, where the message does not say it already."""
    said = os.fsdecode(done.stderr).strip().splitlines()
    return f" (git: {said[0].removeprefix('fatal: ')})" if said and "not a git repository" not in said[0] else ""


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A git command; FileNotFoundError where git is not installed."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
