"""`driftline plan`: what a run would do, and why; what changed against another state of the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from driftline.preparing import RunOptions

FORMATS = ("text", "json", "markdown")


@click.command(short_help="Show series, scans, windows, and why each exists; what changed.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--at", default="now", show_default=True, help="As-of instant: now, latest (newest event), or a time.")
@click.option("--since", help="Plan every window from this instant on.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--against", "revision", metavar="REV", help="What changed since a git revision.")
@click.option(
    "--against-file", type=click.Path(path_type=Path), metavar="PATH", help="What changed against a file or folder."
)
@click.option("--exit-code", is_flag=True, help="Exit 1 when something changed (with --against).")
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
    revision: str | None,
    against_file: Path | None,
    exit_code: bool,
    origin: bool,
    verbose: bool,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Show what a run would measure, on which windows, from which scans, and what was left out and why.

    With --against or --against-file: what changed in what is monitored, both sides planned on the data that is there.
    Opens the sources for their columns; reads no rows, writes nothing.
    """
    from driftline.planning import plans
    from driftline.preparing import RunOptions

    options = RunOptions(at=at, since=since, monitors=monitors, plugins=plugins, dry_run=True, environment=environment)
    if revision is not None or against_file is not None:
        if revision is not None and against_file is not None:
            raise click.UsageError("--against and --against-file exclude each other")
        if origin or verbose:
            raise click.UsageError(f"--{'origin' if origin else 'verbose'} is for a plan, not for what changed")
        return review(file, options, revision, against_file, form, exit_code)
    if exit_code:
        raise click.UsageError("--exit-code needs --against or --against-file")
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


def review(
    file: Path, options: RunOptions, revision: str | None, against_file: Path | None, form: str, exit_code: bool
) -> int:
    """Show what changed; 1 when something did and `exit_code` is asked for."""
    from driftline.report.review.values import Against
    from driftline.reviewing import reviews

    found = reviews(file, options, Against(revision, against_file))
    if form == "json":
        from driftline.report.review.document import as_json

        click.echo(as_json(found))
    elif form == "markdown":
        from driftline.report.review.markdown import as_markdown

        click.echo(as_markdown(found))
    else:
        from driftline.report.review.text import as_text

        click.echo("\n\n".join(as_text(each) for each in found))
    return int(exit_code and any(each.changed for each in found))
