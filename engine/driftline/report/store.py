"""What a state store holds, what was removed from it and what is wrong with it: as text, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from driftline.evaluate.wording import counted
from driftline.printable import printable
from driftline.report.document import instant
from driftline.report.plan.words import size_text

if TYPE_CHECKING:
    from driftline.store.integrity import Checkup, Problem
    from driftline.store.inventory import Held, Inventory, SourcePanes
    from driftline.store.retention import Removal, Removed

KINDS = ("verdicts", "transitions", "notices", "panes")


@dataclass(frozen=True)
class Shown:
    """A store's contents; `names` are the sources of the configuration by their key in the store."""

    inventory: Inventory
    names: Mapping[str, str]


@dataclass(frozen=True)
class Rolled:
    """How many panes were merged, into how many days, and how many bytes that saved."""

    panes: int = 0
    days: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Collected:
    """What was removed, or would be.

    `keep` is the age that was asked for, `needed` the one that the configuration reaches. `after` is the size of the
    store now, `left` why it is not smaller.
    """

    label: str
    removal: Removal
    damaged: int
    dry_run: bool
    keep: timedelta
    needed: timedelta
    before: int | None = None
    after: int | None = None
    left: str | None = None
    rolled: Rolled = Rolled()


def show_text(shown: Shown) -> str:
    """A line for each kind of row, and one for the panes of each source."""
    held = shown.inventory
    if held.schema is None:
        return printable(f"{held.label}: there is none yet; the first run makes it")
    rows = [("", "number", "oldest", "newest", ""), _row("verdicts", held.verdicts, f"{held.series:,} series")]
    firing = f"{held.firing:,} firing" + (f", {held.superseded:,} superseded" if held.superseded else "")
    rows.append(_row("transitions", held.transitions, firing))
    notices = ", ".join(f"{count:,} {status}" for status, count in sorted(held.notices_by_status.items()))
    rows.append(_row("notices", held.notices, notices))
    rows += [_pane_row(each, shown.names) for each in held.panes]
    owners = [f"{owner or 'unknown'}{f' ({name})' if name else ''}" for owner, name in held.owners]
    lines = [f"{held.label}: {size_text(held.bytes or 0)}, schema {held.schema}", "", *_aligned(rows)]
    return printable("\n".join([*lines, "", *(f"root file: {owner}" for owner in owners)]).rstrip())


def show_json(shown: Shown) -> str:
    """One document. Every key is always there, null where nothing applies."""
    held = shown.inventory
    document = {
        "version": 1,
        "store": held.label,
        "schema": held.schema,
        "bytes": held.bytes,
        "series": held.series,
        "firing": held.firing,
        "verdicts": _held(held.verdicts),
        "transitions": {**_held(held.transitions), "superseded": held.superseded},
        "notices": {**_held(held.notices), "by_status": dict(sorted(held.notices_by_status.items()))},
        "panes": [_panes(each, shown.names) for each in held.panes],
        "root_files": [{"path": owner or None, "environment": name or None} for owner, name in held.owners],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def collected_text(collected: Collected) -> str:
    """What was removed, and what it brought."""
    removal = collected.removal
    said = [f"{getattr(removal, kind).count:,} {kind}" for kind in KINDS if getattr(removal, kind).count]
    said += [f"{counted(collected.damaged, 'row')} that cannot be read"] if collected.damaged else []
    verb = "would remove" if collected.dry_run else "removed"
    what = f"{verb} {', '.join(said)} ({size_text(removal.bytes)})" if said else "nothing to remove"
    lines = [f"{collected.label}: {what}"]
    if collected.rolled.days:
        lines.append(f"merged {collected.rolled.panes:,} panes into {collected.rolled.days:,} of whole days")
    if removal.reference is not None:
        lines.append(f"age counts from {_clock(removal.reference)} UTC")
    if collected.keep < collected.needed:
        lines.append(f"{collected.needed.days} days are kept at least: so far windows, baselines and late labels reach")
    if removal.is_shared:
        lines.append("other root files or environments use this store: what only they know of was left")
    if collected.left is not None:
        lines.append(f"the file keeps its size: {collected.left}")
    elif collected.before is not None and collected.after is not None and (said or collected.rolled.days):
        lines.append(f"it took {size_text(collected.before)} and takes {size_text(collected.after)} now")
    return printable("\n".join(lines))


def collected_json(collected: Collected) -> str:
    """One document. Every key is always there, null where nothing applies."""
    removal = collected.removal
    document = {
        "version": 1,
        "store": collected.label,
        "dry_run": collected.dry_run,
        "reference": instant(removal.reference),
        "keep": max(collected.keep, collected.needed).total_seconds(),
        "removed": {kind: _removed(getattr(removal, kind)) for kind in KINDS},
        "damaged": collected.damaged,
        "merged": {"panes": collected.rolled.panes, "days": collected.rolled.days, "bytes": collected.rolled.bytes},
        "bytes_before": collected.before,
        "bytes_after": collected.after,
        "shared": removal.is_shared,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def check_text(label: str, checkup: Checkup) -> str:
    """Findings with examples and what to do, or that there are none."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in checkup.looked_at.items())
    lines = [f"{label}: looked at {counts}" if counts else label]
    for one in checkup.problems:
        lines += ["", f"{'note' if one.is_note else 'problem'}: {one.what}  [{one.kind}]"]
        lines += [f"  {example}" for example in one.examples]
        lines += [f"  {one.remedy}"]
    number = sum(not one.is_note for one in checkup.problems)
    return printable("\n".join([*lines, "", counted(number, "problem") if number else "nothing is wrong"]))


def check_json(label: str, checkup: Checkup) -> str:
    """One document. Every key is always there."""
    document = {
        "version": 1,
        "store": label,
        "clean": checkup.is_clean,
        "looked_at": {kind: checkup.looked_at.get(kind, 0) for kind in KINDS},
        "findings": [_problem(one) for one in checkup.problems],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _problem(one: Problem) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "severity": "note" if one.is_note else "problem",
        "what": one.what,
        "examples": list(one.examples),
        "remedy": one.remedy,
    }


def _removed(removed: Removed) -> dict[str, int]:
    return {"count": removed.count, "bytes": removed.bytes}


def _held(held: Held) -> dict[str, Any]:
    return {"count": held.count, "oldest": instant(held.oldest), "newest": instant(held.newest)}


def _panes(each: SourcePanes, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "source": names.get(each.source),
        "key": each.source,
        "count": each.count,
        "whole": each.whole,
        "bytes": each.bytes,
        "files": each.files,
        "oldest": instant(each.oldest),
        "newest": instant(each.newest),
    }


def _row(name: str, held: Held, more: str) -> tuple[str, ...]:
    return name, f"{held.count:,}", _clock(held.oldest), _clock(held.newest), more


def _pane_row(each: SourcePanes, names: Mapping[str, str]) -> tuple[str, ...]:
    named = names.get(each.source)
    name = f"panes of {named}" if named is not None else f"panes of {each.source[:8]}… (not in this file)"
    more = [size_text(each.bytes)] + ([f"{each.whole:,} of all its rows"] if each.whole else [])
    more += [counted(each.files, "file")] if each.files else []
    return name, f"{each.count:,}", _clock(each.oldest), _clock(each.newest), ", ".join(more)


def _clock(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        padded[1] = row[1].rjust(widths[1])
        yield "   ".join(padded).rstrip()
