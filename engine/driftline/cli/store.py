"""`driftline store`: what the state store holds, what it needs no more, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])


@click.group("store", short_help="Look into the state store, and look after it.")
def command() -> None:
    """Look into the state store of a root file, and look after it."""


def common(function: Command) -> Command:
    """What all of them take."""
    for decorate in (
        click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks."),
        click.option("--env", "environment", metavar="NAME", help="The environment.  [env var: DRIFTLINE_ENV]"),
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
        click.argument("file", type=click.Path(path_type=Path), default=Path("monitors.yaml")),
    ):
        function = decorate(function)
    return function


@command.command("show", short_help="What it holds.")
@common
def show(file: Path, form: str, environment: str | None, plugins: str | None) -> None:
    """Say what the store of FILE holds: verdicts, alerts, notices and panes, their time and their size."""
    from driftline import upkeep
    from driftline.report import store

    shown = upkeep.show(file, upkeep.UpkeepOptions(environment, plugins))
    click.echo(store.show_json(shown) if form == "json" else store.show_text(shown))


@command.command("gc", short_help="Remove what is needed no more.")
@common
@click.option("--keep", default="400d", show_default=True, metavar="LENGTH", help="How old what is kept may be.")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="At most so many verdicts of a series.")
@click.option("--damaged", is_flag=True, help="Also remove rows that cannot be read.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def gc(
    file: Path,
    form: str,
    environment: str | None,
    plugins: str | None,
    keep: str,
    most: int | None,
    damaged: bool,
    dry_run: bool,
) -> None:
    """Remove what is older than --keep and what nothing in FILE asks for, and make the store smaller.

    Whatever its windows, baselines and late labels may still need stays, and so do open alerts and the newest verdict
    of every series. What other root files keep in the same store is not touched.
    """
    from driftline import upkeep
    from driftline.report import store

    collected = upkeep.collect(file, upkeep.UpkeepOptions(environment, plugins, keep, most, damaged, dry_run))
    click.echo(store.collected_json(collected) if form == "json" else store.collected_text(collected))


@command.command("check", short_help="What is wrong with it.")
@common
def check(file: Path, form: str, environment: str | None, plugins: str | None) -> int:
    """Look for damage and for what does not fit together in the store of FILE. Writes nothing.

    Exits with 1 when something is found, else with 0.
    """
    from driftline import upkeep
    from driftline.report import store

    label, checkup = upkeep.check(file, upkeep.UpkeepOptions(environment, plugins))
    click.echo(store.check_json(label, checkup) if form == "json" else store.check_text(label, checkup))
    return 0 if checkup.is_clean else 1
