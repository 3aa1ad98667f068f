"""A run in miniature, to be killed: judge the windows that are due one by one, record, deliver, until none is left.

It uses the stages as a run does: lease, fold, route, one transaction, delivery. Called with the address of a receiver,
it forks, so that a life costs no imports. Each line on standard input starts one: `FOLDER WINDOWS kill N` ends it after
N milliseconds, `FOLDER WINDOWS step N` before its Nth statement to the database, `FOLDER WINDOWS run` lets it end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

import apprise  # noqa: F401 - loaded before the forks
import requests  # noqa: F401
from sqlalchemy import Engine, event

from driftline.alert.replay import advance
from driftline.alert.state import SeriesState
from driftline.channels.apprise import AppriseChannel
from driftline.channels.deliver import deliver
from driftline.config.document import AlertPolicy
from driftline.route.decide import Circumstances, notices
from driftline.store.mark import Mark
from driftline.store.store import Batch, Store
from tests.unit.alert_values import FACTS, SERIES, day, verdicts

KEY = (SERIES.monitor, SERIES.subject)
LETTERS = "C.wC.Cw."


def work(folder: Path, url: str, windows: int) -> None:
    """Go on where the store says that the run before left off."""
    channel = AppriseChannel("ops", url)
    with Store.open("sqlite:///.driftline/state.db", folder) as store, store.lease("judge", wait=20) as lease:
        deliver(store, {"ops": channel}, None)
        last = store.last_judged(None).get(KEY)
        number = 0 if last is None else (last.at - day(0)).days + 1
        while number < windows:
            state = store.states(None).get(SERIES, SeriesState())
            change = advance(state, verdicts(LETTERS[number % len(LETTERS)], first=number), AlertPolicy())
            routing = notices(
                change.transitions, Circumstances({KEY: FACTS}, (), ("ops",), day(number), store.told(None))
            )
            store.record(
                Batch(
                    judged=change.judged,
                    transitions=change.transitions,
                    states={SERIES: change.state},
                    notices=routing.notices,
                    told=routing.told,
                    marks={(None, *KEY): Mark(day(number))},
                ),
                lease,
            )
            deliver(store, {"ops": channel}, None)
            number += 1


def die_at(step: int) -> None:
    """Kill this process before its statement number `step`, as nothing else could be timed as well."""
    statements = count(1)

    def die(*_: object) -> None:
        if next(statements) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", die)
    event.listen(Engine, "commit", die)


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        folder, windows, word, *number = line.split()
        pid = os.fork()
        if pid == 0:
            if word == "step":
                die_at(int(number[0]))
            work(Path(folder), sys.argv[1], int(windows))
            os._exit(0)
        if word == "kill":
            time.sleep(float(number[0]) / 1000)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
