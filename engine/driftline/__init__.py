"""driftline: a declarative monitoring engine for machine-learning models.

From Python, for notebooks and orchestrators, the same as on the command line; errors are raised, nothing exits:

    import driftline
    report = driftline.run("monitors.yaml", at="latest")
    report.to_frame()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from driftline.config.document import Document
    from driftline.report.backtest.values import BacktestReport
    from driftline.report.tuning.values import TuneReport
    from driftline.report.values import PlanReport, RunReport

__version__ = "0.1.0"


def validate(
    path: str | PathLike[str],
    *,
    plugins: str | None = None,
    allow_missing_env: bool = False,
    environment: str | None = None,
    data: bool = False,
) -> Document:
    """The validated document; `.warnings` holds what is worth a look. Raises ConfigurationError with every finding.

    `data`: also open the sources, and find what they have not.
    """
    from dataclasses import replace
    from pathlib import Path

    from driftline import registry
    from driftline.errors import ConfigurationError
    from driftline.schema.load import load_document

    kinds = registry.load(plugins)
    document = load_document(Path(path), kinds, allow_missing_env, environment=environment)
    if not data:
        return document
    from driftline.preparing import held_against_data

    found = (*document.warnings, *held_against_data(document, kinds))
    if any(one.is_error for one in found):
        raise ConfigurationError(found)
    return replace(document, warnings=found)


def plan(
    path: str | PathLike[str],
    *,
    at: str | datetime = "now",
    since: str | datetime | None = None,
    monitors: tuple[str, ...] = (),
    plugins: str | None = None,
    environment: str | None = None,
) -> PlanReport:
    """What a run would measure, on which windows, from which scans, and why. Reads no rows."""
    from pathlib import Path

    from driftline.planning import plan as planned
    from driftline.preparing import RunOptions

    return planned(Path(path), RunOptions(at, since, tuple(monitors), plugins, dry_run=True, environment=environment))


def run(
    path: str | PathLike[str],
    *,
    at: str | datetime = "now",
    since: str | datetime | None = None,
    monitors: tuple[str, ...] = (),
    plugins: str | None = None,
    dry_run: bool = False,
    environment: str | None = None,
) -> RunReport:
    """Judge the windows that are due, keep the verdicts, notify. `at`: now, latest, or an instant.

    Raises ConfigurationError, UsageError or StoreError; a source that cannot be read is a verdict with status `error`.
    """
    from pathlib import Path

    from driftline.app import run as ran
    from driftline.preparing import RunOptions

    return ran(Path(path), RunOptions(at, since, tuple(monitors), plugins, dry_run, environment))


def backtest(
    path: str | PathLike[str],
    *,
    since: str | datetime,
    until: str | datetime = "latest",
    every: str | None = None,
    monitors: tuple[str, ...] = (),
    plugins: str | None = None,
    environment: str | None = None,
    incidents: str | PathLike[str] | None = None,
    compare: str | None = None,
) -> BacktestReport:
    """What runs after `since`, up to `until` (latest, now, or an instant) would have found; nothing is kept or sent.

    `every`: how far runs are apart, by default the smallest hop of any window. `incidents`: a file to score against.
    `compare`: a git revision whose configuration is replayed too. Raises ConfigurationError or UsageError; a source
    that cannot be read is a verdict with status `error`.
    """
    from pathlib import Path

    from driftline.backtesting.run import BacktestOptions
    from driftline.backtesting.run import backtest as replayed

    file = None if incidents is None else Path(incidents)
    options = BacktestOptions(since, until, every, tuple(monitors), environment, plugins, file, compare)
    return replayed(Path(path), options)


def tune(
    path: str | PathLike[str],
    *,
    budget: str,
    total: bool = False,
    since: str | datetime | None = None,
    until: str | datetime = "latest",
    monitors: tuple[str, ...] = (),
    plugins: str | None = None,
    environment: str | None = None,
    incidents: str | PathLike[str] | None = None,
) -> TuneReport:
    """The mildest changes under which history would have kept to a budget of alerts (`1/week`); nothing is applied.

    `total`: the budget is that of all monitors together. `since`: 26 weeks before the end unless given. `incidents`: a
    file of what has to stay detected. Raises ConfigurationError or UsageError.
    """
    from pathlib import Path

    from driftline.tuning.run import TuneOptions
    from driftline.tuning.run import tune as tuned

    file = None if incidents is None else Path(incidents)
    options = TuneOptions(budget, total, since, until, tuple(monitors), environment, plugins, file)
    return tuned(Path(path), options)


__all__ = ["__version__", "backtest", "plan", "run", "tune", "validate"]
