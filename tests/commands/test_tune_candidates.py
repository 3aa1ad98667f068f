"""What `driftline tune` tries is judged as the engine judges it: the same verdicts, the same alerts in each run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from driftline import registry
from driftline.backtesting.line import Line
from driftline.backtesting.run import BacktestOptions, replayed
from driftline.compile.incidents import incidents_of
from driftline.config.document import AlertPolicy
from driftline.model import Interval
from driftline.preparing import load
from driftline.schema.load import load_document
from driftline.tuning.candidates import by_level, by_rows, by_waiting
from driftline.tuning.history import Change, Scale, Settings, Unit
from driftline.tuning.patch import overrides
from driftline.tuning.units import units_of
from tests.commands import rows
from tests.commands.project import Project
from tests.commands.test_tune import DAYS, INCIDENT, WEEKS, shop

Told = tuple[list[tuple[str, ...]], list[tuple[str, ...]]]
OPTIONS = BacktestOptions(timedelta(days=DAYS), rows.day(DAYS))


def unit_of(project: Project) -> Unit:
    """The one monitor of a file, read over its history."""
    config = load(project.folder / "monitors.yaml")
    incidents = incidents_of(config)
    report, replay = replayed(config, OPTIONS, incidents, lambda _: None, keeping=True)
    (unit,) = units_of(report, replay, Scale(Interval(report.since, report.until), incidents, replay.facts_of))
    return unit


def told(lines: Iterable[Line]) -> Told:
    """All verdicts, and all that became of alerts in each run."""
    verdicts, alerts = [], []
    for line in lines:
        for result in line.results:
            said = (result.status, f"{result.reason}", f"{result.p_adjusted}")
            verdicts.append((result.series.text, f"{result.window.end}", *said))
        alerts += [(one.transition.id, f"{one.decided}", f"{one.superseded}") for one in line.decided]
    return sorted(verdicts), sorted(alerts)


def patched(project: Project, unit: Unit, change: Change) -> Told:
    """The same of the configuration with the change behind it, read and run anew."""
    path = project.folder / "monitors.yaml"
    plain, _ = replayed(load(path), OPTIONS, None, lambda _: None)
    text = "\n".join(f"- {item}" for item in overrides(unit, change, plain.graph))
    _, replay = replayed(load_document(path, registry.load(None), overrides=text), OPTIONS, None, lambda _: None)
    return told(replay.lines.values())


def test_candidates_are_judged_as_the_engine_judges_them(project: Project) -> None:
    monitor = """
    monitors:
      drift: {check: psi, columns: [x, z, c], segments: [overall, colour], min_rows: 40, alert: {keep_firing_for: 2d},
              threshold: {warning: {above: 0.05}, critical: {above: 0.3}, recovery: {below: 0.04}}}
    """
    shop(project, WEEKS, monitor, INCIDENT)
    unit = unit_of(project)
    levels = by_level(unit, load(project.folder / "monitors.yaml"), {})
    tried = [*by_waiting(unit)[:1], *levels[:: len(levels) // 3], *by_rows(unit)[-1:]]
    tried.append({"x": Settings(alert=AlertPolicy(for_=3)), "c": Settings(min_rows=45)})
    for change in tried:
        assert told(unit.replayed(change).values()) == patched(project, unit, change)


def test_windows_that_are_judged_again_as_labels_come_are_so_under_a_candidate(project: Project) -> None:
    scored = rows.scored(DAYS, per_day=60)
    project.data("scored.parquet", scored.drop("y"))
    known = rows.labels(scored, timedelta(hours=30))
    late = pl.col("known_at") + timedelta(days=3)
    known = known.with_columns(known_at=pl.when(pl.col("id") % 3 == 0).then(late).otherwise(pl.col("known_at")))
    project.data("labels.parquet", known)
    project.data("training.parquet", rows.training())
    model = rows.MODEL.replace("  training:", "  truth: {path: labels.parquet, timestamp: known_at}\n  training:")
    model = model.replace("baseline: training", "labels: {source: truth, key: id, delay: 1d, max_delay: 6d}")
    project.write(model, "monitors: {auc: {check: roc_auc, min_rows: 10, threshold: {warning: {below: 0.83}}}}")
    unit = unit_of(project)
    assert any(one.superseded for line in unit.lines.values() for one in line.decided)
    for change in (*by_waiting(unit)[:2], *by_level(unit, load(project.folder / "monitors.yaml"), {})[-3:]):
        assert told(unit.replayed(change).values()) == patched(project, unit, change)
