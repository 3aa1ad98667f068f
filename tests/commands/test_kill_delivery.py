"""A run that is killed at any instant loses nothing and says nothing twice, but for what it was saying as it died."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from driftline.alert.replay import replay
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.store.store import Store
from tests.commands.kill_worker import LETTERS
from tests.services.receiver import Answer, Receiver, receiver
from tests.unit.alert_values import SERIES, verdicts

ROOT = Path(__file__).parents[2]
KILLS = 50
KILLED = -9


@contextlib.contextmanager
def lives(service: Receiver) -> Iterator[Callable[[Path, int, str], int]]:
    """Start lives of a worker: a function of folder, number of windows and order, which returns how the life ended."""
    command = [sys.executable, "-m", "tests.commands.kill_worker", service.url()]
    path = os.pathsep.join((str(ROOT), str(ROOT / "engine")))
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as worker:  # fmt: skip
        assert worker.stdin is not None
        assert worker.stdout is not None
        orders, ends = worker.stdin, worker.stdout
        assert ends.readline() == "ready\n"

        def live(folder: Path, windows: int, order: str) -> int:
            orders.write(f"{folder} {windows} {order}\n")
            orders.flush()
            return int(ends.readline())

        yield live
        orders.close()


def check(folder: Path, windows: int, service: Receiver, kills: int) -> None:
    """The state is that of a run that nobody killed, and every notice of it arrived, in order."""
    judged, expected = replay(SeriesState(), verdicts((LETTERS * windows)[:windows]), AlertPolicy())
    database = sqlite3.connect(folder / ".driftline" / "state.db")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    kept = database.execute("SELECT id FROM driftline_transitions WHERE NOT superseded ORDER BY at").fetchall()
    assert [row[0] for row in kept] == [each.id for each in expected]
    outbox = dict(database.execute("SELECT id, status FROM driftline_outbox ORDER BY position").fetchall())
    database.close()
    with Store.open("sqlite:///.driftline/state.db", folder, read_only=True) as store:
        assert store.results(SERIES) == judged
    assert set(outbox.values()) == {"sent"}
    assert len(outbox) == len(expected)
    keys = [str(each["idempotency_key"]) for each in service.got]
    assert list(dict.fromkeys(keys)) == list(outbox)
    assert sum(Counter(keys).values()) - len(outbox) <= kills


def test_fifty_kills_at_random_lose_and_double_nothing(tmp_path: Path) -> None:
    chance, windows = random.Random(20260301), 240
    answers = [Answer(delay=chance.choice((0.0, 0.0, 0.004))) for _ in range(2 * windows)]
    with receiver(*answers) as service, lives(service) as live:
        ends = [live(tmp_path, windows, f"kill {chance.uniform(5, 130):.1f}") for _ in range(KILLS)]
        assert live(tmp_path, windows, "run") == 0
    assert ends.count(KILLED) >= KILLS * 0.8  # a life that was over before its time came is none
    check(tmp_path, windows, service, ends.count(KILLED))


def test_a_kill_before_any_statement_to_the_database_loses_and_doubles_nothing(tmp_path: Path) -> None:
    windows = 1  # one alert that fires
    with receiver() as service, lives(service) as live:
        for step in range(1, 1000):
            folder = tmp_path / str(step)
            folder.mkdir()
            service.got.clear()
            end = live(folder, windows, f"step {step}")
            assert end in (0, KILLED)
            if end == KILLED:
                assert live(folder, windows, "run") == 0
            check(folder, windows, service, 1)
            if end == 0:
                break
    assert end == 0
    assert step > 40  # the worker was killed at that many places
