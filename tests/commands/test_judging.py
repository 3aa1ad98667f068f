"""Baselines, thresholds, gates and policies, as a file states them."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project

# x moves up by 5 on day 9 and stays; 10 days are judged.
DAYS = 12
SHIFT = dict.fromkeys(range(9, DAYS), 5.0)
FRAME = rows.scored(DAYS, shift=SHIFT)


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", FRAME)
    project.data("training.parquet", rows.training())
    return project


def mean_of(first: int, last: int) -> float:
    """The mean of x over the days [first, last)."""
    found = FRAME.slice(first * rows.DAY_ROWS, (last - first) * rows.DAY_ROWS)["x"].mean()
    assert isinstance(found, float)
    return found


def test_a_baseline_is_a_source_the_window_before_or_a_span_before(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        baselines: {week: {type: trailing, size: 7d}}
        thresholds: {up: {compare: difference, critical: {above: 2}}}
        monitors:
          source: {check: mean, columns: [x], threshold: up}
          previous: {check: mean, columns: [x], baseline: previous, threshold: up}
          week: {check: mean, columns: [x], baseline: week, threshold: up}
          earlier: {check: mean, columns: [x], baseline: {type: trailing, size: 3d, offset: 2d}, threshold: up}
        """,
    )
    done = shop.run("--at", rows.day(11))  # the window is day 10
    expected = {
        "source": rows.training()["x"].mean(),
        "previous": mean_of(9, 10),
        "week": mean_of(3, 10),
        "earlier": mean_of(5, 8),
    }
    assert {each["monitor"]: each["baseline_value"] for each in done.results} == pytest.approx(expected, rel=1e-9)
    assert {each["monitor"]: each["status"] for each in done.results} == {
        "source": "critical", "previous": "ok", "week": "critical", "earlier": "critical",
    }  # fmt: skip
    for each in done.results:
        assert each["value"] == pytest.approx(mean_of(10, 11), rel=1e-9)
        assert each["compared"] == pytest.approx(each["value"] - each["baseline_value"])


@pytest.mark.parametrize(
    "baseline", ["previous", "{type: trailing, size: 7d}", "{type: trailing, size: 2d, offset: 1d}"]
)
def test_a_baseline_never_holds_the_window_even_where_windows_overlap(shop: Project, baseline: str) -> None:
    shop.write(
        rows.MODEL,
        "monitors:\n  most: {check: max, columns: [z], window: {size: 3d, every: 1d}, baseline: " + baseline + ",\n"
        "         threshold: {compare: difference, critical: {above: 1000}}}",
    )
    marked = FRAME.with_columns(z=pl.when(pl.col("ts") >= rows.START + timedelta(days=8)).then(999.0).otherwise("z"))
    shop.data("scored.parquet", marked)
    done = shop.run("--at", rows.day(11))  # the window is days 8 to 10, all of them marked
    assert done.one("most")["value"] == 999.0
    assert done.one("most")["baseline_value"] < 100


def test_thresholds_compare_the_value_its_difference_or_its_relative_change(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        thresholds: {high: {warning: {above: 3}, critical: {above: 6}}}
        monitors:
          value: {check: mean, columns: [x], threshold: high}
          difference: {check: mean, columns: [z], threshold: {compare: difference, critical: {above: 40, below: -40}}}
          change: {check: max, columns: [x], baseline: previous, threshold: {compare: change, critical: {above: 60%}}}
        """,
    )
    done = shop.run("--at", rows.day(10))
    assert done.one("value")["status"] == "warning"
    assert done.one("value")["reason"] == f"{done.one('value')['value']:.4g} is > 3"
    assert done.one("difference")["status"] == "ok"
    change = done.one("change")
    assert change["compared"] == pytest.approx((change["value"] - change["baseline_value"]) / change["baseline_value"])
    assert change["status"] == "critical"
    assert "change" not in change["reason"]
    assert "% is > +60.0%" in change["reason"]


def test_recovery_bounds_hold_an_alert_until_they_are_met(project: Project) -> None:
    project.data("scored.parquet", rows.scored(4, shift={0: 5.0, 1: 2.0, 2: 0.0}))
    project.data("training.parquet", rows.training())
    project.write(
        rows.MODEL,
        "monitors:\n  x: {check: mean, columns: [x], threshold: {critical: {above: 3}, recovery: {below: 1}}}",
    )
    states = []
    for number in (1, 2, 3):
        done = project.run("--at", rows.day(number))
        states.append((done.one("x")["status"], [each["state"] for each in done.alerts]))
    assert states == [("critical", ["firing"]), ("ok", ["firing"]), ("ok", ["resolved"])]


def test_an_alert_that_must_hold_for_two_windows_is_pending_before_it_fires(shop: Project) -> None:
    shop.write(
        rows.MODEL, "monitors:\n  x: {check: mean, columns: [x], threshold: {critical: {above: 3}}, alert: {for: 2}}"
    )
    seen = [shop.run("--at", rows.day(number)) for number in (9, 10, 11)]
    assert [done.code for done in seen] == [0, 1, 1]
    assert [[each["state"] for each in done.alerts] for done in seen] == [[], ["pending"], ["firing"]]
    pending, firing = seen[1].alerts[0], seen[2].alerts[0]
    assert pending["id"] == firing["id"]
    assert pending["since"] == firing["since"] == rows.day(10)


def test_a_window_with_too_few_rows_is_not_judged_unless_the_monitor_says_so(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          default: {check: mean, columns: [x], window: 6h, threshold: {critical: {above: 3}}}
          fewer: {check: mean, columns: [x], window: 6h, min_rows: 20, threshold: {critical: {above: 3}}}
          counted: {check: row_count, window: 6h, threshold: {critical: {below: 10}}}
          beside: {check: ks, columns: [x], window: 1d, baseline: {type: trailing, size: 6h}, min_rows: 100}
        """,
    )
    done = shop.run("--at", rows.day(11))
    assert done.one("default")["status"] == "insufficient_data"
    assert done.one("default")["reason"] == "50 rows in the window, min_rows is 100"
    assert done.one("fewer")["status"] == "critical"
    assert (done.one("counted")["value"], done.one("counted")["status"]) == (50, "ok")
    assert done.one("beside")["reason"] == "50 rows in the baseline, min_rows is 100"


def test_significance_decides_unless_it_is_switched_off(project: Project) -> None:
    project.data("scored.parquet", rows.scored(1, per_day=120))
    project.data("training.parquet", rows.training())
    project.write(
        rows.MODEL,
        """
        monitors:
          drift: {check: ks, columns: features, threshold: {critical: {above: 0.001}}}
          bare: {check: ks, columns: features, significance: none, threshold: {critical: {above: 0.001}}}
        """,
    )
    done = project.run("--at", rows.day(1))
    for each in done.of("drift"):
        assert each["status"] == "ok"
        assert "but not significant" in each["reason"]
        assert each["p_adjusted"] >= each["p_value"] > 0.01
    assert all(each["status"] == "critical" and each["p_adjusted"] is None for each in done.of("bare"))


def test_presets_stand_for_monitors_with_their_defaults(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          drift: {preset: drift}
          quality: {preset: quality}
          performance: {preset: performance}
          volume: {preset: volume}
          operations: {preset: operations}
        """,
    )
    done = shop.run("--at", rows.day(10))
    assert done.statuses("drift") == {"x": "critical", "z": "ok", "c": "ok", "p": "ok", "yhat": "ok"}
    assert {each["monitor"] for each in done.results if each["monitor"].startswith(("p", "v", "o"))} == {
        "performance.roc_auc", "performance.accuracy", "performance.precision", "performance.recall",
        "performance.f1", "performance.log_loss", "volume", "operations.throughput",
    }  # fmt: skip
    assert (done.one("volume")["compared"], done.one("volume")["status"]) == (0.0, "ok")


def test_params_of_a_check_reach_it(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors:
          low: {check: quantile, columns: [z], params: {q: 0.1}, threshold: none}
          high: {check: quantile, columns: [z], params: {q: 0.9}, threshold: none}
        """,
    )
    done, day = shop.run("--at", rows.day(11)), FRAME.slice(10 * rows.DAY_ROWS, rows.DAY_ROWS)["z"]
    for monitor, q in (("low", 0.1), ("high", 0.9)):
        result = done.one(monitor)
        assert result["value"] == pytest.approx(day.quantile(q, "linear"), abs=0.05)
        assert result["status"] == "ok"
