"""Presets: monitors that a team would write for every model, as data. Each default has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.config.document import Baseline, Bounds, Threshold, Window
from driftline.model import Duration

WEEK = Duration(7, "d")


@dataclass(frozen=True)
class PresetMonitor:
    """One monitor of a preset; None keeps the check's or the model's own value.

    `roles` and `tasks` say for which models it is made; `weekly` compares with the same hours a week before;
    `significance` switches that gate on where the check leaves it off, as the defaults say or at alpha 1 %.
    """

    check: str
    reason: str
    threshold: Threshold | None = None
    without_baseline: Threshold | None = None  # the threshold for a model that has no baseline
    columns: tuple[str, ...] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    weekly: bool = False
    previous: bool = False
    needs_baseline: bool = False
    significance: bool = False


def _change(low: float | None, high: float | None, factor: float = 2.0) -> Threshold:
    """Warning at a relative change of `low` or `high`, critical at twice that."""
    worse = Bounds(above=high and high * factor, below=low and low * factor)
    return Threshold("change", Bounds(above=high, below=low), worse)


CLASSIFICATION = frozenset({"binary", "multiclass"})
FALL = Threshold("change", Bounds(below=-0.05), Bounds(below=-0.10))
RISE = Threshold("change", Bounds(above=0.05), Bounds(above=0.10))
HALF_OR_DOUBLE = Threshold("change", critical=Bounds(below=-0.5, above=1.0))
EVERY_COLUMN = ("features", "score", "prediction")


def _performance(check: str, threshold: Threshold, tasks: frozenset[str], *roles: str) -> PresetMonitor:
    reason = (
        "5 % worse than the baseline is seen by users, 10 % is a different model; "
        "significance keeps quiet what the labels of a window differ by chance"
    )
    needed = frozenset({"target", *roles})
    return PresetMonitor(check, reason, threshold, roles=needed, tasks=tasks, needs_baseline=True, significance=True)


PRESETS: Mapping[str, tuple[PresetMonitor, ...]] = {
    "drift": (
        PresetMonitor(
            "psi",
            "0.1 and 0.25 are the limits of credit scoring's long use; significance keeps small samples quiet",
            columns=EVERY_COLUMN,
            needs_baseline=True,
        ),
    ),
    "quality": (
        PresetMonitor(
            "missing_rate",
            "a column has its usual share of gaps; 5 points more is a change upstream, 20 an outage",
            Threshold("difference", Bounds(above=0.05), Bounds(above=0.20)),
            without_baseline=Threshold("value", Bounds(above=0.20), Bounds(above=0.50)),
            columns=EVERY_COLUMN,
        ),
        PresetMonitor(
            "invalid_rate",
            "declared rules are meant to hold; 1 % leaves room for single bad records",
            Threshold("value", Bounds(above=0.01), Bounds(above=0.05)),
            columns=EVERY_COLUMN,
        ),
        PresetMonitor(
            "unseen_rate",
            "categories the model never saw are guesses; 1 % leaves room for rare ones",
            Threshold("value", Bounds(above=0.01), Bounds(above=0.05)),
            columns=("categorical",),
            needs_baseline=True,
        ),
        PresetMonitor(
            "schema", "a lost or retyped column is always a fault", Threshold("value", critical=Bounds(above=0.0))
        ),
        PresetMonitor(
            "duplicate_rate",
            "an id stands for one prediction; repeats count twice everywhere else",
            Threshold("value", Bounds(above=0.0), Bounds(above=0.01)),
            roles=frozenset({"id"}),
        ),
    ),
    "performance": (
        _performance("roc_auc", FALL, CLASSIFICATION, "score"),
        _performance("accuracy", FALL, CLASSIFICATION, "prediction"),
        _performance("precision", FALL, CLASSIFICATION, "prediction"),
        _performance("recall", FALL, CLASSIFICATION, "prediction"),
        _performance("f1", FALL, CLASSIFICATION, "prediction"),
        _performance("log_loss", RISE, CLASSIFICATION, "score"),
        _performance("mae", RISE, frozenset({"regression"}), "prediction"),
        _performance("rmse", RISE, frozenset({"regression"}), "prediction"),
        _performance("r2", FALL, frozenset({"regression"}), "prediction"),
        _performance("ndcg", FALL, frozenset({"ranking"}), "score", "group"),
    ),
    "volume": (
        PresetMonitor(
            "row_count",
            "traffic follows the weekday, so the same hours a week before are the measure; half or double is no chance",
            HALF_OR_DOUBLE,
            weekly=True,
        ),
    ),
    "operations": (
        PresetMonitor(
            "latency",
            "the slowest 1 % of answers is what users feel first; a quarter slower than before is a regression",
            _change(None, 0.25),
            params={"q": 0.99},
            roles=frozenset({"latency"}),
            previous=True,
        ),
        PresetMonitor(
            "error_rate",
            "1 % of failed predictions is a common error budget",
            Threshold("value", Bounds(above=0.01), Bounds(above=0.05)),
            roles=frozenset({"error"}),
        ),
        PresetMonitor("throughput", "as the volume: half or double of a week before", HALF_OR_DOUBLE, weekly=True),
    ),
}


def weekly_baseline(window: Window) -> Baseline:
    """The same local time one week before the window; of one that is longer than a week, the span before."""
    size = window.size
    if size.unit == "mo" or size.seconds > WEEK.seconds:
        return Baseline("previous")
    return Baseline("seasonal", period=WEEK, count=1)
