"""`driftline explain`: what is behind a verdict: what moved, in which segments, by which features."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Say what is behind a verdict: what moved, and where.")
@click.argument("series")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option(
    "--at",
    help="As-of instant: latest (newest event), now, or a time.  [default: that of its last verdict, else latest]",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    series: str, file: Path, at: str | None, form: str, environment: str | None, plugins: str | None
) -> int:  # fmt: skip
    """Explain the last verdict of SERIES: value, baseline, limit and chance; the change divided among the segments that
    the model declares, by mix and rate; the features behind a drift of predictions; the alert, and who was told.

    SERIES is a series as results call it (`auc/late_arrival`), a monitor (of that, what breaches), or the id of an
    alert from a notice. Reads the sources anew, writes nothing. Exits with 0 whatever the verdict, with 2 for a call or
    a configuration that cannot be used, with 3 when a source failed.
    """
    from driftline.cli.run import progress
    from driftline.explaining.run import ExplainOptions, explain

    report = explain(file, ExplainOptions(series, at, plugins, environment), progress)
    if form == "json":
        from driftline.report.explanation.document import as_json

        click.echo(as_json(report))
    else:
        from driftline.report.explanation.text import explanation_text

        click.echo(explanation_text(report))
    return 3 if report.failed else 0
