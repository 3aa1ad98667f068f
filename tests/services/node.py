"""Programs of Node.js that tests run, pinned in node_packages; installed once into the cache of the user."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.services.processes import program

PINNED = Path(__file__).parent / "node_packages"
FILES = ("package.json", "package-lock.json")


def modules() -> Path:
    """The folder of installed packages. The first call needs the registry, later ones no network."""
    pinned = hashlib.sha256(b"".join((PINNED / name).read_bytes() for name in FILES)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "driftline-tests"
    installed = cache / f"node-{pinned}"
    if not installed.exists():
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=cache))
        try:
            _install(made)
            made.rename(installed)
        except OSError:
            if not installed.exists():  # else another run was quicker
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return installed / "node_modules"


def _install(folder: Path) -> None:
    for name in FILES:
        shutil.copy(PINNED / name, folder)
    command = [program("npm"), "ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"npm could not install the packages of {PINNED}:\n{done.stdout}{done.stderr}")
