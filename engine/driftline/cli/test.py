"""`driftline test`: run scenarios, texts that say what monitors must do with which data."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from driftline.scenario.definition import Case, ScenarioFile
    from driftline.scenario.outcome import Outcome
    from driftline.scenario.receiver import Receiver

DEFAULT = ("scenarios/*.yaml", "*.scenario.yaml")
FORMATS = ("text", "json", "junit")


@click.command("test", short_help="Run scenarios: what monitors must do with which data.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--case", "cases", multiple=True, metavar="GLOB", help="Only these cases; may be repeated.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--list", "list_", is_flag=True, help="Only list the cases.")
@click.option("--update", is_flag=True, help="Write what is seen into the files, where it is not what is expected.")
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="DIR", help="Keep the data and the store of each case."
)
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    files: tuple[Path, ...],
    cases: tuple[str, ...],
    format_: str,
    list_: bool,
    update: bool,
    keep: Path | None,
    plugins: str | None,
) -> int:
    """Run the cases of scenario FILES (default: scenarios/*.yaml and *.scenario.yaml) through the whole engine.

    Data is drawn or read as a scenario says, into a folder of its own, with a store of its own; notices go to a
    receiver on this machine. Sources, store and channels of the configuration are not touched.

    Exits with 0 when every case is as expected, with 1 when one is not, with 2 for a file that cannot be used, with 3
    when the engine failed.
    """
    from driftline.scenario import report

    found = _read(files or _default_files(), cases, plugins, unfinished=update or list_)
    if list_:
        click.echo(report.listed(found))
        return 0
    outcomes = list(_outcomes(found, keep, plugins))
    if update:
        outcomes = _updated(outcomes)
    render = {"text": report.as_text, "json": report.as_json, "junit": report.as_junit}[format_]
    click.echo(render(outcomes))
    if any(outcome.error is not None for outcome in outcomes):
        return 3
    return 0 if all(outcome.passed or outcome.updated for outcome in outcomes) else 1


def _default_files() -> tuple[Path, ...]:
    from driftline.errors import UsageError

    found = tuple(sorted(path for pattern in DEFAULT for path in Path().glob(pattern)))
    if not found:
        raise UsageError(f"no scenario is here: name a file, or write one to {' or '.join(DEFAULT)}")
    return found


def _read(
    paths: tuple[Path, ...], globs: tuple[str, ...], plugins: str | None, *, unfinished: bool
) -> list[ScenarioFile]:
    """The files with the cases that are asked for; every error of all files at once."""
    from dataclasses import replace

    from driftline import registry
    from driftline.errors import ConfigurationError, Diagnostic, UsageError
    from driftline.globs import fits
    from driftline.scenario.read import load_scenarios

    kinds, found = registry.load(plugins), []
    diagnostics: dict[Diagnostic, None] = {}
    for path in paths:
        try:
            found.append(load_scenarios(path, kinds, unfinished=unfinished))
        except ConfigurationError as error:
            diagnostics |= dict.fromkeys(error.diagnostics)
    if diagnostics:
        raise ConfigurationError(list(diagnostics))
    if not globs:
        return found
    chosen = [replace(each, cases=tuple(case for case in each.cases if fits(case.name, globs))) for each in found]
    if not any(each.cases for each in chosen):
        names = ", ".join(case.name for each in found for case in each.cases[:10])
        raise UsageError(f"--case {' '.join(globs)} fits no case; there are: {names}")
    return chosen


def _outcomes(files: list[ScenarioFile], keep: Path | None, plugins: str | None) -> Iterator[Outcome]:
    """Every case, played one after the other."""
    from driftline.scenario.receiver import receiver

    with receiver() as to:
        for file in files:
            for number, case in enumerate(file.cases, 1):
                folder = None if keep is None else keep / file.path.stem / f"{number:02} {_folder_name(case.name)}"
                yield _played(case, to, folder, plugins)


def _folder_name(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in " -_.," else "_" for sign in name)[:80].strip()


def _played(case: Case, to: Receiver, keep: Path | None, plugins: str | None) -> Outcome:
    from driftline.errors import ConfigurationError, DriftlineError, UsageError
    from driftline.scenario.compare import compare
    from driftline.scenario.outcome import Outcome
    from driftline.scenario.play import play

    began = time.perf_counter()
    try:
        seen = play(case, to, keep=keep, plugins=plugins, progress=progress)
    except (UsageError, ConfigurationError):  # the scenario is at fault, and no other case tells more
        raise
    except DriftlineError as error:
        return Outcome(case, time.perf_counter() - began, error=error)
    return Outcome(case, time.perf_counter() - began, compare(case, seen), seen)


def _updated(outcomes: list[Outcome]) -> list[Outcome]:
    """What is not as expected, or expects nothing yet, is written into its file."""
    from dataclasses import replace

    from driftline.scenario.definition import Expectations
    from driftline.scenario.rewrite import rewrite

    done: list[Outcome] = []
    changed: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        is_due = outcome.error is None and (not outcome.passed or outcome.case.expect == Expectations())
        done.append(replace(outcome, updated=is_due))
        if is_due:
            changed.setdefault(outcome.case.file, []).append(outcome)
    for file, own in changed.items():
        rewrite(Path(file), own)
    return done


def progress(message: str) -> None:
    """What is going on, for a person at a terminal only."""
    if sys.stderr.isatty():
        click.echo(click.style(f"\r… {message}\033[K", dim=True), nl=False, err=True)
