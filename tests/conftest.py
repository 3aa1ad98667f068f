"""Fixtures that all tests share. Servers start once a session, when the first test asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services import postgresql, s3


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Postgres]:
    """A PostgreSQL server; its log holds every statement."""
    with postgresql.server() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url(postgres: postgresql.Postgres) -> str:
    """`postgresql://…` of a superuser's database, shared by the session: use a schema or table names of your own."""
    return postgres.url


@pytest.fixture(scope="session")
def object_store() -> Iterator[s3.ObjectStore]:
    """An S3 server with an empty bucket, `data`."""
    with s3.server() as running:
        yield running
