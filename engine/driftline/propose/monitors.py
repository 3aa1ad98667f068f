"""Which monitors a first file has: the presets that fit, and what stands in where one does not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from driftline.propose.columns import ColumnPlan
from driftline.propose.facts import ColumnFacts, Kind, Table
from driftline.propose.roles import Roles
from driftline.propose.scalars import quoted, sql_name
from driftline.propose.times import Delays, Freshness, Windows

FALL = "{compare: change, warning: {below: -5%}, critical: {below: -10%}}"
RISE = "{compare: change, warning: {above: 5%}, critical: {above: 10%}}"
BUDGET = "{warning: {above: 1%}, critical: {above: 5%}}"
SLOWER = "{compare: change, warning: {above: 25%}, critical: {above: 50%}}"
GOOD = {"ok", "success", "succeeded", "successful", "200", "completed", "complete", "done", "pass", "passed"}
BAD = {
    "error",
    "failed",
    "failure",
    "timeout",
    "timed_out",
    "fail",
    "rejected",
    "exception",
    "crashed",
    "ko",
    "aborted",
}


@dataclass(frozen=True)
class MonitorPlan:
    """A monitor as flow text, and the comment above it."""

    name: str
    body: str
    comment: str


@dataclass(frozen=True)
class Metric:
    name: str
    body: str
    comment: str


@dataclass(frozen=True)
class Situation:
    """All that decides which monitors fit. `performance` names what performance is compared with."""

    data: Table
    baseline: Table | None
    roles: Roles
    columns: ColumnPlan
    windows: Windows | None
    freshness: Freshness | None
    delays: Delays | None
    baseline_name: str | None
    performance: str | None
    labelled: bool

    @property
    def steady(self) -> str:
        """`, window: weekly` where drift and performance have a window of their own."""
        if self.windows is None or self.windows.steady is self.windows.usual:
            return ""
        return f", window: {self.windows.steady.name}"

    @property
    def compared_with(self) -> str:
        """The model's baseline in words."""
        own = self.baseline is None and self.windows is not None
        return self.windows.past.words if own and self.windows is not None else self.baseline_name or ""

    @property
    def outputs(self) -> tuple[str, ...]:
        scores = self.roles.scores.columns if self.roles.scores else ()
        return (*scores, *((self.roles.prediction.value,) if self.roles.prediction else ()))

    @property
    def outputs_compare(self) -> bool:
        """Whether the baseline has the model's outputs too."""
        return self.baseline is None or set(self.outputs) <= set(self.baseline.columns)


def metrics(at: Situation, model: str) -> Iterable[Metric]:
    """A share of errors from a status that is no error column by itself."""
    if at.roles.error is not None:
        return
    for name, column in at.data.columns.items():
        if name in at.roles.taken or "status" not in name.lower():
            continue
        condition = _failing(name, column)
        if condition is not None:
            sql = f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) / COUNT(*)"
            yield Metric("failed_share", f"{{model: {quoted(model)}, sql: {quoted(sql)}, unit: ratio}}", "guessed")
            return


def _failing(name: str, column: ColumnFacts) -> str | None:
    """The SQL condition under which a status means a failure."""
    field = sql_name(name)
    if column.kind is Kind.INTEGER and (column.minimum or 0) >= 100 and (column.maximum or 0) <= 599:
        return f"{field} >= 500"
    if column.kind is not Kind.TEXT or not column.closed:
        return None
    values = [value for value, _ in column.values]
    bad = [value for value in values if value.lower() in BAD]
    good = [value for value in values if value.lower() in GOOD]
    if bad:
        written = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(bad))
        return f"{field} IN ({written})"
    return f"{field} <> '{good[0]}'" if len(good) == 1 and len(values) <= 4 else None


def monitors(at: Situation, extra: Iterable[Metric]) -> Iterable[MonitorPlan]:
    """In the order in which a person asks: inputs, data, answers, traffic, feed."""
    if at.baseline_name is not None and (at.columns.features or (at.outputs and at.outputs_compare)):
        yield from _drift(at)
    columns = "" if at.outputs_compare or not at.columns.features else ", columns: features"
    yield MonitorPlan("quality", f"{{preset: quality{columns}}}", _quality_words(at))
    if at.labelled:
        yield from _performance(at)
    yield from _operations(at, tuple(extra))
    if at.windows is not None:
        yield from _traffic(at)


def _drift(at: Situation) -> Iterable[MonitorPlan]:
    says = "PSI 0.1 warns, 0.25 is critical, and only where chance would not do as much."
    if at.columns.features or at.outputs_compare:
        columns = "" if at.outputs_compare else ", columns: features"
        about = "Inputs and outputs" if at.outputs_compare and at.outputs else "Inputs"
        what = f"{about} against {at.compared_with}: {says}"
        yield MonitorPlan("drift", f"{{preset: drift{at.steady}{columns}}}", what)
    if at.outputs and not at.outputs_compare and at.windows is not None:
        words = [word for word, there in (("score", at.roles.scores), ("prediction", at.roles.prediction)) if there]
        body = f"{{check: psi, columns: [{', '.join(words)}], baseline: {at.windows.past.name}{at.steady}}}"
        note = f"{at.baseline_name} holds no outputs: these are compared with {at.windows.past.words}."
        yield MonitorPlan("output-drift", body, note)


def _quality_words(at: Situation) -> str:
    found = ["gaps", "broken rules of `columns`"]
    found += ["new categories"] if at.baseline_name is not None else []
    found += ["lost columns"]
    found += ["repeated ids"] if at.roles.id is not None else []
    limits = "5 points more gaps warn, 20 are critical" if at.baseline_name is not None else "20 % of gaps warn"
    return f"{', '.join(found).capitalize()}: {limits}; 1 % of anything else warns."


def _performance(at: Situation) -> Iterable[MonitorPlan]:
    task = at.roles.task.value if at.roles.task else None
    answers = at.roles.scores is not None or at.roles.prediction is not None
    if task is None or not answers or (task == "regression" and at.roles.prediction is None):
        return
    check = _main_check(at, task)
    if at.performance is None:
        yield MonitorPlan(
            check,
            f"{{check: {check}, threshold: none}}",
            "Recorded only: there is nothing to compare with. Add bounds.",
        )
        return
    against = "" if at.performance == at.baseline_name else f", baseline: {at.performance}"
    own = at.windows is not None and at.performance == at.windows.past.name
    words = at.windows.past.words if own and at.windows is not None else at.performance
    yield MonitorPlan(
        "performance",
        f"{{preset: performance{at.steady}{against}}}",
        f"Against {words}: 5 % worse warns and is seen by users, 10 % is a different model.",
    )
    for segment in at.columns.segments[:1]:
        limits = RISE if check in ("mae", "log_loss") else FALL
        body = f"{{check: {check}, segments: [{segment.name}]{at.steady}{against}, threshold: {limits}}}"
        name = f"{check.replace('_', '-')}-by-{segment.name}"
        yield MonitorPlan(
            name, body, f"A fall may hide in one part of the rows: {segment.column} has {segment.reason}."
        )
    # With a value for rows without a label, every row has one.
    if at.roles.presence is None and at.delays is not None and at.delays.least_warning is not None:
        limits = f"{{warning: {{below: {at.delays.least_warning}}}, critical: {{below: {at.delays.least_critical}}}}}"
        body = f"{{check: label_coverage{at.steady}, threshold: {limits}}}"
        yield MonitorPlan("labels", body, f"Do labels still come? So far {at.delays.coverage} of the rows have one.")


def _main_check(at: Situation, task: str) -> str:
    """The one number that says most of a task."""
    if task == "regression":
        return "mae"
    return "roc_auc" if at.roles.scores is not None else "accuracy"


def _operations(at: Situation, extra: tuple[Metric, ...]) -> Iterable[MonitorPlan]:
    latency, error = at.roles.latency, at.roles.error
    before = at.baseline is None or latency is None or latency.value in at.baseline.columns
    if latency is not None and at.baseline_name is not None:
        past = at.windows.past if at.windows is not None else None
        against = "" if before else f", baseline: {past.name}" if past is not None else None
        words = at.compared_with if before or past is None else past.words
        if against is not None:
            note = f"The slowest 1 % of answers against {words}: a quarter slower warns, half is critical."
            yield MonitorPlan("latency", f"{{check: latency{against}, threshold: {SLOWER}}}", note)
    if error is not None:
        yield MonitorPlan("errors", f"{{check: error_rate, threshold: {BUDGET}}}", "A common error budget is 1 %.")
    for metric in extra:
        yield MonitorPlan("errors", f"{{metric: {metric.name}, threshold: {BUDGET}}}", "A common error budget is 1 %.")


def _traffic(at: Situation) -> Iterable[MonitorPlan]:
    hours = at.windows is not None and at.windows.usual.seconds < 86400
    against = ", baseline: {type: trailing, size: 1h, offset: 23h}" if hours else ""
    days = at.windows is not None and at.windows.usual.seconds == 86400
    before = "the same weekday a week before" if days else "the same hour a day before" if hours else "the span before"
    yield MonitorPlan("volume", f"{{preset: volume{against}}}", f"Half or double the rows of {before} is no chance.")
    if at.freshness is not None:
        limits = f"{{warning: {{above: {at.freshness.warning}}}, critical: {{above: {at.freshness.critical}}}}}"
        body = f"{{source: {quoted(at.data.name)}, check: freshness, threshold: {limits}}}"
        note = f"Does the feed live? {at.freshness.reason.capitalize()}. Allow more where files come in batches."
        yield MonitorPlan("feed", body, note)
