"""A run that is killed at any instant loses nothing and says nothing twice, but for what it was saying as it died."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

from driftline.alert.replay import replay
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.store.store import Store
from tests.commands.kill_worker import LETTERS
from tests.services.receiver import Answer, receiver
from tests.unit.alert_values import SERIES, verdicts

ROOT = Path(__file__).parents[2]
KILLS = 50
WINDOWS = 240


def test_fifty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(20260301)
    with receiver(*[Answer(delay=chance.choice((0.0, 0.0, 0.004))) for _ in range(2 * WINDOWS)]) as service:
        command = [sys.executable, "-m", "tests.commands.kill_worker", str(tmp_path), service.url(), str(WINDOWS)]
        path = os.pathsep.join((str(ROOT), str(ROOT / "engine")))
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as worker:  # fmt: skip
            assert worker.stdin is not None
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            ends = []
            for order in [f"kill {chance.uniform(5, 130):.1f}" for _ in range(KILLS)] + ["run"]:
                worker.stdin.write(f"{order}\n")
                worker.stdin.flush()
                ends.append(int(worker.stdout.readline()))
            worker.stdin.close()
    kills = ends.count(-9)
    assert ends[-1] == 0
    assert kills >= KILLS * 0.8  # a life that was over before its time came is none

    letters = (LETTERS * WINDOWS)[:WINDOWS]
    judged, expected = replay(SeriesState(), verdicts(letters), AlertPolicy())
    database = sqlite3.connect(tmp_path / ".driftline" / "state.db")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    kept = database.execute("SELECT id FROM driftline_transitions WHERE NOT superseded ORDER BY at").fetchall()
    assert [row[0] for row in kept] == [each.id for each in expected]
    outbox = dict(database.execute("SELECT id, status FROM driftline_outbox ORDER BY position").fetchall())
    database.close()
    with Store.open("sqlite:///.driftline/state.db", tmp_path, read_only=True) as store:
        assert store.results(SERIES) == judged

    assert set(outbox.values()) == {"sent"}
    assert len(outbox) == len(expected)
    received = Counter(str(each["idempotency_key"]) for each in service.got)
    assert set(received) == set(outbox)
    assert sum(received.values()) - len(received) <= kills
    in_order = list(dict.fromkeys(str(each["idempotency_key"]) for each in service.got))
    assert in_order == list(outbox)
