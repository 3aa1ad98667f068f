"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driftline.compile.graph import Side
from driftline.compile.request import ProfileSet, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.reading import measure
from driftline.evaluate.verdict import judge
from driftline.model import Result

Known = Mapping[tuple[str, str], frozenset[Segment]]


def judge_all(
    judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known
) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to; a family is one monitor on one model and window.

    `known` are the segments that earlier runs judged, by monitor and subject: one that is gone from the data counts 0.
    """
    return tuple(
        (judgement, result)
        for judgement in judgements
        for result in judge(judgement, measure(judgement, sets, known.get(_about(judgement), frozenset())))
    )


def _about(judgement: Judgement) -> tuple[str, str]:
    return judgement.monitor.name, judgement.monitor.subject
