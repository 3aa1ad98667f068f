"""Readings -> verdicts: the gates of DESIGN 6, in order, each with its reason. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from driftline.compile.graph import MonitorPlan
from driftline.compile.schedule import Judgement
from driftline.evaluate.drivers import NOTHING, Learnt, Rows, with_drivers
from driftline.evaluate.enough import baseline_rows, too_little
from driftline.evaluate.measured import Chance, Measured
from driftline.evaluate.significance import adjust, change_p_value, excess_p_value
from driftline.evaluate.threshold import Level, beyond, level
from driftline.evaluate.wording import compared_unit, say
from driftline.model import Contribution, Failed, InsufficientData, NoData, Result, Severity, Status, Value

STATUS = {Severity.CRITICAL: Status.CRITICAL, Severity.WARNING: Status.WARNING}


@dataclass(frozen=True)
class _Passed:
    """A reading that passed the gates of data and rows: the number that the threshold sees.

    It is infinite for a reading off a history that is constant.
    """

    value: Value
    compared: float
    baseline_value: float | None
    note: str | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Member:
    """One series of a family, with the judgement (and in it the plan) that holds for it."""

    judgement: Judgement
    measured: Measured


def judge(family: Sequence[Member], learnt: Mapping[Rows, Learnt] = NOTHING) -> tuple[Result, ...]:
    """One verdict per series; the family is corrected for its many comparisons, each series in the way it asks for.

    `learnt` is what classifiers know of the columns of the same rows.
    """
    gated = [_gates(member.judgement.monitor, member.measured) for member in family]
    p_values: dict[int, float] = {}
    corrections: dict[int, str] = {}
    for at, (member, gate) in enumerate(zip(family, gated, strict=True)):
        significance = member.judgement.monitor.significance
        if significance.enabled and isinstance(gate, _Passed) and gate.p_value is not None:
            p_values[at] = gate.p_value
            corrections[at] = significance.correction
    corrected = {
        name: dict(zip(p_values, adjust(list(p_values.values()), name), strict=True))
        for name in set(corrections.values())
    }
    adjusted = {at: corrected[name][at] for at, name in corrections.items()}
    results = [
        _result(member.judgement, member.measured, gate, adjusted.get(at))
        for at, (member, gate) in enumerate(zip(family, gated, strict=True))
    ]
    return with_drivers([member.judgement.monitor for member in family], results, learnt)


def _gates(monitor: MonitorPlan, measured: Measured) -> _Passed | tuple[Status, str]:
    """What stops a reading before its threshold, or the number to compare."""
    reading = measured.reading
    if isinstance(reading, Failed):
        return Status.ERROR, reading.reason
    if isinstance(reading, NoData):
        return Status.NO_DATA, reading.reason
    if isinstance(reading, InsufficientData):
        return Status.INSUFFICIENT_DATA, reading.reason
    few = too_little(monitor, measured, reading)
    if monitor.reads_windows and isinstance(measured.baseline_reading, InsufficientData):
        few = few or measured.baseline_reading.reason
    if few is not None:
        return Status.INSUFFICIENT_DATA, few
    gate = _compare(monitor, measured, reading)
    return replace(gate, p_value=_p_value(monitor, measured, gate)) if isinstance(gate, _Passed) else gate


def _p_value(monitor: MonitorPlan, measured: Measured, gate: _Passed) -> float | None:
    """How likely such a reading is by chance: if nothing changed, or, against fixed bounds, if it kept within them.

    A distance brings its own. A reading with a standard error is compared with the baseline's reading where the
    threshold does that (by the check itself, where it knows more of that change), and else with the mildest of the
    bounds that it is beyond. Where rows depend on each other, neither is asked.
    """
    if measured.chance is not None:
        return measured.chance.p_value
    reading, before, compare = gate.value, measured.baseline_reading, monitor.threshold.compare
    if reading.p_value is not None or reading.standard_error is None or compare == "deviations":
        return reading.p_value
    if compare == "value":
        excess = beyond(reading.value, monitor.threshold)
        return None if excess is None else excess_p_value(excess, reading.standard_error)
    if not isinstance(before, Value) or before.standard_error is None or measured.change_p_value is not None:
        return measured.change_p_value
    return change_p_value(reading.value - before.value, reading.standard_error, before.standard_error)


def _compare(monitor: MonitorPlan, measured: Measured, reading: Value) -> _Passed | tuple[Status, str]:
    """The number that the threshold sees: the reading, its difference from the baseline's, or its relative change."""
    compare, before = monitor.threshold.compare, measured.baseline_reading
    if isinstance(before, Failed) and compare != "value":
        return Status.ERROR, f"baseline: {before.reason}"
    known = before.value if isinstance(before, Value) else None
    note = "; ".join(said for said in (reading.note, measured.note) if said) or None
    if compare == "value":
        return _Passed(reading, reading.value, known, note)
    if known is None:
        reason = before.reason if isinstance(before, NoData | InsufficientData) else "there is none"
        return Status.NO_DATA, f"no baseline to compare with: {reason}"
    if compare == "deviations" and measured.deviations is None:
        return Status.NO_DATA, "the baseline's windows are not read one by one, so there are no deviations"
    if compare == "deviations" and measured.deviations is not None:
        return _Passed(reading, measured.deviations, known, note)
    difference = reading.value - known
    if compare == "difference":
        return _Passed(reading, difference, known, note)
    if known == 0 and difference == 0:
        return _Passed(reading, 0.0, known, note)
    if known == 0:
        return Status.NO_DATA, "the baseline reads 0, from which there is no relative change; use compare: difference"
    return _Passed(reading, difference / abs(known), known, note)


def _result(
    judgement: Judgement, measured: Measured, gate: _Passed | tuple[Status, str], adjusted: float | None
) -> Result:
    if not isinstance(gate, _Passed):
        value = measured.reading.value if isinstance(measured.reading, Value) else None
        return _made(judgement, measured, gate[0], gate[1], value)
    monitor = judgement.monitor
    found = level(gate.compared, monitor.threshold, monitor.unit)
    severity, reason = found.severity, _reason(monitor, gate, found.severity, found.limit)
    if severity is not None and adjusted is not None and adjusted > monitor.significance.alpha:
        reason = f"beyond {found.limit} but not significant (adjusted p = {adjusted:.2g})"
        severity = None
    status = STATUS[severity] if severity else Status.OK
    unknown = measured.chance.reason if measured.chance is not None and monitor.significance.enabled else None
    if severity is not None and unknown is not None:
        status, reason = Status.INSUFFICIENT_DATA, f"beyond {found.limit}, perhaps by chance: {unknown}"
    return _made(judgement, measured, status, reason, gate.value.value, gate, adjusted, found)


def _reason(monitor: MonitorPlan, gate: _Passed, severity: Severity | None, limit: str | None) -> str | None:
    """Why it is a breach, in words; what else there is to know of a sound reading."""
    note = gate.note
    unit = monitor.unit
    constant = "" if math.isfinite(gate.compared) else "off a constant history"
    if severity is None:
        return "; ".join(said for said in (constant, note) if said) or None
    if monitor.threshold.compare == "value" or gate.baseline_value is None:
        said = f"{say(gate.compared, unit)} is {limit}"
    else:
        off = f" {constant}" if constant else f", {say(gate.compared, compared_unit(monitor.threshold.compare, unit))}"
        said = f"{say(gate.baseline_value, unit)} -> {say(gate.value.value, unit)}{off} is {limit}"
    return f"{said}; {note}" if note else said


def _made(
    judgement: Judgement,
    measured: Measured,
    status: Status,
    reason: str | None,
    value: float | None,
    gate: _Passed | None = None,
    adjusted: float | None = None,
    found: Level | None = None,
) -> Result:
    """A verdict with all that goes with it; no `gate` and nothing `found` where something stopped it before."""
    monitor, reading = judgement.monitor, measured.reading
    sound = reading if isinstance(reading, Value) else None
    chance = measured.chance or Chance()
    return Result(
        series=measured.key,
        check=monitor.check.kind,
        metric=monitor.metric,
        model=monitor.model.name if monitor.model else None,
        source=monitor.side.source,
        window=judgement.window,
        value=value,
        baseline_value=gate.baseline_value if gate else None,
        compared=gate.compared if gate and math.isfinite(gate.compared) else None,
        p_value=gate.p_value if gate else None,
        p_adjusted=adjusted,
        bound=gate.value.bound if gate else None,
        status=status,
        reason=reason,
        rows=(sound.rows if sound and sound.rows is not None else measured.rows),
        labelled_rows=sound.labelled_rows if sound else None,
        baseline_rows=(baseline_rows(measured, sound) if sound else measured.baseline_rows),
        recovered=found is not None and status is Status.OK and found.recovered,
        limit=found.limit if found else None,
        unit=monitor.unit,
        baseline=monitor.baseline.label if monitor.baseline else None,
        compare=monitor.threshold.compare,
        margin=found.margin if found else None,
        interval=chance.interval or (sound.interval if sound else None),
        noise=chance.noise if chance.noise is not None else (sound.noise if sound else None),
        direction=sound.direction if sound else None,
        contributions=_contributions(measured, sound, status),
    )


def _contributions(measured: Measured, sound: Value | None, status: Status) -> tuple[Contribution, ...]:
    """What carries the reading, as its check says; else, of a breach, the segments that carry the change."""
    if sound is None or sound.contributions or measured.carriers is None or status not in STATUS.values():
        return sound.contributions if sound is not None else ()
    return measured.carriers.contributions()
