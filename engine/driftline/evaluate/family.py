"""All judgements of a run, family by family: read, then judged together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driftline.compile.request import ProfileSet
from driftline.compile.schedule import Judgement
from driftline.evaluate.reading import measure
from driftline.evaluate.verdict import judge
from driftline.model import Result


def judge_all(judgements: Iterable[Judgement], sets: Mapping[str, ProfileSet]) -> tuple[tuple[Judgement, Result], ...]:
    """Every verdict with the judgement that it belongs to; a family is one monitor on one model and window."""
    return tuple(
        (judgement, result) for judgement in judgements for result in judge(judgement, measure(judgement, sets))
    )
