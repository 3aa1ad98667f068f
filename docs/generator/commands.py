"""The page of the command line, as `--help` prints it."""

from __future__ import annotations

from click.testing import CliRunner

from docs.generator.markdown import fence, page
from driftline.cli.main import COMMANDS, cli

WIDTH = 100


def commands_page() -> str:
    """Every command."""
    blocks = [
        "Results go to stdout, progress and errors to stderr. The default FILE is `monitors.yaml` in the current "
        "folder. Colours appear at a terminal only, and never with `NO_COLOR`.",
        fence(_help([])),
    ]
    for name in COMMANDS:
        blocks += [f"## driftline {name}", fence(_help([name]))]
    blocks.append("See also: [exit codes](exit-codes.md), [the result document](result.md).")
    return page("Command line", *blocks)


def _help(command: list[str]) -> str:
    result = CliRunner().invoke(
        cli, [*command, "--help"], prog_name="driftline", terminal_width=WIDTH, max_content_width=WIDTH
    )
    return result.output
