"""The text of a first file: ordered as the language is, a comment for each decision beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from driftline.propose.columns import Definition
from driftline.propose.facts import Table
from driftline.propose.presence import rows_of
from driftline.propose.proposal import Proposal
from driftline.propose.scalars import as_glob, as_key, in_comment, quoted

WIDTH = 120
COMMENT_AT = 72
MOST_DEFINITIONS = 60

Line = tuple[str, str]  # YAML, and the comment beside it


def layout(proposal: Proposal, file: str) -> str:
    """The whole file; `file` is what the commands in its head call it."""
    parts = [
        _head(proposal, file),
        _defaults(proposal),
        _sources(proposal),
        _model(proposal),
        _windows(proposal),
        _metrics(proposal),
        _monitors(proposal),
        CHANNELS,
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


CHANNELS = """
# Who is told: any Apprise URL (Slack, Teams, e-mail, PagerDuty, …). Uncomment, and set OPS_URL in the environment.
# channels:
#   ops: {url: "${OPS_URL}"}
# routes:
#   - {match: {severity: [critical, warning]}, channels: [ops], group_by: [model], repeat_interval: 24h}
"""


def _beside(lines: Iterable[Line], indent: int) -> list[str]:
    """Lines with their comments in one column, as far as they fit."""
    rows = [(" " * indent + text, in_words(comment)) for text, comment in lines]
    lengths = [len(text) for text, comment in rows if comment and len(text) <= COMMENT_AT]
    at = max(lengths, default=0)
    return [f"{text.ljust(at)}  # {comment}" if comment else text for text, comment in rows]


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """A comment of its own."""
    lead = " " * indent + "# "
    return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)


def _head(proposal: Proposal, file: str) -> str:
    data, rhythm = proposal.measured.data, proposal.measured.rhythm
    when = f", {rhythm.first:%Y-%m-%d} … {rhythm.last:%Y-%m-%d}" if rhythm is not None else ""
    shown = in_comment(file)
    lines = [
        f"# Written by `driftline init` from {data.rows:,} rows{when}.",
        "# What the data does not say is guessed, and a comment says from what. Read those lines, correct them, then",
        f"#   driftline plan {shown} --at latest     what will be measured",
        f"#   driftline run {shown} --at latest      the newest window; leave out --at on a schedule",
    ]
    for note in proposal.notes:
        lines += _wrapped(f"Note: {note}.")
    return "\n".join([*lines, "version: 1"])


def _defaults(proposal: Proposal) -> str:
    if proposal.windows is None:
        return ""
    naive = not _has_zone(proposal.measured.data)
    zone = "not in the data: " + ("times are read in it, and " if naive else "") + "days begin at its midnight"
    zone = "given" if proposal.timezone_given else zone
    rows = [(f"window: {proposal.windows.usual.name}", ""), (f"timezone: {quoted(proposal.timezone)}", zone)]
    if proposal.min_rows is not None:
        rows.append(
            (
                f"min_rows: {proposal.min_rows}",
                "below this, nothing is judged; 100 is the default, windows hold few rows",
            )
        )
    return "\n".join(["defaults:", *_beside(rows, 2)])


def _has_zone(table: Table) -> bool:
    """Whether its event times carry an offset or a zone."""
    return table.context.timestamp is None or table.columns[table.context.timestamp].with_zone


# Sources -------------------------------------------------------------------------------------------------------------


def _sources(proposal: Proposal) -> str:
    measured, roles = proposal.measured, proposal.roles
    blocks = [_source(measured.data, roles.timestamp.comment if roles.timestamp else None, _lateness(proposal))]
    if measured.labels is not None:
        blocks.append(_source(measured.labels, roles.known.comment if roles.known else None, []))
    if measured.baseline is not None:
        blocks.append(_source(measured.baseline, None, []))
    return "\n".join(["sources:", *(line for block in blocks for line in block)])


def _lateness(proposal: Proposal) -> list[Line]:
    if proposal.windows is None:
        return []
    reason = "not in the data: a window is judged this long after its end"
    return [(f"lateness: {proposal.windows.lateness}", reason)]


def _source(table: Table, timestamp: str | None, more: list[Line]) -> list[str]:
    rows: list[Line] = []
    for key, value in table.address:
        secret = value.startswith("${")
        written = f'"{value}"' if secret else quoted(value)
        rows.append((f"{key}: {written}", f"{table.said}, {table.rows:,} rows" if key in ("path", "query") else ""))
    if table.context.timestamp is not None:
        rows.append((f"timestamp: {quoted(table.context.timestamp)}", timestamp or ""))
        rows += [(f"{key}: {quoted(value)}", "guessed: how its texts read") for key, value in table.options.items()]
    return [f"  {as_key(table.name)}:", *_beside([*rows, *more], 4)]


# The model -----------------------------------------------------------------------------------------------------------


def _model(proposal: Proposal) -> str:
    roles = proposal.roles
    head: list[Line] = []
    if roles.task is not None:
        head.append((f"task: {roles.task.value}", roles.task.comment))
    if roles.positive is not None:
        head.append((f"positive: {quoted(roles.positive.value)}", roles.positive.comment))
    head.append((f"source: {quoted(proposal.measured.data.name)}", ""))
    lines = ["models:", f"  {as_key(proposal.model)}:", *_beside(head, 4)]
    given = list(_roles(proposal))
    if given:
        lines += ["    roles:", *_beside(given, 6)]
    lines += _labels(proposal)
    lines += _columns(proposal)
    lines += _features(proposal)
    lines += _segments(proposal)
    if proposal.baseline is not None:
        text = f"baseline: {quoted(proposal.baseline)}"
        reason = "" if proposal.measured.baseline is not None else "no baseline was given: the own past, see below"
        lines += _beside([(text, reason)], 4)
    return "\n".join(lines)


def _roles(proposal: Proposal) -> Iterable[Line]:
    roles = proposal.roles
    if roles.id is not None:
        yield f"id: {quoted(roles.id.value)}", roles.id.comment
    if roles.scores is not None:
        yield f"score: {_score(proposal)}", roles.scores.comment
    for key in ("prediction", "target", "latency", "error", "version"):
        guess = getattr(roles, key)
        if guess is not None:
            yield f"{key}: {quoted(guess.value)}", guess.comment


def _score(proposal: Proposal) -> str:
    scores = proposal.roles.scores
    assert scores is not None
    if scores.glob is not None:
        return quoted(scores.glob)
    if len(scores.columns) == 1:
        return quoted(scores.columns[0])
    return f"{{{', '.join(f'{as_key(name)}: {quoted(column)}' for name, column in scores.classes.items())}}}"


def _labels(proposal: Proposal) -> list[str]:
    labels, roles, delays = proposal.measured.labels, proposal.roles, proposal.delays
    if labels is None or roles.key is None or delays is None or roles.id is None or roles.target is None:
        return []
    rows: list[Line] = [(f"source: {quoted(labels.name)}", f"{delays.coverage} of the rows have a label")]
    if roles.key != roles.id.value:
        rows.append((f"key: {quoted(roles.key)}", f"guessed: holds what {in_comment(roles.id.value)} does"))
    if delays.max_delay is not None and roles.presence is not None:
        # A row that has no label by then is taken for one without: so long as labels take, and no shorter.
        rows.append((f"delay: {delays.max_delay}", delays.longest))
    elif delays.delay is not None and delays.max_delay is not None:
        rows += [(f"delay: {delays.delay}", delays.reason), (f"max_delay: {delays.max_delay}", delays.longest)]
    else:
        rows.append(("delay: 0s", "not in the data: how long after an event its label is known"))
    rows += rows_of(roles.presence)
    arrivals = proposal.measured.arrivals
    if arrivals is not None and arrivals.repeated:
        rows.append(("keep: last", "some ids have several labels"))
    return ["    labels:", *_beside(rows, 6)]


def _columns(proposal: Proposal) -> list[str]:
    found = proposal.columns.definitions
    if not found:
        return []
    chosen = sorted(found, key=lambda one: -one.weight)[:MOST_DEFINITIONS]
    written = [one for one in found if one in chosen] if len(found) <= 500 else chosen
    baseline = proposal.measured.baseline
    origin = baseline.name if baseline is not None else proposal.measured.data.name
    rules = any(one.weight < 3 for one in written)
    lines = ["    columns:"]
    if rules:
        lines += _wrapped(
            f"Beside each: what {origin} holds. Limits lie a whole range beyond it: for wrong units and stand-ins such "
            "as -999. Drift watches for less.",
            6,
        )
    lines += _beside((_definition(one) for one in written), 6)
    if len(found) > len(written):
        lines.append(f"      # {len(found) - len(written):,} more columns are watched without rules of their own.")
    return lines


def _definition(one: Definition) -> Line:
    return f"{as_key(as_glob(one.name))}: {{{', '.join(one.entries)}}}", one.comment


def _features(proposal: Proposal) -> list[str]:
    columns = proposal.columns
    if columns.listed is not None:
        baseline = proposal.measured.baseline
        why = f"by name: {baseline.name if baseline is not None else 'the baseline'} has other columns than the data"
        return [f"    features: [  # {why}", *_names(columns.listed, 6), "    ]"]
    if not columns.excluded:
        return []
    lines = ["    features:", '      include: ["*"]', "      exclude: ["]
    for group in columns.excluded:
        lines += [f"        # {group.reason}", *_names(group.names, 8)]
    return [*lines, "      ]"]


def _names(names: Iterable[str], indent: int) -> list[str]:
    """Names of columns in a flow list, as many to a line as fit."""
    lines, row = [], ""
    for name in names:
        text = f"{quoted(as_glob(name))}, "
        if row and indent + len(row) + len(text) > WIDTH:
            lines.append(" " * indent + row.rstrip())
            row = ""
        row += text
    return [*lines, " " * indent + row.rstrip()] if row else lines


def _segments(proposal: Proposal) -> list[str]:
    segments = proposal.columns.segments
    if not segments:
        return []
    used = any("segments:" in monitor.body for monitor in proposal.monitors)
    lines = (
        ["    segments:"]
        if used
        else ["    # Slices that a monitor may ask for, as in segments: [overall, …]:", "    # segments:"]
    )
    for position, segment in enumerate(segments[:4]):
        mark = "      " if used and position == 0 else "    #   "
        lines += [f"{mark}{segment.name}: {{by: {quoted(segment.column)}}}  # {in_words(segment.reason)}"]
    return lines


# Windows, metrics, monitors ------------------------------------------------------------------------------------------


def _windows(proposal: Proposal) -> str:
    windows = proposal.windows
    if windows is None:
        return ""
    asked = any(f"window: {windows.steady.name}" in monitor.body for monitor in proposal.monitors)
    used = dict.fromkeys((windows.usual, *((windows.steady,) if asked else ())))
    lines = ["windows:", *_beside(((f"{one.name}: {one.body}", one.reason) for one in used), 2)]
    if proposal.own_past:
        lines += ["", "baselines:", *_wrapped(windows.past.reason, 2), f"  {windows.past.name}: {windows.past.body}"]
    return "\n".join(lines)


def _metrics(proposal: Proposal) -> str:
    if not proposal.metrics:
        return ""
    rows = ((f"{metric.name}: {metric.body}", metric.comment) for metric in proposal.metrics)
    return "\n".join(["metrics:", *_beside(rows, 2)])


def _monitors(proposal: Proposal) -> str:
    lines = ["monitors:"]
    for monitor in proposal.monitors:
        lines += [*_wrapped(in_words(monitor.comment), 2), f"  {as_key(monitor.name)}: {monitor.body}"]
    return "\n".join(lines)


def in_words(comment: str) -> str:
    """A comment on one line, whatever names it holds."""
    return "".join(sign if sign.isprintable() else "·" for sign in comment)
