"""`driftline backtest`: what monitors would have done over a span of history."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command(short_help="Replay monitors over history: alerts, coverage, cost; nothing is sent.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--since", required=True, help="The instant that history is replayed from.")
@click.option("--until", default="latest", show_default=True, help="Its end: latest (newest event), now, or a time.")
@click.option("--every", metavar="LENGTH", help="How far runs are apart. Default: the smallest hop of any window.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--incidents", type=click.Path(path_type=Path), metavar="FILE", help="Score alerts against these.")
@click.option("--compare", metavar="REV", help="Replay the configuration of a git revision too.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="In text: every alert, not only the first ones.")
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    file: Path,
    since: str,
    until: str,
    every: str | None,
    monitors: tuple[str, ...],
    incidents: Path | None,
    compare: str | None,
    format_: str,
    verbose: bool,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Judge history as runs between --since and --until would have, in one scan of each source.

    Nothing is sent; the store is neither read nor written. Exits with 0 whatever fired, with 2 for a call or a
    configuration that cannot be used, with 3 when a source failed.
    """
    from driftline.backtesting.run import BacktestOptions, backtest
    from driftline.cli.run import progress

    started = time.monotonic()
    options = BacktestOptions(since, until, every, monitors, environment, plugins, incidents, compare)
    report = backtest(file, options, progress)
    progress(f"took {time.monotonic() - started:.1f} s")
    if format_ == "json":
        from driftline.report.backtest.document import as_json

        click.echo(as_json(report))
    else:
        from driftline.report.backtest.text import backtest_report

        click.echo(backtest_report(report, verbose=verbose))
    return 3 if report.failed else 0
