"""What a person reads at three in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from driftline.alert.fold import fold
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.evaluate.wording import length, say
from driftline.model import Interval, MonitorFacts, Notice, Result, SeriesKey, Status, Transition
from driftline.route.message import clean, compose, instant
from tests.unit.alert_values import FACTS, START, column, day, result


def fired(verdict: Result, state: SeriesState | None = None) -> Transition:
    return fold(state or SeriesState(), verdict, AlertPolicy(), day(0))[1][0]


def notice(alerts: Sequence[Transition], facts: MonitorFacts = FACTS, **options: object) -> Notice:
    totals = {("feature-drift", "late_arrival"): 14}
    return compose(
        "ops",
        "group",
        alerts,
        {each.id: facts for each in alerts},
        at=day(0),
        totals=totals,
        **options,  # type: ignore[arg-type]
    )


def test_a_notice_of_one_alert_says_what_where_how_bad_since_when_and_why() -> None:
    facts = replace(FACTS, description="Inputs of the\nmodel.", runbook="https://wiki.example.org/late#feature-drift")
    made = notice([fired(result("C"))], facts)
    assert made.title == "[CRITICAL] late_arrival · feature-drift: psi of distance 0.31 (limit > 0.25)"
    alert = made.alerts[0]
    assert made.body == (
        "CRITICAL psi of distance: verdict critical on day 0\n"
        "  where: late_arrival (source scored), monitor feature-drift\n"
        "  p-value: 0.0003, 0.002 adjusted over the family\n"
        "  compared: with training\n"
        "  window: 2026-03-01 00:00 UTC to 2026-03-02 00:00 UTC, 28,834 rows\n"
        "  since: 2026-03-02 00:00 UTC\n"
        f"  alert: {alert}\n"
        "\n"
        "  about: Inputs of the model.\n"
        "  runbook: https://wiki.example.org/late#feature-drift"
    )


def test_a_notice_of_many_counts_columns_and_names_the_worst_level() -> None:
    alerts = [fired(result(letter, series=column(name))) for letter, name in zip("wwCw", "abcd", strict=True)]
    assert notice(alerts).title == "[CRITICAL] late_arrival · feature-drift: 4 of 14 columns drifted"
    other = replace(FACTS, family="quality")
    assert notice(alerts[:2], other).title.endswith("2 of 14 columns beyond the threshold")


def test_beyond_the_most_that_a_route_allows_alerts_are_counted() -> None:
    alerts = [fired(result("w", series=column(f"c{index}"))) for index in range(7)]
    made = notice(alerts, max_alerts=2)
    assert made.body.count("WARNING psi") == 2
    assert made.body.endswith("and 5 more")
    assert len(made.alerts) == 7


def test_an_end_says_how_long_it_lasted() -> None:
    state, _ = fold(SeriesState(), result("C"), AlertPolicy(), day(0))
    _, (ended,) = fold(state, result(".", 3), AlertPolicy(), day(3))
    made = notice([ended])
    assert made.title == "[RESOLVED] late_arrival · feature-drift: psi of distance is back to normal"
    assert "since: 2026-03-02 00:00 UTC (3 d)" in made.body
    assert made.severity is None


def test_freshness_reads_in_hours_and_as_of() -> None:
    stale = replace(
        result("C", series=SeriesKey(None, "fresh", "scored")),
        check="freshness", value=108720.0, unit="seconds", limit="> 6h", p_value=None, p_adjusted=None, baseline=None,
        model=None, window=Interval(None, day(0)), rows=None,
    )  # fmt: skip
    made = notice([fired(stale)], MonitorFacts("fresh", None, "scored", "freshness"))
    assert made.title == "[CRITICAL] scored · fresh: freshness 1 d 6 h (limit > 6h)"
    assert "  window: as of 2026-03-02 00:00 UTC\n" in made.body
    assert "  where: scored, monitor fresh\n" in made.body


def test_missing_data_is_named() -> None:
    gone = replace(result("0"), p_value=None)
    alert = fold(SeriesState(), gone, AlertPolicy(no_data="critical"), day(0))[1][0]
    assert notice([alert]).title.endswith("psi of distance: no data")
    broken = replace(result("e"), status=Status.ERROR)
    failed = fold(SeriesState(), broken, AlertPolicy(no_data="warning"), day(0))[1][0]
    assert notice([failed]).title.endswith("psi of distance: could not be measured")


def over_stores(letter: str, reason: str, value: float, **more: object) -> Result:
    """The verdict of a composite over all models."""
    series = SeriesKey(None, "stores-in-trouble", "all")
    verdict = replace(
        result(letter, series=series), check="breaching", model=None, source="", value=value, unit="ratio",
        limit="> 5%", p_value=None, p_adjusted=None, baseline=None, rows=None, reason=reason,
    )  # fmt: skip
    return replace(verdict, **more)  # type: ignore[arg-type]


def test_a_composite_says_how_many_series_breach_and_names_no_source_it_has_not() -> None:
    named = "rows/demand/store=s1, rows/demand/store=s2 and 30 more; 5 could not be judged"
    reason = f"10.7% is > 5%; 32 of 300 series breach: {named}"
    made = notice([fired(over_stores("C", reason, 0.107))])
    assert made.title == "[CRITICAL] stores-in-trouble: 32 of 300 series breach (10.7%, limit > 5%)"
    assert made.body.splitlines()[:3] == [
        "CRITICAL stores-in-trouble: 32 of 300 series breach (10.7%, limit > 5%)",
        f"  breaching: {named}",
        "  where: monitor stores-in-trouble",
    ]


def test_a_composite_of_a_model_and_a_segment_names_them() -> None:
    series = SeriesKey(None, "by", "demand", segment=(("store", "s9"),))
    counted = over_stores(
        "C", "2 is > 1; 2 of 2 series breach: a, b", 2.0, series=series, model="demand", unit="number", limit="> 1"
    )
    made = notice([fired(counted)])
    assert made.title == "[CRITICAL] demand · by: store=s9: 2 of 2 series breach (limit > 1)"
    assert "  where: demand, monitor by\n" in made.body


def test_the_end_of_a_composite_says_how_many_still_breach() -> None:
    state, _ = fold(
        SeriesState(), over_stores("C", "10.7% is > 5%; 32 of 300 series breach", 0.107), AlertPolicy(), day(0)
    )
    sound = over_stores(".", "2 of 300 series breach: a, b", 0.0067, window=Interval(day(0), day(1)))
    _, (ended,) = fold(state, sound, AlertPolicy(), day(1))
    made = notice([ended])
    assert made.title == "[RESOLVED] stores-in-trouble: back to normal"
    assert made.body.startswith("RESOLVED stores-in-trouble: 2 of 300 series breach (0.67%, limit > 5%)\n")
    assert "why:" not in made.body  # it would say the same once more


def test_the_end_of_several_alerts_names_their_columns() -> None:
    def over(name: str, segment: str) -> Transition:
        series = replace(column(name), segment=(("origin", segment),))
        state, _ = fold(SeriesState(), result("C", series=series), AlertPolicy(), day(0))
        return fold(state, result(".", 1, series), AlertPolicy(), day(1))[1][0]

    two = [over("distance", "JFK"), over("distance", "LGA")]
    assert notice(two).title.endswith(": 1 of 14 columns back to normal: distance")
    assert notice([over(name, "JFK") for name in "abcde"]).title.endswith(
        "5 of 14 columns back to normal: a, b, c and 2 more"
    )


def test_a_metric_that_is_called_like_its_monitor_is_named_once() -> None:
    series = SeriesKey(None, "conversion", "shop")
    low = replace(result("C", series=series), metric="conversion", value=0.5826, limit="< 0.6")
    assert notice([fired(low)]).title == "[CRITICAL] shop · conversion: 0.5826 (limit < 0.6)"
    web = replace(low, series=replace(series, segment=(("order", "web"),)))
    assert notice([fired(web)]).title == "[CRITICAL] shop · conversion: order=web: 0.5826 (limit < 0.6)"
    state, _ = fold(SeriesState(), low, AlertPolicy(), day(0))
    _, (ended,) = fold(state, replace(low, status=Status.OK, value=0.7), AlertPolicy(), day(1))
    assert notice([ended]).title == "[RESOLVED] shop · conversion: back to normal"


def test_a_p_value_that_is_too_small_for_a_number_is_not_said_to_be_0() -> None:
    sure = replace(result("C"), p_value=0.0, p_adjusted=0.0)
    assert "  p-value: < 1e-300, < 1e-300 adjusted over the family\n" in notice([fired(sure)]).body


def test_an_alert_of_an_earlier_window_says_how_it_is_now() -> None:
    alert = fired(result("C"))
    now = "  now: 0.12 (limit > 0.1), 2026-03-03 00:00 UTC to 2026-03-04 00:00 UTC\n"
    assert now in notice([alert], latest={alert.series: result("w", 2)}).body
    assert "now:" not in notice([alert], latest={alert.series: result("C")}).body


def test_an_environment_is_named() -> None:
    made = notice([fired(result("C", series=column("a", "prod")))])
    assert made.title.startswith("[CRITICAL] prod · late_arrival · feature-drift: ")
    assert made.environment == "prod"


def test_names_from_the_data_stay_on_one_line_and_call_nobody() -> None:
    series = replace(column("a"), segment=(("note", "x\n\n@everyone <!channel> **bold**"),))
    made = notice([fired(result("C", series=series))])
    for text in (made.title, made.body, made.markdown):
        assert "@everyone" not in text
        assert "<!channel" not in text
    assert made.body.splitlines()[0].startswith("CRITICAL psi of a, note=x @")
    assert r"\*\*bold\*\*" in made.markdown
    assert len(clean("x" * 1000)) == 300


def test_markdown_keeps_addresses_whole() -> None:
    made = notice([fired(result("C"))], replace(FACTS, runbook="https://w.example/a_b#c"))
    assert "- runbook: https://w.example/a_b#c" in made.markdown
    assert r"late\_arrival" in made.markdown


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.312345, "number", "0.3123"),
        (1234567.0, "number", "1,234,567"),
        (1234567.89, "column", "1,234,568"),
        (0.1234, "ratio", "12.3%"),
        (0.01234, "ratio", "1.23%"),
        (-0.05, "change", "-5.0%"),
        (2.5e-9, "number", "2.5e-09"),
        (0.0, "number", "0"),
        (-5.5, "number", "-5.5"),
        (21600.0, "seconds", "6 h"),
        (28834.0, "rows", "28,834"),
        (float("nan"), "number", "nan"),
        (12.5, "EUR", "12.5 EUR"),
    ],
)
def test_numbers_have_sensible_digits(value: float, unit: str, expected: str) -> None:
    assert say(value, unit) == expected


def test_lengths_of_time_take_their_two_largest_units() -> None:
    assert [length(seconds) for seconds in (0, 5, 90, 600, 7200, 108720, 86400 * 3)] == [
        "0 s", "5 s", "1 m", "10 m", "2 h", "1 d 6 h", "3 d",
    ]  # fmt: skip


def test_times_are_on_the_clock_of_the_monitor() -> None:
    assert instant(START + timedelta(seconds=5), ZoneInfo("UTC")) == "2026-03-01 00:00:05 UTC"
    assert instant(START, ZoneInfo("America/New_York")) == "2026-02-28 19:00 EST"
