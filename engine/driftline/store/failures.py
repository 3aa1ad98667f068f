"""What a database driver says, as a StoreError: the store, the cause, the next step, and no credentials.

Drivers put addresses, users and statements into their messages, so a cause is told by the driver's code, never quoted.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from driftline.errors import StoreError
from driftline.store.queue import StoreDamaged

_SQLITE = {
    "SQLITE_NOTADB": "the file is not an SQLite database; move it away, or name another file under `store`",
    "SQLITE_CORRUPT": "the database is damaged; restore a copy, or move it away and start with an empty one",
    "SQLITE_BUSY": "another process keeps it locked; wait for that run to end, then run again",
    "SQLITE_LOCKED": "another process keeps it locked; wait for that run to end, then run again",
    "SQLITE_READONLY": "the file or its disk is read-only; allow writing, or name another `store`",
    "SQLITE_PERM": "its file may not be opened; check its permissions",
    "SQLITE_AUTH": "its file may not be opened; check its permissions",
    "SQLITE_FULL": "the disk is full; make room, then run again: nothing of this run was recorded",
    "SQLITE_CANTOPEN": "the file cannot be opened or created; check that its folder exists and is writable",
    "SQLITE_IOERR": "reading or writing failed; check the disk and its free space",
}
_POSTGRESQL = {
    "28": "the server refuses the user or the password; check the credentials in the store's address",
    "3D": "the server has no database of that name; create it",
    "42501": "the user may not create or write tables; grant it, or name another schema",
    "25006": "the server is read-only (a standby?); connect to the primary",
    "53100": "the server's disk is full; make room, then run again: nothing of this run was recorded",
    "53300": "the server has no connection left; raise max_connections, or run less at once",
    "55P03": "another process keeps it locked; wait for that run to end, then run again",
    "57014": "the server ended the statement after its time-out; run again",
    "57P": "the server is shutting down or starting up; run again when it is there",
    "40": "another process wrote at the same time; run again",
}
_SYSTEM = {
    errno.EACCES: "its folder is not writable; make it writable, or name another `store`",
    errno.EPERM: "its folder is not writable; make it writable, or name another `store`",
    errno.EROFS: "its disk is read-only; name a `store` on a disk that is writable",
    errno.ENOSPC: "the disk is full; make room, then run again",
    errno.EDQUOT: "the disk quota is used up; make room, then run again",
    errno.ENOTDIR: "a part of its path is a file, not a folder; name another `store`",
    errno.EEXIST: "a part of its path is a file, not a folder; name another `store`",
}


@contextmanager
def explained(label: str) -> Iterator[None]:
    """Turn what SQLAlchemy, a driver or the disk raises into a StoreError that names the store by `label`."""
    try:
        yield
    except DBAPIError as error:
        # `from None`: the chain would carry the driver's message, which quotes the address.
        kind = StoreDamaged if _is_damaged(error.orig) else StoreError
        raise kind(f"{label}: {_cause(error.orig)}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{label}: the database cannot be used ({type(error).__name__})") from None
    except OSError as error:
        cause = _SYSTEM.get(error.errno or 0, f"{error.strerror or type(error).__name__}; check its folder")
        raise StoreError(f"{label}: {cause}") from None


def _is_damaged(error: BaseException | None) -> bool:
    """Whether it is the contents of a file that are at fault; statements are always the same, and right for a store."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorname", "")  # text that is not UTF-8 has none
    return code in ("", "SQLITE_ERROR") or code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def _cause(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorname", "")
        for prefix, cause in _SQLITE.items():
            if code.startswith(prefix):
                return cause
        return f"the database refuses ({code or type(error).__name__}): it may be damaged; `driftline store check`"
    state = getattr(error, "sqlstate", None) or ""
    for prefix, cause in _POSTGRESQL.items():
        if state.startswith(prefix):
            return cause
    if state:
        return f"the server refuses (SQLSTATE {state})"
    # A driver without a code never reached the server, or could not log in: its words are only looked at, not shown.
    said = str(error).lower()
    if "password" in said or "authentication" in said or "no pg_hba.conf" in said:
        return _POSTGRESQL["28"]
    if "does not exist" in said and "database" in said:
        return _POSTGRESQL["3D"]
    if "starting up" in said or "shutting down" in said:
        return _POSTGRESQL["57P"]
    return "the server cannot be reached; check that it runs and that its address is right"
