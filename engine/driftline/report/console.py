"""What text is written on: colours and width as the terminal has them, plain and of a fixed width elsewhere."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from rich.console import Console

from driftline.printable import printable

WIDTH = 150
NARROWEST = 60


def console_of(color: bool | None, width: int | None, otherwise: int = WIDTH) -> Console:
    """Rich decides on colour by the terminal and NO_COLOR; a pipe gets plain text, `otherwise` characters wide."""
    terminal = Console()
    plain = color is False or (color is None and (not terminal.is_terminal or terminal.no_color))
    size = width or (terminal.width if terminal.is_terminal else otherwise)
    return Console(
        file=StringIO(),
        width=max(size, NARROWEST),
        force_terminal=not plain,
        no_color=plain,
        highlight=False,
        markup=False,  # a name in square brackets is a name
        emoji=False,
        soft_wrap=False,
    )


def written(console: Console) -> str:
    """All that was printed, without blanks at the ends of lines."""
    text = str(console.file.getvalue())  # type: ignore[attr-defined]
    said = "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))
    return printable(said, styled=not console.no_color)


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """A local time with its zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"


def day(moment: datetime | None, zone: ZoneInfo) -> str:
    """A local time, midnight as the bare date."""
    if moment is None:
        return "–"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
