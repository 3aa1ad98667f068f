"""The stored form of the values that cross stages: JSON text that reads back to the same value."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from driftline.alert.state import SeriesState
from driftline.model import AlertState, Contribution, Interval, Notice, Result, SeriesKey, Severity, Status, Transition
from driftline.store.queue import StoreDamaged

_FLOATS = ("value", "baseline_value", "compared", "p_value", "p_adjusted", "bound", "margin", "noise")
_PLAIN = tuple(
    each.name for each in fields(Result) if each.name not in ("series", "window", "status", "contributions", *_FLOATS)
)


_Read = TypeVar("_Read")


def _readable(read: Callable[[str], _Read]) -> Callable[[str], _Read]:
    """What cannot be read is a StoreDamaged: the text is a row of a store, and may hold anything."""

    @wraps(read)
    def checked(text: str) -> _Read:
        try:
            return read(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreDamaged("the state store holds a row that cannot be read: `driftline store check`") from None

    return checked


def series_id(series: SeriesKey) -> str:
    """A key of fixed length: segment values may be longer than a database takes in an index."""
    return hashlib.sha256(_dumps(_series(series)).encode()).hexdigest()[:32]


def dump_result(result: Result) -> str:
    """A verdict as text."""
    return _dumps(_result(result))


@_readable
def load_result(text: str) -> Result:
    """The verdict that `dump_result` wrote."""
    return _load_result(json.loads(text))


def dump_state(state: SeriesState) -> str:
    """The state of a series as text."""
    return _dumps(state.to_json())


@_readable
def load_state(text: str) -> SeriesState:
    """The state that `dump_state` wrote."""
    return SeriesState.from_json(json.loads(text))


def dump_series(series: SeriesKey) -> str:
    """The identity of a series as text."""
    return _dumps(_series(series))


@_readable
def load_series(text: str) -> SeriesKey:
    """The identity that `dump_series` wrote."""
    return _load_series(json.loads(text))


def dump_transition(transition: Transition) -> str:
    """A transition with the verdict behind it as text."""
    return _dumps(
        {
            "alert": transition.alert,
            "state": transition.state.value,
            "severity": transition.severity.value,
            "since": _instant(transition.since),
            "at": _instant(transition.at),
            "reason": transition.reason,
            "result": _result(transition.result),
        }
    )


@_readable
def load_transition(text: str) -> Transition:
    """The transition that `dump_transition` wrote."""
    data = json.loads(text)
    result = _load_result(data["result"])
    return Transition(
        alert=data["alert"],
        series=result.series,
        state=AlertState(data["state"]),
        severity=Severity(data["severity"]),
        since=datetime.fromisoformat(data["since"]),
        at=datetime.fromisoformat(data["at"]),
        reason=data["reason"],
        result=result,
    )


def dump_notice(notice: Notice) -> str:
    """A notice as text; it holds the channel's name, never its address."""
    data = {each.name: getattr(notice, each.name) for each in fields(notice)}
    return _dumps({**data, "at": _instant(notice.at), "alerts": list(notice.alerts)})


@_readable
def load_notice(text: str) -> Notice:
    """The notice that `dump_notice` wrote."""
    data = json.loads(text)
    severity = Severity(data["severity"]) if data["severity"] else None
    at = datetime.fromisoformat(data["at"])
    return Notice(**{**data, "severity": severity, "at": at, "alerts": tuple(data["alerts"])})


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _series(series: SeriesKey) -> list[Any]:
    segment = [list(pair) for pair in series.segment]
    return [series.environment, series.monitor, series.subject, series.column, segment, series.class_]


def _load_series(data: list[Any]) -> SeriesKey:
    environment, monitor, subject, column, segment, class_ = data
    return SeriesKey(environment, monitor, subject, column, tuple((name, value) for name, value in segment), class_)


def _result(result: Result) -> dict[str, Any]:
    return {
        "series": _series(result.series),
        "start": _instant(result.window.start),
        "end": _instant(result.window.end),
        "status": result.status.value,
        **{name: getattr(result, name) for name in _PLAIN},
        **{name: _number(getattr(result, name)) for name in _FLOATS},
        "contributions": [[each.name, each.value] for each in result.contributions],
    }


def _load_result(data: Mapping[str, Any]) -> Result:
    # A field that a later version added is absent in what an earlier one wrote, and takes its default.
    values: dict[str, Any] = {name: data[name] for name in _PLAIN if name in data}
    if values.get("interval") is not None:
        values["interval"] = tuple(values["interval"])
    values["contributions"] = tuple(Contribution(*each) for each in data.get("contributions", ()))
    values.update({name: None if data[name] is None else float(data[name]) for name in _FLOATS if name in data})
    return Result(
        series=_load_series(data["series"]),
        window=Interval(_moment(data["start"]), _moment(data["end"])),
        status=Status(data["status"]),
        **values,
    )


def _number(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinity: they are kept as words."""
    return str(value) if value is not None and not math.isfinite(value) else value
