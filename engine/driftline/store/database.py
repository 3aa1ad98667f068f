"""The connection behind a store: SQLite in a file, or PostgreSQL by URL, with the same code on top.

Nothing is created before the first write: a store that does not exist reads as an empty one. One of an earlier version
is upgraded when it is first used, unless it is opened for reading only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from driftline.config.document import Secret, Text
from driftline.errors import StoreError
from driftline.store.failures import explained
from driftline.store.migrations import migrate, stand_before
from driftline.store.queue import StoreDamaged
from driftline.store.tables import SCHEMA_VERSION, metadata, schema_version

BUSY_SECONDS = 10
_CREATION_LOCK = 0x6472696674  # any number, the same in every runner


class Database:
    """Reads and writes as transactions. `label` names the store for people, without credentials."""

    def __init__(self, url: Text, directory: Path, *, read_only: bool = False) -> None:
        """`url` is an SQLAlchemy URL; a relative SQLite path counts from `directory`."""
        parsed = _parse(url)
        self.read_only = read_only
        self.file = _sqlite_file(parsed, directory)
        self.label = _label(parsed, self.file, is_secret=isinstance(url, Secret))
        self._is_ready = False
        self._empty: Engine | None = None
        with explained(self.label):
            try:
                self._engine = _engine(parsed, self.file, read_only=read_only)
            except ModuleNotFoundError as error:
                message = f"{self.label}: {error.name} is not installed; pip install 'driftline[postgresql]'"
                raise StoreError(message) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; on an empty database in memory while the store does not exist."""
        with explained(self.label):
            version = self.version()
            if version is not None and version < SCHEMA_VERSION and not self.read_only:
                self._create()
                version = SCHEMA_VERSION
            engine = self._stand_in() if version is None else self._engine
            with engine.connect() as connection, connection.begin() as transaction:
                if version is not None and version < SCHEMA_VERSION:
                    stand_before(connection, version)
                try:
                    yield connection
                except ValueError:  # an instant that is none
                    message = f"{self.label}: it holds a value that cannot be read; `driftline store check`"
                    raise StoreDamaged(message) from None
                transaction.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back whole."""
        if self.read_only:
            raise StoreError(f"{self.label}: it was opened for reading only")
        with explained(self.label):
            if not self._is_ready:
                self._create()
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection

    def shrink(self) -> None:
        """Give the free pages of an SQLite file back to the disk."""
        if self.file is None:
            return
        with explained(self.label), self._engine.connect() as connection:
            connection.exec_driver_sql(
                "COMMIT"
            )  # the listener began a transaction, inside of which this cannot be done
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()
        if self._empty is not None:
            self._empty.dispose()

    def version(self) -> int | None:
        """The schema of the store, None where there is no store; StoreError when a newer driftline made it."""
        if self._is_ready:
            return SCHEMA_VERSION
        if self.file is not None and not self.file.exists():
            return None
        with self._engine.begin() as connection:
            version = _version_of(connection, self.label)
        self._is_ready = version == SCHEMA_VERSION
        return version

    def _create(self) -> None:
        """Make the tables, or bring those of an earlier version up to the present one."""
        if self.file is not None and not self.file.parent.is_dir():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            (self.file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
            version = _version_of(connection, self.label)
            if version is None:
                metadata.create_all(connection)
                connection.execute(insert(schema_version), {"version": SCHEMA_VERSION})
            elif version < SCHEMA_VERSION:
                migrate(connection, version)
        self._is_ready = True

    def _stand_in(self) -> Engine:
        if self._empty is None:
            self._empty = create_engine("sqlite://", poolclass=StaticPool)
            metadata.create_all(self._empty)
        return self._empty


def _parse(url: Text) -> URL:
    try:
        parsed = make_url(url.reveal() if isinstance(url, Secret) else url)
    except (ArgumentError, ValueError):
        # Not quoted: what fails to parse may still hold a password.
        raise StoreError("the state store: `store` is no database address, such as sqlite:///state.db") from None
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        name = parsed.get_backend_name()
        raise StoreError(f"the state store: {name} is not supported; use sqlite:///PATH or postgresql://…")
    return parsed


def _sqlite_file(url: URL, directory: Path) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return directory / str(url.database)


def _label(url: URL, file: Path | None, *, is_secret: bool) -> str:
    backend = "PostgreSQL" if url.get_backend_name() == "postgresql" else "SQLite"
    if is_secret:
        return f"the state store ({backend})"
    if file is not None:
        return f"the state store {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"the state store ({backend}, {url.database} on {url.host or 'the default host'}{port})"


def _engine(url: URL, file: Path | None, *, read_only: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        arguments: dict[str, Any] = {"connect_timeout": BUSY_SECONDS, "application_name": "driftline"}
        return create_engine(url, connect_args=arguments, hide_parameters=True, pool_pre_ping=True)
    if file is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    else:
        address = URL.create("sqlite", database=str(file))
        if read_only:
            address = URL.create("sqlite", database=f"file:{_quoted(file)}", query=_read_only(file))
        engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_read_only if read_only else _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _quoted(file: Path) -> str:
    return file.absolute().as_uri().removeprefix("file://")


def _read_only(file: Path) -> dict[str, str]:
    """SQLite leaves files behind when it reads a WAL database, unless told that nobody writes; no log: nobody does."""
    is_idle = not file.with_name(f"{file.name}-wal").exists()
    return {"uri": "true", "mode": "ro", **({"immutable": "1"} if is_idle else {})}


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by itself, and not before every statement
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_read_only(connection: Any, _record: Any) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: one that first reads could not wait for another, only fail.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version_of(connection: Connection, label: str) -> int | None:
    """The schema of the tables, None where there are none; StoreError when they are of a later version."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    version = connection.execute(select(schema_version.c.version)).scalar()
    if version is not None and version > SCHEMA_VERSION:
        known = f"schema {version}, this one knows {SCHEMA_VERSION}"
        raise StoreError(f"{label}: a newer driftline wrote it ({known}); upgrade driftline")
    return version
