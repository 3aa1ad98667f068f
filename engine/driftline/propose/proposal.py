"""Putting the guesses together: which sources, windows, baseline and monitors a first file has. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from driftline.propose import names
from driftline.propose.columns import ColumnPlan, plan_columns
from driftline.propose.facts import Arrivals, Kind, Rhythm, Table
from driftline.propose.monitors import Metric, MonitorPlan, Situation, metrics, monitors
from driftline.propose.roles import Roles
from driftline.propose.scalars import in_comment
from driftline.propose.times import Delays, Freshness, Windows, delays, freshness, spread, windows

GENERIC_MODELS = ("target", "label", "y", "class", "outcome", "actual", "truth", "score", "prediction", "value")
RESERVED = {"earlier", "start", "previous", "overall", "source", "trailing", "range", "seasonal"}


@dataclass(frozen=True)
class Measured:
    """All that was read: the tables, and when their rows and labels came."""

    data: Table
    labels: Table | None
    baseline: Table | None
    rhythm: Rhythm | None
    arrivals: Arrivals | None


@dataclass(frozen=True)
class Proposal:
    """What the file will say. `own_past`: the data's own past serves as a baseline."""

    measured: Measured
    roles: Roles
    model: str
    timezone: str
    timezone_given: bool
    columns: ColumnPlan
    windows: Windows | None
    freshness: Freshness | None
    delays: Delays | None
    baseline: str | None
    own_past: bool
    min_rows: int | None
    metrics: tuple[Metric, ...]
    monitors: tuple[MonitorPlan, ...]
    notes: tuple[str, ...]


def propose(measured: Measured, roles: Roles, model: str | None, timezone: str | None) -> Proposal:
    """A whole first configuration."""
    data, baseline = measured.data, measured.baseline
    found = windows(measured.rhythm, timezone or "UTC") if measured.rhythm is not None else None
    past = found.past.name if found is not None else None
    columns = plan_columns(data, baseline, measured.labels, roles, _window_rows(measured, found))
    performance = _performance_baseline(measured, roles) or past
    named = baseline.name if baseline is not None else past
    plans = Situation(
        data=data,
        baseline=baseline,
        roles=roles,
        columns=columns,
        windows=found,
        freshness=freshness(measured.rhythm) if measured.rhythm is not None else None,
        delays=delays(measured.arrivals) if measured.labels is not None and roles.key is not None else None,
        baseline_name=named,
        performance=performance,
        labelled=roles.target is not None,
    )
    extra = tuple(metrics(plans, model_name(model, data, roles)))
    made = tuple(monitors(plans, extra))
    return Proposal(
        measured=measured,
        roles=roles,
        model=model_name(model, data, roles),
        timezone=timezone or "UTC",
        timezone_given=timezone is not None,
        columns=columns,
        windows=found,
        freshness=plans.freshness,
        delays=plans.delays,
        baseline=named,
        own_past=past is not None and (named == past or any(f"baseline: {past}" in one.body for one in made)),
        min_rows=_min_rows(_window_rows(measured, found)) if found is not None else None,
        metrics=extra,
        monitors=made,
        notes=tuple(_notes(measured, roles, columns)),
    )


def _window_rows(measured: Measured, found: Windows | None) -> float:
    """Rows of an ordinary window, or all of them where there are no windows."""
    if found is None or measured.rhythm is None:
        return float(measured.data.rows)
    return measured.rhythm.per_day * found.steady.seconds / 86400 / spread(measured.rhythm)


def _min_rows(window_rows: float) -> int | None:
    """The least rows to judge, where windows would often hold fewer than the 100 that are the default."""
    return max(int(window_rows / 3), 10) if window_rows < 150 else None


def _performance_baseline(measured: Measured, roles: Roles) -> str | None:
    """The given baseline if it holds truth and outputs, so that performance can be compared with it."""
    if measured.baseline is not None and roles.target is not None:
        answers = [roles.prediction.value] if roles.prediction else []
        needed = {roles.target.value, *answers, *(roles.scores.columns if roles.scores else ())}
        if needed <= set(measured.baseline.columns):
            return measured.baseline.name
    return None


def model_name(given: str | None, data: Table, roles: Roles) -> str:
    """The target's name, else the score's, else the data's; not a word that says nothing."""
    if given:
        return given
    scores = roles.scores.columns[0] if roles.scores and len(roles.scores.columns) == 1 else ""
    for text in (roles.target.value if roles.target else "", names.stem(scores), data.name):
        found = names.slug(text)
        if len(found) > 1 and found not in GENERIC_MODELS and found not in names.GENERIC:
            return found
    return "model"


def source_names(ideas: Iterable[tuple[str, str]]) -> list[str]:
    """Names of sources from (idea, fallback): each its own, and none a word that a baseline can be."""
    found: list[str] = []
    for idea, fallback in ideas:
        name = idea or fallback
        if name in found or name in RESERVED:
            name = fallback if fallback not in found else f"{fallback}_2"
        found.append(name)
    return found


def _notes(measured: Measured, roles: Roles, columns: ColumnPlan) -> Iterable[str]:
    """What a person should know and the file cannot say in a comment of its own."""
    data, baseline = measured.data, measured.baseline
    for table in (data, measured.labels, baseline):
        secrets = [text for _, text in table.address if text.startswith("${")] if table is not None else []
        if secrets:
            yield f"the password is not written: set {secrets[0][2:-1]} to the URL of {table.name if table else ''}"
    if roles.timestamp is None:
        epochs = [n for n, c in data.columns.items() if names.has(n, names.TIME) and c.kind is Kind.INTEGER]
        seen = f"{in_comment(epochs[0])} holds whole numbers; make it a time, and run init again" if epochs else ""
        yield "no time was found, so all rows are one window: no trend, no volume, no freshness" + (
            f" ({seen})" if seen else ""
        )
    if roles.target is None:
        known = _answers(baseline) if baseline is not None else None
        also = f"; {baseline.name} has {in_comment(known)}" if baseline is not None and known else ""
        yield f"no truth was found, so performance is not measured{also}: name it by --labels and --target"
    if baseline is None and roles.timestamp is None:
        yield "no baseline was given and there is no earlier time: drift is not measured; name one by --baseline"
    if measured.labels is not None and roles.key is None:
        yield f"no column joins {measured.labels.name} to the data; name it by --id"
    outputs = [e.names for e in columns.excluded if e.reason.startswith("looks like another output")]
    complement = roles.scores.complement if roles.scores else ()
    found = [in_comment(name) for group in outputs for name in group if name not in complement]
    if found:
        look = "looks like an output" if len(found) == 1 else "look like outputs"
        more = ", …" if len(found) > 3 else ""
        yield f"{', '.join(found[:3])}{more} {look} of another model: init again with --prediction and --target"
    if data.sampled:
        yield f"only the first {data.rows:,} rows were read"


def _answers(baseline: Table) -> str | None:
    return next((n for n in baseline.columns if names.is_target(n) or names.has(n, names.EVENTS)), None)
