"""`driftline discover`: in which part of the rows a metric moved, without segments that were declared."""

from __future__ import annotations

import time
from pathlib import Path

import click


class _Share(click.ParamType[float]):
    """A share, as `1%` or `0.01`."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            number = -1.0
        if not 0 < number < 1:
            self.fail(f"{text} is no share between 0 and 1; write 1% or 0.01", param, ctx)
        return number


@click.command(short_help="Find the part of the rows in which a metric moved.")
@click.argument("monitor")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option("--columns", metavar="NAMES", help="Names, globs, groups or `features`, with commas. Default: features.")
@click.option("--depth", type=click.IntRange(1, 2), default=2, show_default=True, help="Columns of a segment, at most.")
@click.option(
    "--alpha", type=_Share(), default="1%", show_default=True, metavar="SHARE",
    help="Chance that anything is named where nothing moved.",
)  # fmt: skip
@click.option(
    "--min-rows", type=click.IntRange(30), default=100, show_default=True, help="Rows of a segment on either side."
)
@click.option("--at", default="latest", show_default=True, help="As-of instant: latest (newest event), now, or a time.")
@click.option(
    "--format", "form", type=click.Choice(["text", "yaml", "json"]), default="text", show_default=True,
    help="yaml: only what is to be pasted.",
)  # fmt: skip
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    monitor: str,
    file: Path,
    columns: str | None,
    depth: int,
    alpha: float,
    min_rows: int,
    at: str,
    form: str,
    environment: str | None,
    plugins: str | None,
) -> int:
    """Search the latest window of MONITOR for the values and ranges of columns, and the pairs of them, in which its
    metric changed otherwise than in the rows beside them; p-values are corrected for all that was looked at.

    MONITOR is a monitor, or one of its series as results call it. Reads rows, writes nothing. Exits with 0 whatever is
    found, with 2 for a call or a configuration that cannot be used, with 3 when a source failed.
    """
    from driftline.cli.run import progress
    from driftline.discovery.run import DiscoverOptions, discover

    started = time.monotonic()
    names = tuple(name.strip() for name in (columns or "").split(",") if name.strip())
    report = discover(
        file, DiscoverOptions(monitor, names, depth, alpha, min_rows, at, plugins, environment), progress
    )  # fmt: skip
    progress(f"took {time.monotonic() - started:.1f} s")
    if form == "json":
        from driftline.report.discovery.document import as_json

        click.echo(as_json(report))
    elif form == "yaml":
        from driftline.report.discovery.patch import as_yaml

        click.echo(as_yaml(report))
    else:
        from driftline.report.discovery.text import discovery_text

        click.echo(discovery_text(report))
    return 0
