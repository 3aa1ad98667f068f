"""The command line: commands are imported when they are called, so that `--help` is quick."""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import sys
from typing import Any

import click

from driftline import __version__
from driftline.errors import ConfigurationError, DriftlineError
from driftline.printable import printable

COMMANDS = (
    "init",
    "validate",
    "plan",
    "run",
    "backtest",
    "tune",
    "discover",
    "test",
    "explain",
    "doctor",
    "store",
    "schema",
)
INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands are files of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"driftline.cli.{cmd_name}").command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="driftline")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="How errors are written on stderr."
)
@click.pass_context
def cli(context: click.Context, log_format: str) -> None:
    """Monitor machine-learning models in production, as declared in YAML.

    \b
    Exit codes, the largest that applies:
      0  fine
      1  a verdict is at or beyond --fail-on
      2  usage or configuration
      3  a source or the engine failed, so that something was not judged
      4  a notice could not be delivered
    """
    context.obj = {"log_format": log_format}


def json_lines(error: DriftlineError) -> list[dict[str, Any]]:
    """One object per finding of a configuration, or one for the error."""
    if not isinstance(error, ConfigurationError):
        return [{"level": "error", "message": str(error)}]
    return [
        {
            "level": found.severity.value,
            "code": found.code,
            "message": found.message,
            "hint": found.hint,
            "place": str(found.place) if found.place else None,
        }
        for found in error.diagnostics
    ]


def report_error(error: DriftlineError, log_format: str) -> None:
    """An expected error on stderr, without a traceback."""
    if isinstance(error, ConfigurationError) and log_format == "text":
        from driftline.report.diagnostics import render_text

        click.echo(render_text(error.diagnostics), err=True)
    elif log_format == "json":
        for line in json_lines(error):
            click.echo(json.dumps(line, ensure_ascii=False), err=True)
    else:
        click.echo(f"error: {printable(str(error))}", err=True)


def main() -> None:
    """Entry point: run a command, turn expected errors into messages and exit codes."""
    # A run is short, makes much and drops little: to look for garbage often would be a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    # Threads of linear algebra that wait for each other take many times as long where a core is busy, and matrices here
    # are small; scans have threads of their own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    said = " ".join(sys.argv).replace("--log-format ", "--log-format=")
    log_format = "json" if "--log-format=json" in said else "text"
    try:
        code = outcome(log_format)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`): nothing is left to say, and nothing went wrong here.
        code = 0
    sys.stderr.flush()
    logging.shutdown()
    # Leave without taking the interpreter apart: the system frees it all, and it would be a twentieth of a run's time.
    os._exit(code)


def outcome(log_format: str) -> int:
    """The exit code of the command that was called; expected errors are told on stderr."""
    try:
        code: Any = cli.main(prog_name="driftline", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    except DriftlineError as error:
        report_error(error, log_format)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
