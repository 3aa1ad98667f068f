"""A project of one's own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
