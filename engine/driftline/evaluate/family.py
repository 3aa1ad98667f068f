"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from driftline.compile.graph import Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.reading import is_unchanged, measure
from driftline.evaluate.verdict import Member, judge
from driftline.model import Interval, Result

EARLIEST = datetime.min.replace(tzinfo=UTC)
Subject = tuple[str, str]  # monitor, and model or source
Known = Mapping[Subject, Mapping[Segment, datetime]]


def judge_all(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to; a family is one monitor on one model and window.

    `known` are the segments that were judged before, by monitor and subject, each with the end of the first window that
    it was seen in: one that is gone from the data counts 0 from then on, whether windows are judged one by one or many
    at once. Overrides divide a monitor into several plans; they stay one family. A window that was judged before has no
    new verdict where nothing more is known of any member.
    """
    families: dict[tuple[str, str, Interval], list[Judgement]] = {}
    for judgement in judgements:
        key = (judgement.monitor.name, judgement.monitor.subject, judgement.window)
        families.setdefault(key, []).append(judgement)
    seen = {subject: dict(segments) for subject, segments in known.items()}
    results: dict[tuple[str, str, Interval], list[tuple[Judgement, Result]]] = {key: [] for key in families}
    for key, family in sorted(families.items(), key=lambda item: item[0][2].end or EARLIEST):
        name, subject, window = key
        if all(is_unchanged(judgement, sets) for judgement in family):
            continue
        first = seen.setdefault((name, subject), {})
        members = _members(family, sets, known_by(first, window))
        for member, result in zip(members, judge(members), strict=True):
            results[key].append((member.judgement, result))
            if result.series.segment and window.end is not None:
                first[result.series.segment] = min(window.end, first.get(result.series.segment, window.end))
    return tuple(each for of_family in results.values() for each in of_family)


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
