"""Notices as a real HTTP server receives them: what they say, when they are sent, and when they are not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.processes import free_port
from tests.services.receiver import Answer, Receiver, receiver

MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], threshold: {compare: difference, warning: {above: 2}, critical: {above: 4}},
              runbook: "https://wiki.example.org/m#{monitor}", description: x is what the model leans on}
"""


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def shop(project: Project) -> Project:
    """x is high on days 1 (critical), 2 (critical), 3 (warning); day 4 is sound."""
    project.data("scored.parquet", rows.scored(6, shift={1: 5.0, 2: 5.0, 3: 3.0}))
    project.data("training.parquet", rows.training())
    return project


def tell(project: Project, url: str, more: str = "", monitors: str = MONITORS) -> None:
    project.write(rows.MODEL, monitors, f'channels: {{ops: {{url: "{url}"}}}}', more)


def test_a_notice_says_what_where_how_bad_since_when_compared_with_what(shop: Project, service: Receiver) -> None:
    tell(shop, service.url())
    done = shop.run("--at", rows.day(2))
    assert done.deliveries == [("ops", "sent")]
    (notice,) = service.got
    value, alert = done.one("high-x")["value"], done.alerts[0]
    known, interval = done.one("high-x")["baseline_value"], done.one("high-x")["interval"]
    assert notice["title"].startswith("[CRITICAL] m · high-x: mean of x ")
    assert notice["type"] == "failure"
    lines = [line.strip() for line in notice["message"].splitlines()]
    assert lines == [
        f"CRITICAL mean of x: {known:.4g} -> {value:.4g}, {value - known:.4g} is > 4",
        "where: m (source scored), monitor high-x",
        "p-value: < 1e-300",
        f"by chance: 95% interval {interval['low']:.4g} … {interval['high']:.4g}",
        f"compared: with training at {known:.4g}",
        "window: 2024-01-02 00:00 UTC to 2024-01-03 00:00 UTC, 200 rows",
        "since: 2024-01-03 00:00 UTC",
        f"alert: {alert['id']}",
        "",
        "about: x is what the model leans on",
        "runbook: https://wiki.example.org/m#high-x",
    ]


def test_an_alert_is_told_when_it_fires_changes_its_level_and_is_over_and_never_twice(
    shop: Project, service: Receiver
) -> None:
    tell(shop, service.url())
    told = []
    for day in (1, 2, 2, 3, 3, 4, 5, 5, 6):
        before = len(service.got)
        shop.run("--at", rows.day(day))
        told.append([title.split("]")[0][1:] for title in service.titles[before:]])
    assert told == [[], ["CRITICAL"], [], [], [], ["WARNING"], ["RESOLVED"], [], []]
    assert "since: 2024-01-03 00:00 UTC (2 d)" in service.got[1]["message"]
    assert "RESOLVED mean of x" in service.got[2]["message"]
    assert service.got[2]["type"] == "success"
    assert len({each["idempotency_key"] for each in service.got}) == 3


def test_one_notice_holds_what_happened_in_a_group(shop: Project, service: Receiver) -> None:
    drift = "monitors:\n  drift: {check: ks, columns: features, segments: [overall, colour], min_rows: 10,"
    drift += " threshold: {critical: {above: 0.5}}}"
    tell(shop, service.url(), monitors=drift)
    shop.run("--at", rows.day(2))
    (notice,) = service.got
    assert notice["title"] == "[CRITICAL] m · drift: 1 of 2 columns drifted"
    for where in ("", ", colour=red", ", colour=green", ", colour=blue"):
        assert f"CRITICAL ks of x{where}: " in notice["message"]


def test_routes_choose_by_severity_and_group_as_they_say(shop: Project, service: Receiver) -> None:
    two = MONITORS + "  other-x: {check: max, columns: [x], threshold: {warning: {above: 5}}}\n"
    routes = """
    routes:
      - {match: {severity: critical}, channels: [ops]}
      - {match: {monitor: "other*"}, channels: [ops], group_by: [model], resolved: false}
    """
    tell(shop, service.url(), routes, monitors=two)
    shop.run("--at", rows.day(2))
    assert sorted(title.split(":")[0] for title in service.titles) == ["[CRITICAL] m · high-x", "[WARNING] m · other-x"]
    shop.run("--at", rows.day(4))  # high-x falls to a warning, which no route wants
    assert len(service.got) == 2
    shop.run("--at", rows.day(6))
    assert [title.split(":")[0] for title in service.titles[2:]] == ["[RESOLVED] m · high-x"]


def test_a_route_repeats_what_still_fires_after_its_interval(shop: Project, service: Receiver) -> None:
    shop.data("scored.parquet", rows.scored(6, shift=dict.fromkeys(range(1, 6), 5.0)))
    tell(shop, service.url(), "routes: [{match: {severity: critical}, channels: [ops], repeat_interval: 2d}]")
    counts = []
    for day in (2, 3, 4, 5, 6):
        shop.run("--at", rows.day(day))
        counts.append(len(service.got))
    assert counts == [1, 1, 2, 2, 3]


def test_a_channel_that_is_down_exits_with_4_and_is_told_by_the_next_run(shop: Project) -> None:
    port = free_port()
    tell(shop, f"json://127.0.0.1:{port}/hook")
    down = shop.run("--at", rows.day(2))
    assert (down.code, down.deliveries) == (4, [("ops", "failed")])
    assert down.document["deliveries"][0]["reason"]
    with receiver(Answer(500), Answer(500), Answer(500)) as service:
        tell(shop, service.url())
        refused = shop.run("--at", rows.day(2))
        assert (refused.code, refused.deliveries[0]) == (4, ("ops", "failed"))
        heard = len(service.got)
        up = shop.run("--at", rows.day(2))
        assert ("ops", "sent") in up.deliveries
        assert up.code == 1
        assert len(service.got) == heard + 1
        assert len({each["idempotency_key"] for each in service.got}) == 1
        assert ("ops", "sent") not in shop.run("--at", rows.day(2)).deliveries
        assert len(service.got) == heard + 1


def test_a_failed_notice_outweighs_a_failed_source_and_that_a_critical_verdict(
    shop: Project, service: Receiver
) -> None:
    gone = MONITORS + "  gone: {source: gone, check: row_count, threshold: {critical: {below: 1}}}\n"
    model = rows.MODEL.replace("sources:", "sources:\n  gone: {path: gone.parquet, timestamp: ts}")
    shop.write(model, gone, f'channels: {{ops: {{url: "{service.url()}"}}}}')
    assert shop.run("--at", rows.day(2)).code == 3
    shop.write(model, gone, f'channels: {{ops: {{url: "json://127.0.0.1:{free_port()}"}}}}')
    assert shop.run("--at", rows.day(4)).code == 4


def test_a_monitor_that_was_removed_resolves_with_that_reason(shop: Project, service: Receiver) -> None:
    tell(shop, service.url())
    shop.run("--at", rows.day(2))
    tell(shop, service.url(), monitors="monitors:\n  volume: {check: row_count, threshold: {critical: {below: 1}}}")
    done = shop.run("--at", rows.day(3))
    assert [each["state"] for each in done.alerts] == ["resolved"]
    assert service.titles[-1].startswith("[RESOLVED] m · high-x: mean of x ")
    assert "why: removed" in service.got[-1]["message"]
    assert len(service.got) == 2
    shop.run("--at", rows.day(4))
    assert len(service.got) == 2


def test_selecting_monitors_does_not_resolve_the_others(shop: Project, service: Receiver) -> None:
    tell(shop, service.url(), monitors=MONITORS + "  volume: {check: row_count, threshold: {critical: {below: 1}}}\n")
    shop.run("--at", rows.day(2))
    done = shop.run("--at", rows.day(3), "--monitor", "volume")
    assert [each["state"] for each in done.alerts] == ["firing"]
    assert len(service.got) == 1


def test_without_a_route_every_channel_gets_everything_and_unrouted_monitors_get_nothing(
    shop: Project, service: Receiver
) -> None:
    quiet = MONITORS.replace("runbook:", "alert: {route: false}, runbook:")
    both = f'channels: {{ops: {{url: "{service.url("a")}"}}, desk: {{url: "{service.url("b")}"}}}}'
    shop.write(rows.MODEL, quiet, both)
    assert shop.run("--at", rows.day(2)).deliveries == []
    assert service.got == []
    shop.write(rows.MODEL, MONITORS, both)
    done = shop.run("--at", rows.day(3))
    assert sorted(done.deliveries) == [("desk", "sent"), ("ops", "sent")]


def test_nobody_is_told_of_an_unrouted_alert_that_this_run_does_not_judge(project: Project) -> None:
    """`route: false` holds for what fired earlier too: a run of another monitor does not tell of it."""
    project.data("scored.csv", rows.scored(3))
    project.write(
        """
        version: 1
        sources: {scored: {path: scored.csv, timestamp: ts}}
        models: {m: {source: scored}}
        monitors:
          quiet: {check: row_count, threshold: {critical: {above: 1}}, alert: {route: false}}
          other: {check: row_count, threshold: {critical: {below: 1}}}
        channels: {ops: {url: "json://localhost:1"}}
        """
    )
    project.run("--at", rows.day(2))
    project.run("--at", rows.day(3), "--monitor", "other")
    with project.store() as store:
        assert [each.series.monitor for each in store.firing(None)] == ["quiet"]
        assert store.pending_notices(None) == ()


def test_a_run_that_catches_up_tells_when_it_fired_and_how_it_is_now(project: Project, service: Receiver) -> None:
    project.data("scored.parquet", rows.scored(5, shift={1: 6.0, 2: 6.0, 3: 5.0}))
    project.data("training.parquet", rows.training())
    tell(project, service.url())
    project.run("--at", rows.day(1))
    project.run("--at", rows.day(4))
    (notice,) = service.got
    lines = [line.strip() for line in notice["message"].splitlines()]
    assert "window: 2024-01-02 00:00 UTC to 2024-01-03 00:00 UTC, 200 rows" in lines
    (now,) = [line for line in lines if line.startswith("now:")]
    assert now.endswith(", 2024-01-04 00:00 UTC to 2024-01-05 00:00 UTC")
