"""`driftline plan`: what a run would do, and why."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Show series, scans, windows, and why each exists.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--at", default="now", show_default=True, help="As-of instant: now, latest (newest event), or a time.")
@click.option("--since", help="Plan every window from this instant on.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="In text: every series, with why it exists.")
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    file: Path,
    at: str,
    since: str | None,
    monitors: tuple[str, ...],
    format_: str,
    verbose: bool,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Show what a run would measure, on which windows, from which scans, and what was left out and why.

    Opens the sources for their columns; reads no rows, writes nothing.
    """
    from driftline.app import RunOptions, plan
    from driftline.report import planned

    options = RunOptions(at=at, since=since, monitors=monitors, plugins=plugins, dry_run=True, environment=environment)
    report = plan(file, options)
    click.echo(planned.as_json(report) if format_ == "json" else planned.as_text(report, verbose=verbose))
    return 0
