"""What `driftline doctor` proposes is sound: none beyond sense, from few windows, or against the truth."""

from __future__ import annotations

import numpy as np
import polars as pl

from driftline.doctor.limits import _tau
from tests.commands.project import Project
from tests.commands.rows import DAY_ROWS, scored
from tests.commands.rows import MODEL as SLICED
from tests.commands.test_doctor import findings, one, watch

CHANNEL = 'channels: {ops: {url: "json://127.0.0.1:9"}}'
SILENT = "  level: {check: mean, columns: x, threshold: {critical: {above: 1}}, alert: {route: false}}"
SPIKES = scored(20, shift=dict.fromkeys((3, 6, 9), 5.0))


def weaker(days: int, share: list[float]) -> pl.DataFrame:
    """Rows of which a growing share has a truth that has nothing to do with the score."""
    chance, count = np.random.default_rng(7), days * DAY_ROWS
    lost = chance.random(count) < np.repeat(share, DAY_ROWS)
    coin = pl.Series("coin", (chance.random(count) < 0.5).astype(np.int8))
    frame = scored(days).with_columns(pl.Series("lost", lost), coin)
    return frame.with_columns(y=pl.when("lost").then("coin").otherwise("y")).drop("lost", "coin")


def test_what_a_composite_reads_need_not_be_told(project: Project) -> None:
    both = "  many: {check: breaching, params: {of: {monitor: level}}, threshold: {warning: {above: 0}}}"
    watch(project, f"monitors:\n{SILENT}\n{both}", CHANNEL, frame=SPIKES)
    assert [each for each in findings(project, "nobody-told") if each["what"].startswith("level")] == []


def test_what_an_override_routes_for_some_segments_need_not_be_told_for_the_others(project: Project) -> None:
    sliced = SILENT.replace("columns: x,", "columns: x, segments: [overall, colour],")
    routed = "overrides:\n  - {match: {monitor: level, segment: {colour: red}}, set: {alert: {route: true}}}"
    model = SLICED.replace(', tall: {where: "x > 1"}', "")
    watch(project, f"monitors:\n{sliced}", routed, CHANNEL, frame=SPIKES, model=model)
    assert [each for each in findings(project, "nobody-told") if "alerts for nobody" in each["what"]] == []


def test_a_decline_is_not_explained_away(project: Project) -> None:
    frame = weaker(21, [min(1.0, number / 14) for number in range(21)])
    watch(project, "monitors:\n  auc: {check: roc_auc, min_rows: 50, threshold: {warning: {below: 0.8}}}",
          days=21, frame=frame)  # fmt: skip
    found = one(project, "fires-always")
    assert "moves away (" in found["evidence"]
    assert "so the alert may be right: look at what it says before the threshold" in found["evidence"]
    assert found["edit"] is None


def test_no_bound_is_proposed_from_fewer_than_fourteen_windows(project: Project) -> None:
    monitor = "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 40}}}"
    watch(project, monitor, days=13)
    assert one(project, "fires-always")["edit"] is None
    watch(project, monitor, days=14)
    assert "threshold: {critical: {above: 5" in one(project, "fires-always")["edit"]


def test_a_model_that_is_useless_gets_no_bound_on_the_wrong_side_of_chance(project: Project) -> None:
    watch(project, "monitors:\n  auc: {check: roc_auc, min_rows: 50, threshold: {warning: {below: 0.7}}}",
          frame=weaker(20, [1.0] * 20))  # fmt: skip
    edit = one(project, "fires-always")["edit"]
    assert edit is None or "below: 0.5}" in edit


def test_a_bound_that_is_out_of_reach_comes_nearer_than_a_useless_model(project: Project) -> None:
    monitor = "auc: {check: roc_auc, threshold: {compare: difference, warning: {below: -0.9}}}"
    watch(project, f"monitors:\n  {monitor}")
    edit = one(project, "threshold-unreachable")["edit"]
    assert -0.25 < float(edit.split("below: ")[1].split("}")[0]) < -0.1  # half of the way from 0.83 to 0.5


def test_no_change_is_proposed_that_is_weaker_than_a_fall_to_a_useless_model(project: Project) -> None:
    monitor = "auc: {check: roc_auc, min_rows: 50, threshold: {compare: change, warning: {below: -1%}}}"
    watch(project, f"monitors:\n  {monitor}", frame=weaker(20, [1.0, 0.8] * 10))
    edit = one(project, "fires-always")["edit"]
    assert edit is None or float(edit.split("below: -")[1].split("%")[0]) <= 41


def test_no_distance_is_proposed_below_the_default_of_its_check(project: Project) -> None:
    watch(project, "monitors:\n  drift: {check: psi, columns: x, threshold: {critical: {above: 9}}}")
    edit = one(project, "threshold-far")["edit"]
    bound = float(edit.split("warning: {above: ")[1].split("}")[0])
    assert bound >= 0.1


def test_no_nearer_warning_where_there_is_no_room(project: Project) -> None:
    watch(project, "monitors:\n  drift: {check: ks, columns: x, threshold: {warning: {above: 0.1}}}", days=16,
          frame=scored(16, per_day=20_000))  # fmt: skip
    assert findings(project, "threshold-far") == []


def test_one_small_segment_is_no_reason_to_keep_fewer(project: Project) -> None:
    monitor = (
        "monitors:\n  level: {check: mean, columns: z, min_rows: 50, segments: [colour], "
        "threshold: {critical: {above: 90}}}"
    )
    watch(project, monitor, model=SLICED.replace(', tall: {where: "x > 1"}', ""))
    assert "top:" not in one(project, "segments-too-small")["edit"]


def test_fewer_segments_without_the_rest_stay_without_it(project: Project) -> None:
    monitor = "monitors:\n  level: {check: mean, columns: z, segments: [colour], threshold: {critical: {above: 90}}}"
    model = SLICED.replace('{colour: {by: c}, tall: {where: "x > 1"}}', "{colour: {by: c, rest: false}}")
    watch(project, monitor, model=model)
    edit = one(project, "segments-too-small")["edit"]
    assert "top: 1, rest: false}" in edit
    assert "the rest" not in edit


def test_a_trend_is_told_from_noise() -> None:
    noise = [float(each) for each in np.random.default_rng(3).normal(0, 1, 60)]
    assert abs(_tau(noise)) < 0.3
    assert _tau([each + at / 10 for at, each in enumerate(noise)]) > 0.6
