"""Carries a store's series to their new names, killed before one statement after another, until it comes through.

Called with the folder, the root file, and FORMER=PRESENT of a monitor. After each death it prints a line: what the
store holds under either name, as another process reads it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event

from driftline.compile.renames import Renames
from driftline.store.store import Store

TABLES = ("results", "alert_states", "transitions", "told", "marks")


def carry(folder: Path, root: str, renames: Renames, step: int) -> None:
    """Rename, but die before the statement number `step`."""
    statements = count(1)

    def die(*_: object) -> None:
        if next(statements) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", die)
    event.listen(Engine, "commit", die)
    with Store.open("sqlite:///.driftline/state.db", folder) as store:
        store.rename(renames, None, root)


def names(folder: Path) -> str:
    """By table, how many rows there are under each monitor's name."""
    named = {"results": "name", "alert_states": "identity", "transitions": "name", "told": "identity"}
    said = []
    connection = sqlite3.connect(folder / ".driftline" / "state.db")
    for table in TABLES:
        column = named.get(table, "monitor")
        rows = [text for (text,) in connection.execute(f"SELECT {column} FROM driftline_{table}")]
        found = sorted({name for name in ("before", "after") for text in rows if name in text})
        said.append("+".join(found))
    connection.close()
    return " ".join(said)


def main() -> None:
    folder, root, (former, present) = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split("=")
    for step in count(1):
        pid = os.fork()
        if pid == 0:
            carry(folder, root, Renames({former: present}, {}), step)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(names(folder), flush=True)
        if os.waitstatus_to_exitcode(status) == 0:
            return


if __name__ == "__main__":
    main()
