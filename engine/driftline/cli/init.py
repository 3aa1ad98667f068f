"""`driftline init`: a first configuration from data alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from driftline.propose.proposal import Proposal
    from driftline.propose.roles import Roles, Wanted

TASKS = ("binary", "multiclass", "regression")


@click.command("init", short_help="Write a first, commented configuration from data.")
@click.argument("data", nargs=-1, required=True, metavar="DATA…")
@click.option("--baseline", metavar="PATH", help="What to compare with, such as the training set.")
@click.option("--labels", metavar="PATH", help="Where the truth comes from, if not in DATA itself.")
@click.option("--target", metavar="COLUMN", help="The truth.")
@click.option("--score", metavar="COLUMN", help="The model's probability, or a glob of one column per class: p_*.")
@click.option("--prediction", metavar="COLUMN", help="The model's answer.")
@click.option("--id", "id_", metavar="COLUMN", help="The id of a row, by which labels are joined.")
@click.option("--timestamp", metavar="COLUMN", help="When a row happened.")
@click.option("--task", type=click.Choice(TASKS), help="What the model does.")
@click.option("--model", metavar="NAME", help="What to call the model.")
@click.option("--timezone", metavar="ZONE", help="Whose days the windows follow, such as Europe/Oslo.  [default: UTC]")
@click.option("--output", "-o", default="monitors.yaml", show_default=True, help="The file to write; - is stdout.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@click.option("--interactive", "-i", is_flag=True, help="Ask about each role, with the guess as the default.")
@click.option("--plugins", envvar="DRIFTLINE_PLUGINS", metavar="DIR", help="A folder of your own checks and sources.")
def command(
    data: tuple[str, ...],
    baseline: str | None,
    labels: str | None,
    target: str | None,
    score: str | None,
    prediction: str | None,
    id_: str | None,
    timestamp: str | None,
    task: str | None,
    model: str | None,
    timezone: str | None,
    output: str,
    force: bool,
    interactive: bool,
    plugins: str | None,
) -> int:
    """Look at DATA and write a configuration that runs as it stands, each guess with its reason beside it.

    DATA are files, a folder, a glob or the URL of a table (`postgresql://host/db#table`, `sqlite:///file.db#table`);
    so are --baseline and --labels. An empty COLUMN (`--score ""`) says that there is none.
    """
    from driftline.propose.layout import layout
    from driftline.propose.request import Request, prepare
    from driftline.propose.roles import Wanted

    path = None if output == "-" else Path(output)
    refuse_to_overwrite(path, force)
    wanted = Wanted(id_, timestamp, target, score, prediction, task)
    request = Request(data, labels, baseline, wanted, model, timezone, path.parent if path else Path(), plugins)
    prepared = prepare(request)
    if interactive:
        prepared = prepared.again(
            ask(prepared.roles, wanted), click.prompt("Name of the model", prepared.model, err=True)
        )
    proposal = prepared.proposal()
    text = layout(proposal, "FILE" if path is None else str(path))
    if path is None:
        click.echo(text, nl=False)
    else:
        write(path, text)
    summarise(proposal, path)
    return 0


def refuse_to_overwrite(path: Path | None, force: bool) -> None:
    """UsageError before anything is read, if the file cannot be written."""
    from driftline.errors import UsageError

    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file: --output {path}/monitors.yaml")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist; create it, or correct --output")
    if path.exists() and not force:
        raise UsageError(f"{path} exists; --force overwrites it, --output names another file, --output - prints")


def write(path: Path, text: str) -> None:
    """The file as a whole or not at all."""
    import os
    import tempfile

    from driftline.errors import UsageError

    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None


def ask(roles: Roles, wanted: Wanted) -> Wanted:
    """Each role that was not given, with the guess as the default; `-` is none."""
    from dataclasses import replace

    scores = roles.scores
    guesses = {
        "timestamp": ("When a row happened", roles.timestamp.value if roles.timestamp else None),
        "id": ("The id of a row", roles.id.value if roles.id else None),
        "target": ("The truth", roles.target.value if roles.target else None),
        "score": ("The model's probability", scores and (scores.glob or scores.columns[0])),
        "prediction": ("The model's answer", roles.prediction.value if roles.prediction else None),
        "task": ("The task", roles.task.value if roles.task else None),
    }
    answers: dict[str, str] = {}
    for key, (question, guess) in guesses.items():
        if getattr(wanted, key) is None:
            kinds = click.Choice([*TASKS, "-"]) if key == "task" else None
            said = click.prompt(f"{question} (- for none)", guess or "-", type=kinds, err=True)
            answers[key] = "" if said == "-" else said
    return replace(wanted, **answers)


def summarise(proposal: Proposal, path: Path | None) -> None:
    """What was guessed, and what to do next, on stderr."""
    from driftline.propose.scalars import in_comment

    roles, columns = proposal.roles, proposal.columns
    scores = roles.scores and (roles.scores.glob or ", ".join(roles.scores.columns))
    single = ("id", "timestamp", "target", "prediction", "latency", "error", "version")
    found = {key: guess.value for key in single if (guess := getattr(roles, key)) is not None}
    found |= {"score": scores} if scores else {}
    task = f"{roles.task.value} model" if roles.task else "model"
    click.echo(
        f"{task} {proposal.model}: {proposal.measured.data.rows:,} rows, {len(columns.features)} features", err=True
    )
    if found:
        click.echo("roles: " + ", ".join(f"{key} {in_comment(value)}" for key, value in found.items()), err=True)
    from driftline.printable import printable

    for note in proposal.notes:
        click.echo(f"note: {printable(note)}", err=True)
    if path is None:
        return
    click.echo(f"wrote {path}; next:", err=True)
    click.echo(f"  driftline validate {path}", err=True)
    click.echo(f"  driftline run {path} --at latest", err=True)
