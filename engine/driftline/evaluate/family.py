"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from driftline.compile.graph import Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.drivers import NOTHING, Learnt, Rows, learnt_of
from driftline.evaluate.reading import is_unchanged, measure
from driftline.evaluate.verdict import Member, judge
from driftline.model import Interval, Result

EARLIEST = datetime.min.replace(tzinfo=UTC)
Subject = tuple[str, str]  # monitor, and model or source
Known = Mapping[Subject, Mapping[Segment, datetime]]


def judge_all(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to, family by family; see `families`."""
    return all_judged(families(judgements, sets, known))


def all_judged(read: Sequence[Sequence[Member]]) -> tuple[tuple[Judgement, Result], ...]:
    """The verdicts of families, in their order; what a classifier has learnt of columns explains drift beside it."""
    first = {at: tuple(judged(members)) for at, members in enumerate(read) if _tells_columns(members)}
    learnt = learnt_of(result for pairs in first.values() for _, result in pairs)
    return tuple(pair for at, members in enumerate(read) for pair in first.get(at) or judged(members, learnt))


def _tells_columns(members: Sequence[Member]) -> bool:
    return any(member.judgement.monitor.check.tells_columns for member in members)


def judged(members: Sequence[Member], learnt: Mapping[Rows, Learnt] = NOTHING) -> Iterator[tuple[Judgement, Result]]:
    """The verdicts of one family, each with the judgement that it belongs to."""
    return zip((member.judgement for member in members), judge(members, learnt), strict=True)


def without_carriers(members: Iterable[Member]) -> Sequence[Member]:
    """A family whose breaches do not say what carries them: to be judged again and again, and kept without profiles."""
    return [replace(member, measured=replace(member.measured, carriers=None)) for member in members]


def families(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[Sequence[Member], ...]:
    """What is judged together, read: a family is one monitor on one model and window.

    `known` are the segments that were judged before, by monitor and subject, each with the end of the first window that
    it was seen in: one that is gone from the data counts 0 from then on, whether windows are judged one by one or many
    at once. Overrides divide a monitor into several plans; they stay one family. A window that was judged before has no
    new verdict where nothing more is known of any member.
    """
    found: dict[tuple[str, str, Interval], list[Judgement]] = {}
    for judgement in judgements:
        key = (judgement.monitor.name, judgement.monitor.subject, judgement.window)
        found.setdefault(key, []).append(judgement)
    seen = {subject: dict(segments) for subject, segments in known.items()}
    read: dict[tuple[str, str, Interval], Sequence[Member]] = dict.fromkeys(found, ())
    for key, family in sorted(found.items(), key=lambda item: item[0][2].end or EARLIEST):
        name, subject, window = key
        if all(is_unchanged(judgement, sets) for judgement in family):
            continue
        first = seen.setdefault((name, subject), {})
        read[key] = _members(family, sets, known_by(first, window))
        for segment in (member.measured.key.segment for member in read[key]):
            if segment and window.end is not None:
                first[segment] = min(window.end, first.get(segment, window.end))
    return tuple(members for members in read.values() if members)


def known_by(first: Mapping[Segment, datetime], window: Interval) -> frozenset[Segment]:
    """The segments that were seen before a window."""
    return frozenset(segment for segment, at in first.items() if window.end is None or at <= window.end)


def _members(
    family: Sequence[Judgement], sets: Mapping[Side, ProfileSet], known: frozenset[Segment]
) -> Sequence[Member]:
    """The series of a family, each with the plan that holds for it."""
    columns = sum(len(judgement.monitor.series) for judgement in family)
    members: list[Member] = []
    for judgement in family:
        for measured in measure(judgement, sets, known, columns):
            plan = judgement.monitor.at(measured.key)
            if plan.enabled:
                own = judgement if plan is judgement.monitor else replace(judgement, monitor=plan)
                members.append(Member(own, measured))
    return members
