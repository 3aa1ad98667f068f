"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from driftline.compile.graph import Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.reading import is_unchanged, measure
from driftline.evaluate.verdict import Member, judge
from driftline.model import Interval, Result

Known = Mapping[tuple[str, str], frozenset[Segment]]


def judge_all(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to; a family is one monitor on one model and window.

    `known` are the segments that earlier runs judged, by monitor and subject: one that is gone from the data counts 0.
    Overrides divide a monitor into several plans; they stay one family. A window that was judged before has no new
    verdict where nothing more is known of any member.
    """
    families: dict[tuple[str, str, Interval], list[Judgement]] = {}
    for judgement in judgements:
        key = (judgement.monitor.name, judgement.monitor.subject, judgement.window)
        families.setdefault(key, []).append(judgement)
    results: list[tuple[Judgement, Result]] = []
    for (name, subject, _), family in families.items():
        if all(is_unchanged(judgement, sets) for judgement in family):
            continue
        members = _members(family, sets, known.get((name, subject), frozenset()))
        results += zip((member.judgement for member in members), judge(members), strict=True)
    return tuple(results)


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
