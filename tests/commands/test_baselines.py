"""Seasons, ranges, deviations and incidents against plain Polars over the same rows, through both changes of clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from tests.commands import rows as sample
from tests.commands.project import Project, Row

NEW_YORK, OSLO = "America/New_York", "Europe/Oslo"
FIRST, DAYS = date(2013, 2, 1), 100
MISSING = (date(2013, 3, 5),)


def rows(zone: str, first: date = FIRST, days: int = DAYS) -> pl.DataFrame:
    """Between 40 and 80 rows a local day at random instants, in UTC; some days have none."""
    chance = np.random.default_rng(7)
    found: list[datetime] = []
    for number in range(days):
        day = first + timedelta(days=number)
        if day in MISSING:
            continue
        start, end = (datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
                      for d in (day, day + timedelta(days=1)))  # fmt: skip
        length = (end - start).total_seconds()
        found += [start + timedelta(seconds=float(at)) for at in chance.uniform(0, length - 1, chance.integers(40, 80))]
    return pl.DataFrame(
        {
            "ts": pl.Series(found, dtype=pl.Datetime("us", "UTC")),
            "x": chance.normal(10, 3, len(found)) + np.arange(len(found)) / 2_000,
            "c": chance.choice(["a", "b"], len(found), p=[0.7, 0.3]),
        }
    )


def config(zone: str, monitors: str, more: str = "") -> str:
    return f"""
version: 1
defaults: {{window: 1d, timezone: {zone}, min_rows: 1}}
sources: {{scored: {{path: scored.parquet, timestamp: ts}}}}
models: {{m: {{source: scored, features: [x, c], segments: {{kind: {{by: c}}}}}}}}
metrics: {{per_row: {{model: m, sql: "SUM(x) / COUNT(*)"}}}}
monitors:
  {monitors}
{more}
"""


def local(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    time = pl.col("ts").dt.convert_time_zone(zone)
    return frame.with_columns(time.dt.date().alias("day"), time.dt.hour().alias("hour"))


def of_kind(frame: pl.DataFrame, kind: str | None) -> pl.DataFrame:
    return frame if kind is None else frame.filter(pl.col("c") == kind)


def judged(project: Project, frame: pl.DataFrame, text: str, at: str, *options: str) -> list[Row]:
    project.data("scored.parquet", frame)
    project.write(text)
    done = project.run("--at", at, "--dry-run", *options)
    assert done.code in (0, 1), done.said
    return done.results


def one(project: Project, frame: pl.DataFrame, text: str, at: str) -> Row:
    (result,) = judged(project, frame, text, at)
    return result


MEAN = "w: {check: mean, columns: [x], baseline: BASELINE, threshold: {compare: difference, critical: {above: 9}}}"
COUNT = "w: {check: row_count, baseline: BASELINE, threshold: {compare: difference, critical: {above: 1000}}}"
SEASON = "{type: seasonal, period: 7d, count: 4}"


# Seasons -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day"), [(NEW_YORK, date(2013, 3, 14)), (NEW_YORK, date(2013, 3, 24)), (OSLO, date(2013, 4, 7))]
)
def test_the_same_weekdays_are_compared_also_across_a_change_of_clocks(project: Project, zone: str, day: date) -> None:
    frame = rows(zone)
    result = one(project, frame, config(zone, MEAN.replace("BASELINE", SEASON)), f"{day + timedelta(days=1)}")
    days = [day - timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    then = local(frame, zone).filter(pl.col("day").is_in(days))
    assert result["baseline_value"] == pytest.approx(then["x"].mean(), rel=1e-12)
    assert result["baseline_rows"] == then.height
    assert result["rows"] == local(frame, zone).filter(pl.col("day") == day).height
    assert result["reason"] is None


@pytest.mark.parametrize("autumn", [False, True])
def test_the_same_hours_are_compared_by_the_local_clock(project: Project, autumn: bool) -> None:
    first = date(2013, 9, 20) if autumn else FIRST
    frame = rows(NEW_YORK, first)
    day = date(2013, 11, 5) if autumn else date(2013, 3, 12)
    text = config(NEW_YORK, f"w: {{check: mean, columns: [x], window: 1h, baseline: {SEASON}, threshold: "
                  "{compare: difference, critical: {above: 99}}}")  # fmt: skip
    start = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(NEW_YORK))
    result = one(project, frame, text, (start + timedelta(hours=1)).astimezone(UTC).isoformat())
    days = [day - timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    then = local(frame, NEW_YORK).filter(pl.col("day").is_in(days), pl.col("hour") == 9)
    assert result["baseline_rows"] == then.height
    assert result["baseline_value"] == pytest.approx(then["x"].mean(), rel=1e-12)


def test_a_count_is_compared_with_the_mean_count_of_the_periods(project: Project) -> None:
    frame = rows(NEW_YORK)
    result = one(project, frame, config(NEW_YORK, COUNT.replace("BASELINE", SEASON)), "2013-03-25")
    counts = local(frame, NEW_YORK).group_by("day").len()
    days = [date(2013, 3, 24) - timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    then = counts.filter(pl.col("day").is_in(days))["len"].to_list()
    assert len(then) == 4
    assert result["baseline_value"] == sum(then) / 4
    assert result["baseline_rows"] == sum(then)


def test_an_outage_after_the_beginning_counts_as_a_period_without_rows(project: Project) -> None:
    frame = rows(NEW_YORK)
    counts = local(frame, NEW_YORK).group_by("day").len()
    days = [date(2013, 3, 19) - timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    assert MISSING[0] in days
    total = counts.filter(pl.col("day").is_in(days))["len"].sum()
    result = one(project, frame, config(NEW_YORK, COUNT.replace("BASELINE", SEASON)), "2013-03-20")
    assert (result["baseline_value"], result["reason"]) == (total / 4, None)
    mean = one(project, frame, config(NEW_YORK, MEAN.replace("BASELINE", SEASON)), "2013-03-20")
    assert (mean["baseline_rows"], mean["reason"]) == (total, "3 of 4 periods in the baseline")


def test_a_sum_is_compared_with_the_mean_of_the_periods_that_are_there(project: Project) -> None:
    """A sum of no rows is NULL and not 0: the period that is missing is not divided by."""
    frame = rows(NEW_YORK).with_columns(x=pl.lit(1.0))
    days = [date(2013, 3, 19) - timedelta(days=7 * n) for n in (1, 2, 3, 4)]
    total = local(frame, NEW_YORK).filter(pl.col("day").is_in(days)).height
    metric = COUNT.replace("check: row_count", "metric: per_row").replace("BASELINE", SEASON)
    text = config(NEW_YORK, metric).replace(" / COUNT(*)", "")
    result = one(project, frame, text, "2013-03-20")
    assert (result["baseline_value"], result["reason"]) == (total / 3, "3 of 4 periods in the baseline")


@pytest.mark.parametrize("monitor", [COUNT, MEAN])
def test_periods_before_the_first_event_are_no_part_of_the_baseline(project: Project, monitor: str) -> None:
    frame = rows(NEW_YORK)
    result = one(project, frame, config(NEW_YORK, monitor.replace("BASELINE", SEASON)), "2013-02-16")
    days = [date(2013, 2, 1), date(2013, 2, 8)]
    then = local(frame, NEW_YORK).filter(pl.col("day").is_in(days))
    expected = then.height / 2 if monitor is COUNT else then["x"].mean()
    assert result["baseline_value"] == pytest.approx(expected)
    assert result["baseline_rows"] == then.height
    assert result["reason"] == "2 of 4 periods in the baseline"


@pytest.mark.parametrize("baseline", [SEASON, "previous", "{type: trailing, size: 28d}"])
@pytest.mark.parametrize("monitor", [COUNT, MEAN])
def test_without_any_history_there_is_no_data_to_compare_with(project: Project, monitor: str, baseline: str) -> None:
    result = one(project, rows(NEW_YORK), config(NEW_YORK, monitor.replace("BASELINE", baseline)), "2013-02-02")
    assert (result["status"], result["baseline_value"]) == ("no_data", None)
    assert "lies after the source's first event (2013-02-01" in result["reason"]


def test_a_trailing_count_knows_that_the_rows_began_later(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, COUNT.replace("BASELINE", "{type: trailing, size: 28d}"))
    result = one(project, frame, text, "2013-02-12")
    daily = local(frame, NEW_YORK).filter(pl.col("day") < date(2013, 2, 11)).height / 10
    assert result["baseline_value"] == pytest.approx(daily, rel=0.01)


# Ranges --------------------------------------------------------------------------------------------------------------


def test_a_range_is_read_by_the_clock_of_the_source_and_never_holds_the_window_itself(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, MEAN.replace("BASELINE", "{type: range, start: 2013-03-08, end: 2013-03-13}"))
    for day, inside in ((date(2013, 4, 1), None), (date(2013, 3, 10), date(2013, 3, 10))):
        result = one(project, frame, text, f"{day + timedelta(days=1)}")
        span = pl.col("day").is_between(date(2013, 3, 8), date(2013, 3, 12))
        then = local(frame, NEW_YORK).filter(span, pl.col("day") != (inside or date(1970, 1, 1)))
        assert (result["baseline_rows"], result["baseline_value"]) == (then.height, pytest.approx(then["x"].mean()))


def test_a_range_that_is_the_window_leaves_nothing(project: Project) -> None:
    text = config(NEW_YORK, MEAN.replace("BASELINE", "{type: range, start: 2013-03-10, end: 2013-03-11}"))
    result = one(project, rows(NEW_YORK), text, "2013-03-11")
    assert result["status"] == "no_data"
    assert result["reason"].endswith("nothing of range 2013-03-10 … 2013-03-11 lies outside of the window itself")


# Deviations ----------------------------------------------------------------------------------------------------------


def robust_z(value: float, history: list[float]) -> float:
    centre = median(history)
    return (value - centre) / (1.4826 * median(abs(each - centre) for each in history))


OFF = "{compare: deviations, critical: {above: 4, below: -4}}"
TRAILING = "{type: trailing, size: 28d}"


@pytest.mark.parametrize(
    ("check", "value"),
    [
        ("check: mean, columns: [x]", pl.col("x").mean()),
        ("check: row_count", pl.len()),
        ("metric: per_row", pl.col("x").sum() / pl.len()),
        ("check: std, columns: [x]", pl.col("x").std()),
    ],
)
def test_deviations_are_the_robust_z_over_the_windows_of_the_baseline(
    project: Project, check: str, value: pl.Expr
) -> None:
    frame = rows(NEW_YORK)
    result = one(
        project, frame, config(NEW_YORK, f"w: {{{check}, baseline: {TRAILING}, threshold: {OFF}}}"), "2013-03-24"
    )
    by_day = dict(local(frame, NEW_YORK).group_by("day").agg(value.alias("v")).iter_rows())
    days = [date(2013, 3, 23) - timedelta(days=n) for n in range(1, 29)]
    history = [by_day[day] for day in days if day in by_day]
    history += [0] * (28 - len(history)) if "row_count" in check else []
    assert result["compared"] == pytest.approx(robust_z(by_day[date(2013, 3, 23)], history), rel=1e-9)
    assert result["baseline_value"] == pytest.approx(median(history))
    assert result["baseline_rows"] == local(frame, NEW_YORK).filter(pl.col("day").is_in(days)).height
    assert result["reason"] == (None if "row_count" in check else "27 of 28 windows in the baseline")


def test_deviations_of_each_segment_are_its_own(project: Project) -> None:
    frame = rows(NEW_YORK)
    monitor = f"w: {{check: mean, columns: [x], segments: [overall, kind], baseline: {TRAILING}, threshold: {OFF}}}"
    results = judged(project, frame, config(NEW_YORK, monitor), "2013-05-01")
    assert len(results) == 3
    for result in results:
        kind = (result["segment"] or {}).get("kind")
        mine = of_kind(local(frame, NEW_YORK), kind)
        by_day = dict(mine.group_by("day").agg(pl.col("x").mean()).iter_rows())
        history = [by_day[date(2013, 4, 30) - timedelta(days=n)] for n in range(1, 29)]
        assert result["compared"] == pytest.approx(robust_z(by_day[date(2013, 4, 30)], history), rel=1e-9)


def test_deviations_of_a_labelled_check_rest_on_what_was_known(project: Project) -> None:
    frame = sample.scored(14, per_day=120)
    project.data("truth.parquet", sample.labels(frame))
    project.data("training.parquet", sample.training())
    text = sample.MODEL.replace("training: {", "truth: {path: truth.parquet, timestamp: known_at}\n  training: {")
    text = text.replace("    segments", "    labels: {source: truth, key: id, delay: 1d}\n    segments")
    text += f"monitors:\n  w: {{check: accuracy, baseline: {{type: trailing, size: 10d}}, threshold: {OFF}}}"
    result = one(project, frame.drop("y"), text, sample.day(13))
    by_day = (
        frame.group_by(pl.col("ts").dt.date()).agg((pl.col("y") == pl.col("yhat")).mean()).sort("ts")["y"].to_list()
    )
    assert result["value"] == pytest.approx(by_day[11])
    assert result["compared"] == pytest.approx(robust_z(by_day[11], by_day[1:11]), rel=1e-9)
    assert (result["labelled_rows"], result["baseline_rows"]) == (120, 1200)


def test_windows_that_overlap_are_each_read_and_their_rows_counted_once(project: Project) -> None:
    frame = rows(NEW_YORK)
    monitor = (f"w: {{check: mean, columns: [x], window: {{size: 7d, every: 1d}}, baseline: {TRAILING}, "
               f"threshold: {OFF}}}")  # fmt: skip
    result = one(project, frame, config(NEW_YORK, monitor), "2013-05-01")
    mine = local(frame, NEW_YORK)

    def week(last: date) -> float:
        found = mine.filter(pl.col("day").is_between(last - timedelta(days=6), last))["x"].mean()
        assert isinstance(found, float)
        return found

    history = [week(date(2013, 4, 30) - timedelta(days=n)) for n in range(7, 29)]
    assert result["compared"] == pytest.approx(robust_z(week(date(2013, 4, 30)), history), rel=1e-9)
    days = pl.col("day").is_between(date(2013, 3, 27), date(2013, 4, 23))
    assert result["baseline_rows"] == mine.filter(days).height


def test_deviations_of_seasons_and_ranges_and_of_a_source_with_times(project: Project) -> None:
    frame = rows(NEW_YORK)
    mine = local(frame, NEW_YORK)
    by_day = dict(mine.group_by("day").agg(pl.col("x").mean()).iter_rows())
    project.data("past.parquet", frame.filter(pl.col("ts") < datetime(2013, 2, 20, 12, tzinfo=UTC)))
    past = local(frame.filter(pl.col("ts") < datetime(2013, 2, 20, 12, tzinfo=UTC)), NEW_YORK)
    expected = {
        "{type: seasonal, period: 7d, count: 9}": [date(2013, 4, 30) - timedelta(days=7 * n) for n in range(1, 10)],
        "{type: range, start: 2013-03-08, end: 2013-03-20}": [date(2013, 3, 8) + timedelta(days=n) for n in range(12)],
    }
    for baseline, days in expected.items():
        text = config(NEW_YORK, f"w: {{check: mean, columns: [x], baseline: {baseline}, threshold: {OFF}}}")
        result = one(project, frame, text, "2013-05-01")
        history = [by_day[day] for day in days if day in by_day]
        assert result["compared"] == pytest.approx(robust_z(by_day[date(2013, 4, 30)], history), rel=1e-9)
    text = config(NEW_YORK, f"w: {{check: mean, columns: [x], baseline: past, threshold: {OFF}}}")
    text = text.replace("timestamp: ts}}", "timestamp: ts}, past: {path: past.parquet, timestamp: ts}}")
    result = one(project, frame, text, "2013-05-01")
    history = [each for (each,) in past.group_by("day").agg(pl.col("x").mean()).select("x").iter_rows()]
    assert len(history) == 20
    assert result["compared"] == pytest.approx(robust_z(by_day[date(2013, 4, 30)], history), rel=1e-9)


def test_fewer_than_eight_windows_say_nothing_of_how_much_they_differ(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, f"w: {{check: mean, columns: [x], baseline: {TRAILING}, threshold: {OFF}}}")
    result = one(project, frame, text, "2013-02-08")
    assert result["status"] == "insufficient_data"
    assert result["reason"] == "6 windows of the baseline (of 28) can be read, deviations need 8"
    few = text.replace("min_rows: 1", "min_rows: 60")
    days = local(frame, NEW_YORK).group_by("day").len().filter(pl.col("day") < date(2013, 2, 26), pl.col("len") >= 60)
    result = one(project, frame, few, "2013-02-27")
    assert result["status"] == "insufficient_data" or result["reason"] == f"{days.height} of 28 windows in the baseline"


def test_off_a_constant_history_any_change_breaches_and_no_number_is_infinite(project: Project) -> None:
    frame = rows(NEW_YORK).with_columns(pl.lit(0.0).alias("x"))
    text = config(NEW_YORK, f"w: {{check: mean, columns: [x], baseline: {TRAILING}, threshold: {OFF}}}")
    same = one(project, frame, text, "2013-05-01")
    assert (same["status"], same["compared"]) == ("ok", 0.0)
    last = pl.col("ts") >= datetime(2013, 4, 30, 4, tzinfo=UTC)
    changed = one(project, frame.with_columns(pl.when(last).then(0.5).otherwise(0.0).alias("x")), text, "2013-05-01")
    assert (changed["status"], changed["compared"]) == ("critical", None)
    assert changed["reason"] == "0 -> 0.5 off a constant history is > 4 deviations"


# Incidents -----------------------------------------------------------------------------------------------------------


STORM = "incidents: [{id: STORM-1, start: 2013-04-10, end: 2013-04-13, reason: thunderstorms}]"
STORM_DAYS = [date(2013, 4, 10), date(2013, 4, 11), date(2013, 4, 12)]


@pytest.mark.parametrize(
    ("baseline", "days"),
    [
        (TRAILING, [date(2013, 4, 24) - timedelta(days=n) for n in range(1, 29)]),
        (SEASON, [date(2013, 4, 24) - timedelta(days=7 * n) for n in range(1, 5)]),
        (
            "{type: range, start: 2013-04-01, end: 2013-04-20}",
            [date(2013, 4, 1) + timedelta(days=n) for n in range(19)],
        ),
    ],
)
def test_rows_of_an_incident_are_left_out_of_baselines(project: Project, baseline: str, days: list[date]) -> None:
    frame = rows(NEW_YORK)
    kept = [day for day in days if day not in STORM_DAYS]
    then = local(frame, NEW_YORK).filter(pl.col("day").is_in(kept))
    text = config(NEW_YORK, MEAN.replace("BASELINE", baseline), STORM)
    result = one(project, frame, text, "2013-04-25")
    assert result["baseline_rows"] == then.height
    assert result["baseline_value"] == pytest.approx(then["x"].mean(), rel=1e-12)
    assert "without incident STORM-1 (thunderstorms)" in result["reason"]
    count = one(project, frame, config(NEW_YORK, COUNT.replace("BASELINE", baseline), STORM), "2013-04-25")
    assert count["baseline_value"] == pytest.approx(then.height / len(kept), rel=1e-9)
    without = config(NEW_YORK, MEAN.replace("BASELINE", baseline), STORM.replace("reason", "baselines: keep, reason"))
    assert one(project, frame, without, "2013-04-25")["baseline_rows"] > then.height


def test_an_incident_that_covers_the_baseline_is_named(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, MEAN.replace("BASELINE", "previous"), STORM)
    result = one(project, frame, text, "2013-04-12")
    assert (result["status"], result["baseline_value"]) == ("no_data", None)
    said = "no baseline to compare with: nothing of previous lies outside of incident STORM-1 (thunderstorms)"
    assert result["reason"] == said
    drift = config(NEW_YORK, "w: {check: psi, columns: [x], baseline: previous}", STORM)
    assert one(project, frame, drift, "2013-04-12")["reason"] == said


def test_an_incident_of_one_column_or_segment_touches_only_its_series(project: Project) -> None:
    frame = rows(NEW_YORK)
    monitor = f"w: {{check: missing_rate, columns: [x, c], segments: [overall, kind], baseline: {TRAILING}, threshold: "
    monitor += "{compare: difference, critical: {above: 0.9}}}"
    days = [date(2013, 4, 24) - timedelta(days=n) for n in range(1, 29)]
    mine = local(frame, NEW_YORK).filter(pl.col("day").is_in(days))
    for match, touched in (
        ("{column: x}", lambda one: one["column"] == "x"),
        ("{segment: {kind: a}}", lambda one: one["segment"] == {"kind": "a"}),
        (
            "{column: x, not: {segment: {kind: a}}}",
            lambda one: one["column"] == "x" and one["segment"] != {"kind": "a"},
        ),
        ("{model: other}", lambda one: one["column"] is None),
    ):
        text = config(NEW_YORK, monitor, STORM.replace("id:", f"match: {match}, id:"))
        results = judged(project, frame, text, "2013-04-25")
        assert len(results) == 6
        for result in results:
            kind = (result["segment"] or {}).get("kind")
            then = of_kind(mine, kind)
            if touched(result):
                then = then.filter(~pl.col("day").is_in(STORM_DAYS))
            assert result["baseline_rows"] == then.height, (match, result["series"])


def test_windows_that_an_incident_touches_are_no_measure_of_deviations(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, f"w: {{check: mean, columns: [x], baseline: {TRAILING}, threshold: {OFF}}}", STORM)
    result = one(project, frame, text, "2013-04-25")
    by_day = dict(local(frame, NEW_YORK).group_by("day").agg(pl.col("x").mean()).iter_rows())
    days = [date(2013, 4, 24) - timedelta(days=n) for n in range(1, 29)]
    history = [by_day[day] for day in days if day not in STORM_DAYS]
    assert result["compared"] == pytest.approx(robust_z(by_day[date(2013, 4, 24)], history), rel=1e-9)
    assert result["reason"] == "25 of 28 windows in the baseline, without incident STORM-1 (thunderstorms)"


def test_half_a_day_of_an_incident_is_cut_out_and_counts_take_the_other_periods(project: Project) -> None:
    frame = rows(NEW_YORK)
    noon = "incidents: [{id: I, start: 2013-04-17T12:00:00, end: 2013-04-18}]"
    then = local(frame, NEW_YORK).filter(
        pl.col("day").is_in([date(2013, 4, 24) - timedelta(days=7 * n) for n in range(1, 5)])
    )
    cut = then.filter((pl.col("day") != date(2013, 4, 17)) | (pl.col("hour") < 12))
    mean = one(project, frame, config(NEW_YORK, MEAN.replace("BASELINE", SEASON), noon), "2013-04-25")
    assert mean["baseline_rows"] == cut.height
    count = one(project, frame, config(NEW_YORK, COUNT.replace("BASELINE", SEASON), noon), "2013-04-25")
    others = then.filter(pl.col("day") != date(2013, 4, 17))
    assert (count["baseline_rows"], count["baseline_value"]) == (others.height, pytest.approx(others.height / 3))


# The same, however it is judged --------------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [SEASON, TRAILING])
@pytest.mark.parametrize("compare", ["difference", "deviations"])
def test_a_backfill_reads_what_single_runs_read(project: Project, baseline: str, compare: str) -> None:
    frame = rows(NEW_YORK)
    baseline = baseline.replace("count: 4", "count: 8")
    threshold = f"{{compare: {compare}, critical: {{above: 99}}}}"
    monitor = (
        f"w: {{check: mean, columns: [x], segments: [overall, kind], baseline: {baseline}, threshold: {threshold}}}"
    )
    text = config(NEW_YORK, monitor, STORM)
    together = judged(project, frame, text, "2013-04-20", "--since", "2013-04-09")
    alone = [each for n in range(10, 21) for each in judged(project, frame, text, f"2013-04-{n}")]
    keys = ("series", "window", "status", "reason", "rows", "baseline_rows")
    assert sorted(({k: each[k] for k in keys} for each in together), key=str) == sorted(
        ({k: each[k] for k in keys} for each in alone), key=str
    )
    order = lambda each: (each["series"], each["window"]["end"])  # noqa: E731
    for a, b in zip(sorted(together, key=order), sorted(alone, key=order), strict=True):
        assert (a["compared"] is None) == (b["compared"] is None)
        assert (a["compared"] or 0.0) == pytest.approx(b["compared"] or 0.0, rel=1e-9, abs=1e-9)


def test_the_preset_volume_compares_an_hour_with_that_hour_a_week_before_by_the_local_clock(project: Project) -> None:
    frame = rows(NEW_YORK)
    text = config(NEW_YORK, "w: {preset: volume, window: 1h}")
    start = datetime(2013, 3, 14, 9, tzinfo=ZoneInfo(NEW_YORK))
    result = one(project, frame, text, (start + timedelta(hours=1)).astimezone(UTC).isoformat())
    hour = local(frame, NEW_YORK).filter(pl.col("day") == date(2013, 3, 7), pl.col("hour") == 9)
    assert result["baseline_value"] == hour.height > 0
