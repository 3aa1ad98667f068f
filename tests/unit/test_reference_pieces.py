"""The pieces of a baseline are its span, without the window and without incidents: instant by instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import driftline
from driftline.compile.graph import MonitorPlan
from driftline.compile.incidents import Incident
from driftline.compile.reference import Reference, reference_of
from driftline.config.document import Matcher
from driftline.model import Duration, Interval, SeriesKey

START = datetime(2013, 3, 1, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
HOURS = st.integers(0, 40 * 24)
SPANS = st.tuples(HOURS, st.integers(1, 200)).map(lambda pair: (hour(pair[0]), hour(pair[0] + pair[1])))
SERIES = SeriesKey(None, "w", "m", "x")


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> MonitorPlan:
    """The mean of x per local day, against the trailing ten days."""
    folder: Path = tmp_path_factory.mktemp("pieces")
    pl.DataFrame({"ts": [START], "x": [1.0]}).write_parquet(folder / "rows.parquet")
    (folder / "monitors.yaml").write_text(
        """
version: 1
defaults: {timezone: America/New_York}
sources: {rows: {path: rows.parquet, timestamp: ts}}
models: {m: {source: rows}}
monitors:
  w: {check: mean, columns: [x], baseline: {type: trailing, size: 10d},
      threshold: {compare: change, critical: {above: 1}}}
"""
    )
    return driftline.plan(folder / "monitors.yaml", at=hour(900)).graph.monitors[0]


def incidents(spans: list[tuple[datetime, datetime]], match: Matcher) -> tuple[Incident, ...]:
    return tuple(Incident(f"I-{number}", Interval(*span), match) for number, span in enumerate(spans))


def against(monitor: MonitorPlan, day: int) -> tuple[Interval, Reference]:
    end = datetime(2013, 3, 1, tzinfo=ZONE) + timedelta(days=day)
    window = Interval((end - timedelta(days=1)).astimezone(UTC), end.astimezone(UTC))
    found = reference_of(monitor, window, ZONE)
    assert found is not None
    return window, found


def inside(instant: datetime, span: Interval | tuple[datetime, datetime]) -> bool:
    start, end = span if isinstance(span, tuple) else (span.start, span.end)
    return start is not None and end is not None and start <= instant < end


@pytest.mark.parametrize("match", [Matcher(), Matcher(column=("x",)), Matcher(column=("y",))])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(span=SPANS, storms=st.lists(SPANS, max_size=4), day=st.integers(1, 40))
def test_a_range_without_the_window_and_without_incidents(
    monitor: MonitorPlan,
    match: Matcher,
    span: tuple[datetime, datetime],
    storms: list[tuple[datetime, datetime]],
    day: int,
) -> None:
    assert monitor.baseline is not None
    plan = replace(monitor.baseline, type="range", span=Interval(*span))
    ranged = replace(monitor, baseline=plan, incidents=incidents(storms, match))
    window, reference = against(ranged, day)
    spans = [piece.span for piece in reference.of(ranged, SERIES)]
    touched = match.column != ("y",)
    for number in range(40 * 24 + 200):
        instant = hour(number)
        excluded = inside(instant, window) or (touched and any(inside(instant, storm) for storm in storms))
        assert sum(inside(instant, one) for one in spans) == (inside(instant, span) and not excluded)


@given(storms=st.lists(SPANS, max_size=4), day=st.integers(1, 40), count=st.integers(1, 12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_periods_lie_whole_weeks_before_and_are_cut_by_incidents(
    monitor: MonitorPlan, storms: list[tuple[datetime, datetime]], day: int, count: int
) -> None:
    assert monitor.baseline is not None
    plan = replace(monitor.baseline, type="seasonal", period=Duration(7, "d"), count=count)
    seasonal = replace(monitor, baseline=plan, incidents=incidents(storms, Matcher()))
    window, reference = against(seasonal, day)
    assert window.start is not None
    today = window.start.astimezone(ZONE).date()
    days = {today - timedelta(days=7 * number) for number in range(1, count + 1)}
    spans = [piece.span for piece in reference.of(seasonal, SERIES)]
    for number in range(-90 * 24, 40 * 24):
        instant = hour(number)
        wanted = instant.astimezone(ZONE).date() in days and not any(inside(instant, storm) for storm in storms)
        assert sum(inside(instant, one) for one in spans) == wanted
    assert {one.id for one in reference.left_out} <= {f"I-{number}" for number in range(len(storms))}
