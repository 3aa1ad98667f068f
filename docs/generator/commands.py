"""The page of the command line, as `--help` prints it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from docs.generator.markdown import fence, page
from driftline.cli.main import COMMANDS, cli

WIDTH = 100
PROJECT = Path(__file__).parents[2]


def commands_page() -> str:
    """Every command."""
    helps = _helps()
    blocks = [
        "Results go to stdout, progress and errors to stderr. The default FILE is `monitors.yaml` in the current "
        "folder. Colours appear at a terminal only, and never with `NO_COLOR`.",
        fence(helps[0]),
    ]
    for name, text in zip(COMMANDS, helps[1:], strict=True):
        blocks += [f"## driftline {name}", fence(text)]
    blocks.append("See also: [exit codes](exit-codes.md), [the result document](result.md).")
    return page("Command line", *blocks)


def _helps() -> list[str]:
    """The help of the whole and of each command, from a process of its own.

    Click keeps what the first call of a command decided (such as `-h`, which comes from the group), so the text would
    depend on what this process did before; and the environment may set widths and defaults.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COLUMNS", "DRIFTLINE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (PROJECT, PROJECT / "engine")))
    asked = [sys.executable, "-m", "docs.generator.commands"]
    done = subprocess.run(asked, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    texts: list[str] = json.loads(done.stdout)
    return texts


def _help(command: list[str]) -> str:
    result = CliRunner().invoke(
        cli, [*command, "--help"], prog_name="driftline", terminal_width=WIDTH, max_content_width=WIDTH
    )
    return result.output


if __name__ == "__main__":
    print(json.dumps([_help([]), *(_help([name]) for name in COMMANDS)]))
