"""`driftline validate`: every error of a configuration, placed, without touching data or network."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from driftline.errors import Diagnostic

FORMATS = ("text", "json", "github")


@click.command("validate", short_help="Check configurations; every error at once, with its place.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "output", type=click.Choice(FORMATS), default="text", show_default=True, help="Output form.")
@click.option("--allow-missing-env", is_flag=True, help="Accept unset variables and absent secret files.")
@click.option("--plugins", type=click.Path(), help="A folder of files with further kinds. [env: DRIFTLINE_PLUGINS]")
@click.pass_context
def command(
    context: click.Context, files: tuple[Path, ...], output: str, allow_missing_env: bool, plugins: str | None
) -> None:
    """Check FILES (default: monitors.yaml) and all that they include.

    Nothing is read but the configuration: no data, no network. Exits with 0 when there is no error (warnings are
    allowed), else with 2.
    """
    from driftline.report.diagnostics import render_github, render_json, render_text

    paths = files or (Path("monitors.yaml"),)
    gc.disable()  # loading makes much and drops little: to look for garbage would take a tenth of the time
    try:
        found = _findings(paths, allow_missing_env, plugins)
    finally:
        gc.enable()
    names = [str(path) for path in paths]
    if output == "json":
        click.echo(render_json(found, names))
    elif output == "github":
        if found:
            click.echo(render_github(found))
    else:
        click.echo(render_text(found, names))
    context.exit(2 if any(one.is_error for one in found) else 0)


def _findings(paths: Iterable[Path], allow_missing_env: bool, plugins: str | None) -> list[Diagnostic]:
    """Errors and warnings of all files."""
    from driftline import registry
    from driftline.errors import ConfigurationError
    from driftline.schema.load import environment_names, load_document

    kinds = registry.load(plugins)
    found: dict[Diagnostic, None] = {}
    for path in paths:
        for environment in environment_names(path) or (None,):
            try:
                found |= dict.fromkeys(load_document(path, kinds, allow_missing_env, environment=environment).warnings)
            except ConfigurationError as error:
                found |= dict.fromkeys(error.diagnostics)
    return list(found)
