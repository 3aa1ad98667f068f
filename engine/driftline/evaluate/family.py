"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from driftline.compile.graph import Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.reading import measure
from driftline.evaluate.verdict import Member, judge
from driftline.model import Interval, Result

Known = Mapping[tuple[str, str], frozenset[Segment]]


def judge_all(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to; a family is one monitor on one model and window.

    `known` are the segments that earlier runs judged, by monitor and subject: one that is gone from the data counts 0.
    Overrides divide a monitor into several plans; they stay one family.
    """
    families: dict[tuple[str, str, Interval], list[Member]] = {}
    for judgement in judgements:
        name, subject = judgement.monitor.name, judgement.monitor.subject
        family = families.setdefault((name, subject, judgement.window), [])
        for measured in measure(judgement, sets, known.get((name, subject), frozenset())):
            plan = judgement.monitor.at(measured.key)
            if plan.enabled:
                own = judgement if plan is judgement.monitor else replace(judgement, monitor=plan)
                family.append(Member(own, measured))
    return tuple(
        (member.judgement, result)
        for family in families.values()
        for member, result in zip(family, judge(family), strict=True)
    )
