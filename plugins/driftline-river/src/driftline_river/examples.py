"""The worked examples of both checks: three days of outcomes, an hour apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from driftline.api import ColumnType, Example

START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=6 * step) for step in range(720)]
ROLES = {"target": "y", "prediction": "p", "timestamp": "at"}
TYPES = {"at": ColumnType.DATETIME}
STEADY = [1 if step % 10 == 0 else 0 for step in range(360)]
WORSE = [1 if step % 2 == 0 else 0 for step in range(360)]

EXAMPLES = (
    Example(
        says="one outcome in ten is an error, then every second one",
        rows={"at": TIMES, "y": [*STEADY, *WORSE], "p": [0] * 720},
        roles=ROLES,
        types=TYPES,
        task="binary",
        value=0.4,
        tolerance=0.02,
    ),
    Example(
        says="one outcome in ten is an error all the time",
        rows={"at": TIMES, "y": [*STEADY, *STEADY], "p": [0] * 720},
        roles=ROLES,
        types=TYPES,
        task="binary",
        value=0.0,
    ),
    Example(
        says="predictions that are more than 5 off are errors",
        rows={"at": TIMES, "y": [10.0 * late for late in [*STEADY, *WORSE]], "p": [1.0] * 720},
        roles=ROLES,
        types=TYPES,
        task="regression",
        parameters={"tolerance": 5.0},
        value=0.4,
        tolerance=0.02,
    ),
    Example(
        says="no label yet",
        rows={"at": TIMES[:2], "y": [None, None], "p": [0, 1]},
        roles=ROLES,
        types=TYPES,
        task="binary",
        value="NoData",
    ),
)
