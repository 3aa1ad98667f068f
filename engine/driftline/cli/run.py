"""`driftline run`: judge what is due, keep it, tell whom it concerns."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from driftline.api import Exporter

FAIL_ON = {"critical": ("critical",), "warning": ("critical", "warning"), "never": ()}


@click.command(short_help="Judge what is due, keep it, and notify.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--at", default="now", show_default=True, help="As-of instant: now, latest (newest event), or a time.")
@click.option("--since", help="Judge every window from this instant on.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="In text: every series, not only those that need attention.")
@click.option("--dry-run", is_flag=True, help="Write nothing, send nothing.")
@click.option("--fail-on", type=click.Choice(list(FAIL_ON)), default="critical", show_default=True, help="Exit 1 from.")
@click.option(
    "--export", "exports", multiple=True, metavar="NAME=TARGET", help="Hand the result to an exporter; may be repeated."
)
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    file: Path,
    at: str,
    since: str | None,
    monitors: tuple[str, ...],
    format_: str,
    verbose: bool,
    dry_run: bool,
    fail_on: str,
    exports: tuple[str, ...],
    environment: str | None,
    plugins: str | None,
) -> int:
    """Judge the windows that are due, keep the verdicts, and notify of alerts that fire or are resolved.

    FILE is the root configuration (default: monitors.yaml).
    """
    from driftline.app import run
    from driftline.errors import DriftlineError
    from driftline.preparing import RunOptions

    options = RunOptions(
        at=at, since=since, monitors=monitors, plugins=plugins, dry_run=dry_run, environment=environment
    )
    chosen = exporters(exports, plugins)
    report = run(file, options, progress)
    if format_ == "json":
        from driftline.report.document import as_json

        click.echo(as_json(report))
    else:
        from driftline.report.text import run_report

        click.echo(run_report(report, verbose=verbose))
    codes = [1 if report.worst.value in FAIL_ON[fail_on] else 0]
    codes += [3] if report.failed else []
    codes += [4] if report.undelivered else []
    for exporter, target in [] if dry_run else chosen:
        try:
            exporter(report, target)
        except DriftlineError as error:
            click.echo(f"error: {error}", err=True)
            codes.append(error.exit_code)
    return max(codes)


def exporters(given: tuple[str, ...], plugins: str | None) -> list[tuple[Exporter, str]]:
    """The exporters of `--export NAME=TARGET`, found before the run, so that a typo costs nothing."""
    from driftline import registry
    from driftline.errors import UsageError

    known = registry.load(plugins).exporters if given else {}
    found = []
    for text in given:
        name, equals, target = text.partition("=")
        if not equals or not target:
            raise UsageError(f"--export {text}: write NAME=TARGET")
        if name not in known:
            there = ", ".join(sorted(known)) or "none is installed"
            raise UsageError(f"--export {text}: there is no exporter {name}; {there}")
        found.append((cast("Exporter", known[name].load()), target))
    return found


def progress(message: str) -> None:
    """What is going on, for a person at a terminal only."""
    if sys.stderr.isatty():
        click.echo(click.style(f"… {message}", dim=True), err=True)
