"""The change of a performance metric from the baseline to the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.quotient import Quotient
from driftline.model import Failed, InsufficientData, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

COMPARE = {"performance_change", "residual_drift", "calibration_drift"}  # both sides themselves: there is no change
METRICS = tuple(sorted({path.stem for path in Path(__file__).parent.glob("[!_]*.py")} - COMPARE))
Z = 1.959963984540054  # 97.5 % quantile of the normal law


@dataclass(frozen=True)
class PerformanceChange(Check):
    """A metric of the window minus the same of the baseline: -0.03 is three points less of an accuracy.

    `of` is any performance check. The standard error is that of the difference of two independent samples, from the
    errors of both readings (Wilson, DeLong, the delta method: see the page of the metric), and the p-value and the 95 %
    interval follow by the normal law, but for a metric that has a p-value of its change by itself. `relative: true`
    divides by the size of the baseline's reading. Beside `check: accuracy` with `compare: difference`, whose verdicts
    are the same, this one has the change itself as its reading, with an interval of its own. Source: Casella and
    Berger, Statistical Inference (2002), 10.3.
    """

    kind = "performance_change"
    title = "Performance change"
    unit = "number"
    takes = Takes.MODEL
    tasks = frozenset({"binary", "multiclass", "regression", "ranking"})
    needs_roles = frozenset({"target"})
    needs_baseline = True
    significance = True
    per_class = True
    bad = "either"

    of: str = param("The metric.", choices=METRICS)
    relative: bool = param("Divide by the size of the baseline's reading.", default=False)

    @property
    def metric(self) -> Check:
        """The check that reads the metric, with its parameters as they are by default."""
        module = import_module(f"driftline.checks.performance.{self.of}")
        kinds = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Check))
        found = next(each for each in kinds if getattr(each, "kind", None) == self.of)
        return found()

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {} if self._unfit(on) else self.metric.needs(on)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        if baseline is None:
            return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
        unfit = self._unfit(on)
        if unfit is not None:
            return Failed(unfit)
        metric = self.metric
        now, then = metric.read(on, at, window, None), metric.read(on, at, baseline, None)
        if not isinstance(now, Value):
            return now
        if not isinstance(then, Value):
            return _of_baseline(then, now.rows)
        scale = abs(then.value) if self.relative else 1.0
        if scale == 0.0:
            return NoData("the baseline reads 0, from which there is no relative change", rows=now.rows)
        difference, errors = now.value - then.value, (now.standard_error, then.standard_error)
        error = math.hypot(*errors) if None not in errors else None  # type: ignore[arg-type]
        bounds = (now.bound, then.bound)
        if self.relative and error is not None:  # the delta method: the divisor is a reading too
            error = math.hypot(errors[0] or 0.0, now.value / then.value * (errors[1] or 0.0))
        change, p_value = difference / scale, metric.change_p_value(on, at, window, baseline)
        return Value(
            change,
            p_value=_p_value(difference, errors) if p_value is None else p_value,
            bound=sum(bounds) / scale if None not in bounds else None,  # type: ignore[arg-type]
            rows=now.rows,
            labelled_rows=now.labelled_rows,
            labelled_baseline_rows=then.labelled_rows,
            baseline_rows=then.rows if then.labelled_rows is None else None,
            note=f"{self.of} {then.value:.4g} -> {now.value:.4g}",
            standard_error=error / scale if error is not None else None,
            interval=(change - Z * error / scale, change + Z * error / scale) if error is not None else None,
            direction=None if change == 0 else ("up" if change > 0 else "down"),
        )

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return self._unfit(on) or self.metric.quotient(on, window)

    def _unfit(self, on: Subject) -> str | None:
        """Why the metric cannot be read of this model."""
        metric = self.metric
        if metric.tasks and on.task not in metric.tasks:
            return f"{self.of} is for {' and '.join(sorted(metric.tasks))} models; choose another metric in `of`"
        known = {*on.roles, *(("score",) if on.scores else ())}
        lacking = sorted(metric.needs_roles - known)
        return f"{self.of} needs the role {lacking[0]}, which the model does not declare" if lacking else None

    examples = (
        Example(
            says="three of four right, where all were",
            rows={"y": [1, 0, 0, 1], "p": [1, 0, 1, 1]},
            baseline={"y": [1, 0, 1], "p": [1, 0, 1]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            parameters={"of": "accuracy"},
            value=-0.25,
        ),
        Example(
            says="a mean error of 3, where it was 2, is half as much again",
            rows={"y": [0.0, 0.0], "p": [2.0, 4.0]},
            baseline={"y": [0.0, 0.0], "p": [2.0, -2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            parameters={"of": "mae", "relative": True},
            value=0.5,
        ),
        Example(
            says="an accuracy of numbers cannot be read",
            rows={"y": [0.0, 0.0], "p": [2.0, 4.0]},
            baseline={"y": [0.0, 0.0], "p": [2.0, -2.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            parameters={"of": "accuracy"},
            value="Failed",
        ),
    )


def _p_value(difference: float, errors: tuple[float | None, float | None]) -> float | None:
    """Two-sided, by the normal law of the difference; None where a metric has no standard error."""
    if errors[0] is None or errors[1] is None:
        return None
    error = math.hypot(errors[0], errors[1])
    if difference == 0.0:
        return 1.0
    return math.erfc(abs(difference) / error / math.sqrt(2.0)) if error > 0 else 0.0


def _of_baseline(reading: NoData | InsufficientData | Failed, rows: int | None) -> Reading:
    """Why the baseline has no reading."""
    reason = f"baseline: {reading.reason}"
    return Failed(reason) if isinstance(reading, Failed) else NoData(reason, rows=rows)
