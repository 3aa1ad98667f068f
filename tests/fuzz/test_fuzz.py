"""`validate` deals with any text: it says what is wrong, in time, and opens nothing that is not its own."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import CORPUS, make
from tests.fuzz.target import FORMATS, Failed, check, project

KEPT = sorted(CORPUS.glob("*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("project").resolve())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_once_failed_is_dealt_with(path: Path, folder: Path) -> None:
    for form in FORMATS:
        check(path.read_bytes(), folder, form)


@pytest.mark.parametrize("form", FORMATS)
def test_any_text_is_dealt_with(form: str, folder: Path) -> None:
    random = Random(f"{form}, in every build")
    for _ in range(250):
        check(make(random).encode("utf-8", "replace"), folder, form)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_dealt_with(content: bytes, folder: Path) -> None:
    check(content, folder)


def test_the_watch_sees_what_is_opened_outside(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("version: 1\n")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert check(b"version: 1\ninclude: [link.yaml]\n", folder) == 2  # refused, and not opened
    with pytest.raises(Failed, match="opened"):
        check(b"version: 1\n", folder, "text", ["--plugins", str(tmp_path)])
