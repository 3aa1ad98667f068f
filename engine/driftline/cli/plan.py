"""`driftline plan`: what a run would do, and why; what changed against another state of the files."""

from __future__ import annotations

from pathlib import Path

import click

FORMATS = ("text", "json", "markdown")


@click.command(short_help="Show series, scans, windows, and why each exists; what changed.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--at", default="now", show_default=True, help="As-of instant: now, latest (newest event), or a time.")
@click.option("--since", help="Plan every window from this instant on.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--origin", is_flag=True, help="Where each value of each monitor comes from.")
@click.option("--verbose", "-v", is_flag=True, help="In text: every series, with why it exists.")
@click.option("--env", "environment", metavar="NAME", help="The environment; default: each.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    file: Path,
    at: str,
    since: str | None,
    monitors: tuple[str, ...],
    form: str,
    origin: bool,
    verbose: bool,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Show what a run would measure, on which windows, from which scans, and what was left out and why.

    Opens the sources for their columns; reads no rows, writes nothing.
    """
    from driftline.app import RunOptions
    from driftline.planning import plans

    options = RunOptions(at=at, since=since, monitors=monitors, plugins=plugins, dry_run=True, environment=environment)
    reports = plans(file, options)
    if form == "json":
        from driftline.report.plan.document import as_json

        click.echo(as_json(reports, origin=origin))
    elif form == "markdown":
        from driftline.report.plan.markdown import as_markdown

        click.echo("\n\n".join(as_markdown(report, origin=origin) for report in reports))
    else:
        from driftline.report.plan.text import as_text

        click.echo("\n\n".join(as_text(report, verbose=verbose, origin=origin) for report in reports))
    return 0
