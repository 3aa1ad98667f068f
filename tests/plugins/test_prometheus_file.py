"""Metrics in a text file: what they say, what promtool says to them, and what stays from run to run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from driftline_prometheus import export
from driftline_prometheus.errors import ExportError
from tests.plugins import shop
from tests.services.prometheus import promtool

Key = tuple[str, frozenset[tuple[str, str]]]


def samples(path: Path) -> dict[Key, float]:
    """Every sample of a file by its name and labels; none may be there twice."""
    found: dict[Key, float] = {}
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    return found


def key(name: str, **labels: str) -> Key:
    return name, frozenset(labels.items())


DRIFT = {"monitor": "amount-drift", "model": "shop", "source": "orders", "check": "psi", "column": "amount"}
HOURLY = {"monitor": "orders-per-hour", "model": "shop", "source": "orders", "check": "row_count"}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    return shop.write(tmp_path)


def test_readings_verdicts_and_alerts_of_the_last_window(configuration: Path, tmp_path: Path) -> None:
    report = shop.run(configuration, 72)
    export(report, f"file:{tmp_path / 'x.prom'}")
    found = samples(tmp_path / "x.prom")
    by_series = {one.series.text: one for one in report.results}
    drift = by_series["amount-drift/shop/amount"]
    assert drift.value is not None
    assert found[key("driftline_reading", **DRIFT)] == pytest.approx(drift.value)
    assert found[key("driftline_p_value_adjusted", **DRIFT)] == pytest.approx(drift.p_adjusted)
    assert found[key("driftline_rows", **DRIFT)] == 144
    assert found[key("driftline_baseline_rows", **DRIFT)] == 200
    assert found[key("driftline_window_end_timestamp_seconds", **DRIFT)] == shop.START.timestamp() + 72 * 3600
    assert found[key("driftline_verdict", **DRIFT, status="critical")] == 1
    assert found[key("driftline_verdict", **DRIFT, status="ok")] == 0
    assert found[key("driftline_alert", **DRIFT, state="firing", severity="critical")] == 1
    assert found[key("driftline_alert_start_timestamp_seconds", **DRIFT)] == shop.START.timestamp() + 72 * 3600
    assert found[key("driftline_reading", **HOURLY)] == 6
    assert found[key("driftline_run_timestamp_seconds")] == shop.START.timestamp() + 72 * 3600
    critical = [one for one in report.results if one.status == "critical"]
    assert found[key("driftline_run_verdicts", status="critical")] == len(critical) == 4


def test_each_series_has_one_status(configuration: Path, tmp_path: Path) -> None:
    report = shop.run(configuration, 72)
    export(report, f"file:{tmp_path / 'x.prom'}")
    verdicts = {each: value for each, value in samples(tmp_path / "x.prom").items() if each[0] == "driftline_verdict"}
    assert len(verdicts) == 6 * len(report.results)
    assert sum(verdicts.values()) == len(report.results)


def test_promtool_has_nothing_against_it(configuration: Path, tmp_path: Path) -> None:
    export(shop.run(configuration, 72), f"file:{tmp_path / 'x.prom'}?document=shop")
    assert promtool("check", "metrics", text=(tmp_path / "x.prom").read_text("utf-8")) == ""


def test_values_with_quotes_backslashes_and_line_breaks_arrive_as_they_are(configuration: Path, tmp_path: Path) -> None:
    export(shop.run(configuration, 72), f"file:{tmp_path / 'x.prom'}")
    assert key("driftline_reading", **DRIFT, segment=f"country={shop.STRANGE}") in samples(tmp_path / "x.prom")


def test_many_windows_in_one_run_leave_the_last(configuration: Path, tmp_path: Path) -> None:
    shop.run(configuration, 1)
    report = shop.run(configuration, 49)
    assert sum(one.series.monitor == "orders-per-hour" for one in report.results) == 48
    export(report, f"file:{tmp_path / 'x.prom'}")
    ends = key("driftline_window_end_timestamp_seconds", **HOURLY)
    assert samples(tmp_path / "x.prom")[ends] == shop.START.timestamp() + 49 * 3600


def test_a_monitor_that_was_not_run_keeps_its_series(configuration: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.prom"
    export(shop.run(configuration, 48), f"file:{target}?team=risk")
    before = samples(target)
    report = shop.run(configuration, 49, "orders-*")
    assert {one.series.monitor for one in report.results} == {"orders-per-hour"}
    export(report, f"file:{target}?team=risk")
    after = samples(target)
    assert before.keys() == after.keys()
    drift = key("driftline_reading", **DRIFT, team="risk")
    assert after[drift] == before[drift]
    end = key("driftline_window_end_timestamp_seconds", **HOURLY, team="risk")
    assert after[end] == before[end] + 3600
    assert promtool("check", "metrics", text=target.read_text("utf-8")) == ""


def test_an_alert_stays_while_it_is_open_and_goes_with_its_end(configuration: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.prom"
    firing = key("driftline_alert", **DRIFT, state="firing", severity="critical")
    export(shop.run(configuration, 72), f"file:{target}")
    assert samples(target)[firing] == 1
    export(shop.run(configuration, 73, "feed"), f"file:{target}")
    assert samples(target)[firing] == 1
    configuration.write_text(shop.MONITORS.replace("above: 1}", "above: 1000}"), "utf-8")
    export(shop.run(configuration, 72), f"file:{target}")
    assert not [each for each in samples(target) if each[0] == "driftline_alert"]


def test_an_alert_has_the_same_labels_whether_its_monitor_was_run_or_not(tmp_path: Path) -> None:
    configuration = shop.write(tmp_path)
    configuration.write_text(shop.MONITORS + shop.LOUD, "utf-8")
    alerts = []
    for chosen in ((), ("orders-per-hour",)):
        export(shop.run(configuration, 72, *chosen), f"file:{tmp_path / 'x.prom'}")
        alerts.append({each for each in samples(tmp_path / "x.prom") if each[0] == "driftline_alert"})
    assert alerts[0] == alerts[1]
    monitors = {dict(labels)["monitor"] for _, labels in alerts[0]}
    assert monitors == {"amount-drift", "sum", "late", "pack"}


def test_a_monitor_that_left_the_configuration_leaves_the_file(configuration: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.prom"
    export(shop.run(configuration, 72), f"file:{target}")
    configuration.write_text(shop.MONITORS.replace("amount-drift:\n", "x-unused:\n"), "utf-8")
    export(shop.run(configuration, 73), f"file:{target}")
    assert {dict(labels).get("monitor") for _, labels in samples(target)} == {None, "orders-per-hour", "feed"}


def test_what_other_labels_set_apart_is_not_taken_over(configuration: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.prom"
    export(shop.run(configuration, 48), f"file:{target}?team=risk")
    export(shop.run(configuration, 49, "orders-*", "feed"), f"file:{target}?team=fraud")
    assert {dict(labels).get("monitor") for _, labels in samples(target)} == {None, "orders-per-hour", "feed"}


@pytest.mark.parametrize("content", [b"no exposition {", b"\xff\xfe"])
def test_a_file_that_is_no_exposition_is_replaced(configuration: Path, tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "x.prom"
    target.write_bytes(content)
    export(shop.run(configuration, 72), f"file:{target}")
    assert key("driftline_reading", **HOURLY) in samples(target)


def test_the_file_is_replaced_by_a_rename_and_nothing_is_left_beside_it(configuration: Path, tmp_path: Path) -> None:
    folder = tmp_path / "collector"
    folder.mkdir()
    target = folder / "x.prom"
    export(shop.run(configuration, 72), f"file:{target}")
    with target.open() as reader:  # the node exporter, in the middle of reading
        first = reader.read(100)
        export(shop.run(configuration, 73), f"file:{target}")
        assert (first + reader.read()).endswith("\n")
        assert os.fstat(reader.fileno()).st_ino != target.stat().st_ino
    assert [each.name for each in folder.iterdir()] == ["x.prom"]


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process may enter but not write to; root is nobody for the time being."""
    folder = tmp_path / "unwritable"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield folder
    if is_root:
        os.seteuid(0)
    folder.chmod(stat.S_IRWXU)


def test_an_unwritable_folder_is_said(configuration: Path, request: pytest.FixtureRequest) -> None:
    report = shop.run(configuration, 72)
    folder = request.getfixturevalue("unwritable")
    with pytest.raises(ExportError, match=r"x\.prom cannot be (read|written): Permission denied") as caught:
        export(report, f"file:{folder / 'x.prom'}")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("name", ["missing/x.prom", "orders.parquet/x.prom", "folder"])
def test_a_place_where_no_file_can_be_is_said(configuration: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match=r"the metrics file .* cannot be (read|written): "):
        export(shop.run(configuration, 72), f"file:{tmp_path / name}")
    assert not list(tmp_path.glob("folder.*"))
