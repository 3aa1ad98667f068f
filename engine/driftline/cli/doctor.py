"""`driftline doctor`: what is noisy or useless, with the numbers that show it and the edit to make."""

from __future__ import annotations

from pathlib import Path

import click

FAIL_ON = ("problem", "advice", "never")


@click.command("doctor", short_help="Find what is noisy or useless, and the edit to make.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml"))
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True,
    help="Output form.",
)  # fmt: skip
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="never", show_default=True, help="Exit 1 from.")
@click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(file: Path, form: str, fail_on: str, environment: str | None, plugins: str | None) -> int:
    """Look at FILE, at its stored history and at the columns of its sources, and say what to change.

    Thresholds that never or always fire, alerts that flap or that nobody is told, monitors without data, secrets in
    clear. Reads no rows, writes nothing. Exits with 2 where `validate` would, else with 0 unless --fail-on.
    """
    from driftline.checkup import check_up
    from driftline.doctor.finding import Grade
    from driftline.report import checkup

    diagnosis = check_up(file, plugins, environment)
    forms = {"text": checkup.as_text, "json": checkup.as_json, "markdown": checkup.as_markdown}
    click.echo(forms[form](diagnosis))
    return 1 if fail_on != "never" and diagnosis.at_least(Grade(fail_on)) else 0
