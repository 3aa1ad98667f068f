"""A run in miniature, to be killed: judge the windows that are due one by one, record, deliver, until none is left.

It uses the stages as a run does: lease, fold, route, one transaction, delivery. Called as `kill_worker.py FOLDER URL
WINDOWS`. It forks, so that a life costs no imports: each line on standard input starts one; `kill N` ends it after N
milliseconds, `run` lets it come to its end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import apprise  # noqa: F401 - loaded before the forks
import requests  # noqa: F401

from driftline.alert.replay import advance
from driftline.alert.state import SeriesState
from driftline.channels.apprise import AppriseChannel
from driftline.channels.deliver import deliver
from driftline.config.document import AlertPolicy
from driftline.route.decide import Circumstances, notices
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
        number = 0 if last is None else (last - day(0)).days + 1
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
                    marks={(None, *KEY): day(number)},
                ),
                lease,
            )
            deliver(store, {"ops": channel}, None)
            number += 1


def main() -> None:
    folder, url, windows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work(folder, url, windows)
            os._exit(0)
        word, _, milliseconds = line.strip().partition(" ")
        if word == "kill":
            time.sleep(float(milliseconds) / 1000)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
