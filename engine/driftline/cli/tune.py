"""`driftline tune`: the mildest changes under which monitors would have kept to a budget of alerts."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command(short_help="Propose thresholds, `for` and min_rows that keep to a budget of alerts.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--budget", required=True, metavar="N/TIME", help="Alerts of each monitor: 1/week, 3/day, 2/month.")
@click.option("--total", is_flag=True, help="The budget is that of all monitors together.")
@click.option("--since", help="The instant that history is replayed from. Default: 26 weeks before its end.")
@click.option("--until", default="latest", show_default=True, help="Its end: latest (newest event), now, or a time.")
@click.option("--monitor", "monitors", multiple=True, metavar="GLOB", help="Only these monitors; may be repeated.")
@click.option("--incidents", type=click.Path(path_type=Path), metavar="FILE", help="What has to stay detected.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "yaml", "json"]),
    default="text",
    show_default=True,
    help="yaml: only what is to be pasted.",
)
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    file: Path,
    budget: str,
    total: bool,
    since: str | None,
    until: str,
    monitors: tuple[str, ...],
    incidents: Path | None,
    format_: str,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Replay history, find for each monitor over the budget the mildest change that keeps to it and to every incident
    that it caught, replay history with all of them, and print overrides to paste.

    Nothing is applied, sent or stored. Exits with 0 whatever is proposed, with 2 for a call or a configuration that
    cannot be used, with 3 when a source failed.
    """
    from driftline.cli.run import progress
    from driftline.tuning.run import TuneOptions, tune

    started = time.monotonic()
    options = TuneOptions(budget, total, since, until, monitors, environment, plugins, incidents)
    report = tune(file, options, progress)
    progress(f"took {time.monotonic() - started:.1f} s")
    if format_ == "json":
        from driftline.report.tuning.document import as_json

        click.echo(as_json(report))
    else:
        from driftline.report.tuning.text import as_yaml, tune_report

        click.echo(as_yaml(report) if format_ == "yaml" else tune_report(report))
    return 3 if report.failed else 0
