"""From what a person asked for to a proposal: what is read, in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from driftline import registry
from driftline.errors import UsageError
from driftline.propose import survey
from driftline.propose.facts import Table
from driftline.propose.guess import Guess, Scores
from driftline.propose.locate import locate, sorted_out
from driftline.propose.proposal import Measured, Proposal, model_name, propose, source_names
from driftline.propose.roles import Roles, Wanted, guess_roles


@dataclass(frozen=True)
class Request:
    """What was asked for. `beside` is the folder of the file to write: paths in it are relative to that."""

    data: tuple[str, ...]
    labels: str | None
    baseline: str | None
    wanted: Wanted
    model: str | None
    timezone: str | None
    beside: Path
    plugins: str | None = None


@dataclass(frozen=True)
class Prepared:
    """Tables that were read and roles that were guessed, before anything that depends on the roles is measured."""

    request: Request
    data: Table
    labels: Table | None
    baseline: Table | None
    roles: Roles

    @property
    def model(self) -> str:
        """What the model will be called."""
        return model_name(self.request.model, self.data, self.roles)

    def again(self, wanted: Wanted, model: str) -> Prepared:
        """The same tables, other wishes."""
        request = replace(self.request, wanted=wanted, model=model)
        roles = _roles(self.data, self.labels, self.baseline, wanted)
        return replace(self, request=request, roles=_with_reasons(roles, self.roles))

    def proposal(self) -> Proposal:
        """Everything, with the times of rows and labels measured."""
        timezone = self.request.timezone or "UTC"
        roles, data, labels, rhythm, arrivals = self.roles, self.data, self.labels, None, None
        if roles.timestamp is not None:
            data = survey.with_timestamp(data, roles.timestamp.value)
            rhythm = survey.rhythm(data, timezone)
            if rhythm is None:
                roles, data = replace(roles, timestamp=None), self.data
        if labels is not None and roles.known is not None:
            labels = survey.with_timestamp(labels, roles.known.value)
        if labels is not None and roles.id is not None and roles.key is not None:
            arrivals = survey.arrivals(data, roles.id.value, labels, roles.key)
        measured = Measured(data, labels, self.baseline, rhythm, arrivals)
        return propose(measured, roles, self.request.model, self.request.timezone)


def _with_reasons(roles: Roles, guessed: Roles) -> Roles:
    """A guess that a person let stand keeps its reason."""
    same = {}
    for name in ("id", "timestamp", "target", "scores", "prediction", "task"):
        said, before = getattr(roles, name), getattr(guessed, name)
        if said is not None and before is not None and _what(said) == _what(before):
            same[name] = before
    return replace(roles, **same)


def _what(guess: Guess | Scores) -> object:
    return guess.value if isinstance(guess, Guess) else guess.columns


def prepare(request: Request) -> Prepared:
    """Read the tables and guess the roles; UsageError and SourceError say what is wrong with which argument."""
    kinds = registry.load(request.plugins)
    zone = _checked_zone(request.timezone)
    given = sorted_out(request.data, request.labels, request.baseline)
    located = [locate(texts, request.beside, kinds) for texts in (given.data, given.labels, given.baseline) if texts]
    fallbacks = ["scored", *(["outcomes"] if given.labels else []), *(["training"] if given.baseline else [])]
    chosen = source_names((one.name, fallback) for one, fallback in zip(located, fallbacks, strict=True))
    tables = [survey.table(one, name, zone, kinds) for one, name in zip(located, chosen, strict=True)]
    labels = tables[1] if given.labels else None
    baseline = tables[-1] if given.baseline else None
    return Prepared(request, tables[0], labels, baseline, _roles(tables[0], labels, baseline, request.wanted))


def _checked_zone(name: str | None) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"there is no time zone {name}; write one like Europe/Oslo") from None
    return name or "UTC"


def _roles(data: Table, labels: Table | None, baseline: Table | None, wanted: Wanted) -> Roles:
    """The roles, after a look at what the person named."""
    for option, name in (("--id", wanted.id), ("--timestamp", wanted.timestamp), ("--prediction", wanted.prediction)):
        if name:
            _must_have(option, name, data.columns, data.name)
    if wanted.score and "*" not in wanted.score:
        _must_have("--score", wanted.score, data.columns, data.name)
    unsaid = guess_roles(data, labels, baseline, replace(wanted, target=None)).target if wanted.target else None
    if wanted.target and (unsaid is None or unsaid.value != wanted.target):
        known = {**(labels.columns if labels else {}), **data.columns}
        _must_have(
            "--target", wanted.target, known | (dict(baseline.columns) if labels and baseline else {}), data.name
        )
    if wanted.timestamp and not survey.is_time(data, wanted.timestamp):
        dtype = data.columns[wanted.timestamp].dtype
        raise UsageError(f"--timestamp {wanted.timestamp}: it is {dtype}, not a time")
    roles = guess_roles(data, labels, baseline, wanted)
    if wanted.score and "*" in wanted.score and not (roles.scores and roles.scores.columns):
        raise UsageError(f"--score {wanted.score}: no column fits")
    return roles


def _must_have(option: str, name: str, columns: object, table: str) -> None:
    names = list(columns)  # type: ignore[call-overload]
    if name in names:
        return
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
    raise UsageError(f"{option} {name}: {table} has no such column; {hint}")
