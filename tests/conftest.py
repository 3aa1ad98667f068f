"""Fixtures that all tests share. Servers start once a session, when the first test asks for them."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped has failed: a component is missing that should be there."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow"
    return report
