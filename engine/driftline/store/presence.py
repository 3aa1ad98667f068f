"""Whether a store exists, told without opening it: a dry run of a fresh project needs no database at all."""

from __future__ import annotations

from pathlib import Path

from driftline.config.document import Secret, Text

SQLITE = "sqlite:///"


def exists(url: Text, directory: Path) -> bool:
    """False only for an SQLite file that is not there; a server is assumed to be."""
    text = url.reveal() if isinstance(url, Secret) else url
    if not text.startswith(SQLITE):
        return True
    return (directory / text.removeprefix(SQLITE).partition("?")[0]).exists()
