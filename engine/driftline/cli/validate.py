"""`driftline validate`: every error of a configuration, placed, without touching data or network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from driftline import __version__

if TYPE_CHECKING:
    from driftline.errors import Diagnostic
    from driftline.registry import Registry

FORMATS = ("text", "json", "github", "sarif", "junit")
Found = Mapping[str, Sequence["Diagnostic"]]
Look = Callable[[Path, str | None], Sequence["Diagnostic"]]  # at a file in one environment


@click.command("validate", short_help="Check configurations; every error at once, with its place.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output form.")
@click.option(
    "--output", "target", type=click.Path(path_type=Path), help="Write the form to a file, and print the text."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least severity that fails the command.",
)
@click.option(
    "--env",
    "environments",
    metavar="NAME",
    multiple=True,
    help="An environment to check, again for more. Default: all.",
)
@click.option("--data", is_flag=True, help="Open the sources too: are the columns there, and of the right types?")
@click.option("--allow-missing-env", is_flag=True, help="Accept unset variables and absent secret files.")
@click.option("--plugins", type=click.Path(), help="A folder of files with further kinds. [env: DRIFTLINE_PLUGINS]")
@click.option("--explain", metavar="CODE", help="Print the page of a code (DL012), and check nothing.")
@click.pass_context
def command(
    context: click.Context,
    files: tuple[Path, ...],
    form: str,
    target: Path | None,
    fail_on: str,
    environments: tuple[str, ...],
    data: bool,
    allow_missing_env: bool,
    plugins: str | None,
    explain: str | None,
) -> None:
    """Check FILES (default: monitors.yaml) and all that they include, in each of their environments; scenarios too.

    Nothing is read but the configuration: no data, no network. With --data, the sources of a file without errors are
    opened for their columns (no row is judged), and what does not fit is placed like any other finding. Exits with 2
    when there is an error, else with 1 when there is a warning and --fail-on is `warning`, else with 0.
    """
    from driftline import registry
    from driftline.report.code_page import code_page, pointer
    from driftline.report.diagnostics import distinct

    if explain is not None:
        click.echo(code_page(explain))
        return
    paths = files or (Path("monitors.yaml"),)
    look = partial(_diagnostics, allow_missing_env, registry.load(plugins), data)
    found = _findings(paths, environments, look)
    _show(found, form, target, fail_on == "warning")
    if form == "text" and (more := pointer(distinct(found))) is not None:
        click.echo(more, err=True)
    severities = {one.severity.value for one in distinct(found)}
    context.exit(2 if "error" in severities else int(fail_on in severities))


def _findings(paths: Sequence[Path], chosen: Sequence[str], look: Look) -> Found:
    """Errors and warnings by file; UsageError where an environment was asked for that is not declared."""
    from driftline.errors import UsageError

    found: dict[str, Sequence[Diagnostic]] = {}
    declared: set[str] = set()
    for path in paths:
        found[str(path)], names = _in_environments(path, chosen, look)
        declared.update(names)
    absent = [name for name in chosen if name not in declared]
    if absent and not any(one.is_error for diagnostics in found.values() for one in diagnostics):
        raise UsageError(f"no environment `{absent[0]}` is declared in {', '.join(found)}")
    return found


def _in_environments(path: Path, chosen: Sequence[str], look: Look) -> tuple[Sequence[Diagnostic], Sequence[str]]:
    """The findings of a file in those of its environments that are asked for, and the names of all of them."""
    from driftline.report.diagnostics import merged
    from driftline.schema.load import EnvironmentNotChosen

    try:
        return look(path, None), ()
    except EnvironmentNotChosen as declares:
        names = declares.names
    for name in chosen:
        if name not in names:
            raise EnvironmentNotChosen(path, names, name)
    wanted = [name for name in names if not chosen or name in chosen]
    return merged({name: look(path, name) for name in wanted}), names


def _diagnostics(
    allow_missing_env: bool, kinds: Registry, data: bool, path: Path, environment: str | None
) -> Sequence[Diagnostic]:
    """The findings of a file in one environment, those of its data included where they are asked for."""
    from driftline.errors import ConfigurationError
    from driftline.scenario.recognise import is_scenario
    from driftline.schema.load import load_document

    try:
        if is_scenario(path):
            from driftline.scenario.read import load_scenarios

            load_scenarios(path, kinds)
            return ()
        document = load_document(path, kinds, allow_missing_env, environment=environment)
    except ConfigurationError as error:
        return error.diagnostics
    if not data:
        return document.warnings
    from driftline.preparing import held_against_data

    return (*document.warnings, *held_against_data(document, kinds))


def _show(found: Found, form: str, target: Path | None, warnings_fail: bool) -> None:
    """The findings on stdout, or in a file and as text on stdout."""
    text = _rendered(found, form, warnings_fail)
    if target is not None:
        from driftline.errors import UsageError

        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(f"{text}\n".encode("utf-8", "replace"))
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}") from error
        text = _rendered(found, "text", warnings_fail)
    if text:
        click.echo(text.encode("utf-8", "replace").decode())  # a file's name may hold what is not UTF-8


def _rendered(found: Found, form: str, warnings_fail: bool) -> str:
    """The findings in one of FORMATS."""
    from driftline.report import annotations, diagnostics, diagnostics_json, junit, sarif

    each, files = diagnostics.distinct(found), list(found)
    if form == "json":
        return diagnostics_json.render_json(each, files)
    if form == "github":
        return annotations.render_github(each)
    if form == "sarif":
        return sarif.render_sarif(each, files, Path.cwd(), __version__)
    if form == "junit":
        return junit.render_junit(found, warnings_fail)
    return diagnostics.render_text(each, files)
