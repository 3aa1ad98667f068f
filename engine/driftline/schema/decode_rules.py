"""Typed values -> windows, baselines, thresholds, alert policies, matchers and defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from driftline.config.document import (
    AlertPolicy,
    Baseline,
    Bounds,
    Defaults,
    Lasting,
    Matcher,
    MinLabelled,
    Significance,
    Threshold,
    Window,
)
from driftline.model import ZERO, Duration
from driftline.schema.slots import read_duration

Typed = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """The names that are declared: what a text in a `window` or `baseline` slot may be."""

    windows: Collection[str]
    baselines: Collection[str]
    models: Collection[str]


def texts(value: Any) -> tuple[str, ...] | None:
    """One text or a list of them as a tuple; None when absent."""
    if value is None:
        return None
    return tuple(value) if isinstance(value, list) else (value,)


def bounds(value: Typed | None) -> Bounds | None:
    """A level of a threshold; durations become seconds."""
    if value is None:
        return None
    lasting = value.get("for")
    return Bounds(
        _number(value.get("above")), _number(value.get("below")), None if lasting is None else _lasting(lasting)
    )


def _number(value: float | Duration | None) -> float | None:
    return value.seconds if isinstance(value, Duration) else value


def threshold(value: Typed) -> Threshold:
    """A threshold written out."""
    return Threshold(
        compare=value.get("compare", "value"),
        warning=bounds(value.get("warning")),
        critical=bounds(value.get("critical")),
        recovery=bounds(value.get("recovery")),
    )


def threshold_use(value: str | Typed | None) -> str | Threshold | None:
    """The name of a threshold, or one written inline; `none` only records."""
    if value is None or (isinstance(value, str) and value != "none"):
        return value
    return Threshold(record_only=True) if isinstance(value, str) else threshold(value)


def window(value: Typed, name: str | None = None) -> Window | None:
    """A window; None when its size was refused."""
    if (size := value.get("size")) is None:
        return None
    return Window(size, value.get("every", size), name)


def window_use(value: str | Typed | None, names: Names) -> str | Window | None:
    """The name of a window, a duration (`7d`), or a window written inline."""
    if not isinstance(value, str):
        return None if value is None else window(value)
    size = read_duration(value)
    if value in names.windows or not isinstance(size, Duration) or size.count <= 0:
        return value
    return Window(size, size)


def baseline(value: Typed, name: str | None = None) -> Baseline | None:
    """A baseline; None when its type was refused."""
    if (kind := value.get("type")) is None:
        return None
    return Baseline(
        kind,
        value.get("source"),
        value.get("size"),
        value.get("offset", ZERO),
        name,
        period=value.get("period"),
        count=value.get("count"),
        start=value.get("start"),
        end=value.get("end"),
    )


def baseline_use(value: str | Typed | None, names: Names) -> str | Baseline | None:
    """The name of a baseline or source, `previous`, or a baseline written inline."""
    if value == "previous" and value not in names.baselines:
        return Baseline("previous")
    return value if value is None or isinstance(value, str) else baseline(value)


def min_labelled(value: int | float | None) -> MinLabelled | None:
    """`500` is a number of rows, `50%` or `0.5` a share of them."""
    if value is None:
        return None
    return MinLabelled(rows=value) if isinstance(value, int) else MinLabelled(share=value)


def significance(value: str | Typed | None) -> Significance | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Significance(enabled=False)
    usual = Significance()
    return Significance(
        value.get("alpha", usual.alpha), value.get("correction", usual.correction), block=value.get("block")
    )


def alert(value: Typed | None) -> AlertPolicy | None:
    if value is None:
        return None
    return AlertPolicy(
        for_=_lasting(value.get("for", 1)),
        keep_firing_for=value.get("keep_firing_for"),
        no_data=value.get("no_data", "keep"),
        route=value.get("route", True),
    )


def _lasting(value: int | Duration | str) -> Lasting:
    """`2`, `3d`, or `2 of 3`."""
    if not isinstance(value, str):
        return value
    hits, windows = re.findall(r"[0-9]+", value)
    return int(hits), int(windows)


def matcher(value: Typed | None) -> Matcher:
    """A matcher; an absent one matches everything."""
    value = value or {}
    return Matcher(
        **{key: texts(value.get(key)) for key in ("monitor", "model", "source", "check", "column", "severity", "task")},
        class_=texts(value.get("class")),
        segment=_text_lists(value.get("segment")),
        tags=_text_lists(value.get("tags")),
        not_=matcher(value["not"]) if "not" in value else None,
    )


def _text_lists(value: Typed | None) -> Mapping[str, tuple[str, ...]] | None:
    return None if value is None else {key: texts(item) or () for key, item in value.items()}


def model_use(value: str | list[str] | Typed | None) -> tuple[str, ...] | Matcher | None:
    """Names and globs, or a matcher."""
    return matcher(value) if isinstance(value, Mapping) else texts(value)


def segments(value: list[str | list[str]] | None) -> tuple[tuple[str, ...], ...] | None:
    """`[overall, [origin, long_haul]]` as tuples of names that are crossed; None when absent."""
    return None if value is None else tuple(texts(segment) or () for segment in value)


def setting(key: str, value: Any, names: Names) -> Any:
    """What an override sets, as the field of a MonitorDefinition takes it."""
    decoders: Mapping[str, Callable[[Any], Any]] = {
        "columns": texts,
        "classes": texts,
        "segments": segments,
        "window": lambda given: window_use(given, names),
        "baseline": lambda given: baseline_use(given, names),
        "threshold": threshold_use,
        "min_labelled": min_labelled,
        "significance": significance,
        "alert": alert,
    }
    return decoders[key](value) if key in decoders else value


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+([0-2]?[0-9]):([0-5][0-9])\s*-\s*([0-2]?[0-9]):([0-5][0-9])")


def hours(text: str) -> tuple[int, int, int, int] | None:
    """`mon-fri 09:00-17:00` as first and last weekday (0 is Monday), start and end in minutes; None when malformed."""
    found = _HOURS.fullmatch(text.strip().lower())
    if found is None or found[1] not in WEEKDAYS or (found[2] or found[1]) not in WEEKDAYS:
        return None
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if not start < end <= 24 * 60:
        return None
    return WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2] or found[1]), start, end


def overlaid(root: Typed, file: Typed) -> Typed:
    """The root's defaults overlaid by a file's: a key is replaced whole, only tags merge."""
    return {**root, **file, "tags": {**root.get("tags", {}), **file.get("tags", {})}}


def defaults(value: Typed, names: Names) -> Defaults:
    return Defaults(
        model=texts(value.get("model")),
        window=window_use(value.get("window"), names),
        baseline=baseline_use(value.get("baseline"), names),
        timezone=value.get("timezone", "UTC"),
        tags=value.get("tags", {}),
        min_rows=value.get("min_rows"),
        min_labelled=min_labelled(value.get("min_labelled")),
        significance=significance(value.get("significance")),
        alert=alert(value.get("alert")),
        runbook=value.get("runbook"),
    )
