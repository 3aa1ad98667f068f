"""Several root files may keep their state in one store without touching each other's alerts and notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

import driftline

DAY = datetime(2024, 5, 1, tzinfo=UTC)
CONFIG = """
version: 1
sources: {{rows: {{path: rows.parquet, timestamp: at}}}}
models: {{m: {{source: rows}}}}
monitors: {{{name}: {{check: row_count, threshold: {{critical: {{above: 1}}}}}}}}
channels: {{{name}: {{url: "json://127.0.0.1:1"}}}}
"""


def project(folder: Path) -> None:
    pl.DataFrame({"at": [DAY + timedelta(hours=n) for n in range(24)]}).write_parquet(folder / "rows.parquet")
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(CONFIG.format(name=name))


def test_a_run_of_one_file_leaves_alerts_and_notices_of_another_alone(tmp_path: Path) -> None:
    project(tmp_path)
    at = DAY + timedelta(days=1)
    first = driftline.run(tmp_path / "one.yaml", at=at)
    assert [(alert.series.monitor, alert.state) for alert in first.alerts] == [("one", "firing")]
    assert [(d.channel, d.status) for d in first.deliveries] == [("one", "failed")]
    second = driftline.run(tmp_path / "two.yaml", at=at)
    assert [(alert.series.monitor, alert.state) for alert in second.alerts] == [("two", "firing")]
    assert {d.channel for d in second.deliveries} == {"two"}
    again = driftline.run(tmp_path / "one.yaml", at=at)
    assert [(alert.series.monitor, alert.state) for alert in again.alerts] == [("one", "firing")]
    assert (again.deliveries[0].channel, again.deliveries[0].status) == ("one", "failed"), "its notice still waits"


def test_a_monitor_that_left_its_own_file_ends(tmp_path: Path) -> None:
    project(tmp_path)
    at = DAY + timedelta(days=1)
    driftline.run(tmp_path / "one.yaml", at=at)
    (tmp_path / "one.yaml").write_text(CONFIG.format(name="other"))
    after = driftline.run(tmp_path / "one.yaml", at=at)
    assert ("one", "resolved") in [(alert.series.monitor, alert.state) for alert in after.alerts]
