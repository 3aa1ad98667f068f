"""Rankings: rows of equal scores come together from wherever they lie, and of many queries some stand for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.checks.base import Check, Column, ColumnType, Subject
from driftline.checks.performance.hit_rate import HitRate
from driftline.checks.performance.map import MeanAveragePrecision
from driftline.checks.performance.mrr import Mrr
from driftline.checks.performance.ndcg import Ndcg
from driftline.checks.performance.precision_at_k import PrecisionAtK
from driftline.checks.performance.recall_at_k import RecallAtK
from driftline.model import Failed, Reading, Value
from driftline.profiles.base import ScanContext
from driftline.profiles.rankings import Rankings, RankingsProfile
from tests.conformance.reading import MOMENT, profile
from tests.conformance.same import differences

ROLES = {"group": "q", "score": "s", "target": "y"}
ON = Subject(roles={role: Column(name, ColumnType.NUMERIC) for role, name in ROLES.items()}, task="ranking")


def shown(queries: int, rows: int) -> pl.DataFrame:
    """As many rows for each query, of which about one in three is relevant and many have one score."""
    random = np.random.default_rng(3)
    query = np.repeat(np.arange(queries), rows)
    grade = np.maximum(random.integers(-3, 3, len(query)), 0)
    frame = pl.DataFrame({"q": query, "s": np.round(random.normal(0.5 * grade, 1)), "y": grade})
    return frame[random.permutation(frame.height)]


def ranked(frame: pl.DataFrame, folder: Path, spec: Rankings | None = None) -> RankingsProfile:
    found = profile(frame, spec or Rankings("q", "s", "y"), folder)
    assert isinstance(found, RankingsProfile)
    return found


def read(check: Check, found: RankingsProfile) -> Reading:
    return check.read(ON, MOMENT, {"rankings": found}, None)


def value(check: Check, found: RankingsProfile) -> float:
    reading = read(check, found)
    assert isinstance(reading, Value)
    return reading.value


def test_a_tie_that_lies_in_many_parts_is_one_tie(tmp_path: Path) -> None:
    frame = shown(40, 60)
    parts = [ranked(frame[at::7], tmp_path) for at in range(7)]
    merged, whole = RankingsProfile.merged(parts), ranked(frame, tmp_path)
    assert differences(merged, whole) == []
    assert merged.frame().equals(whole.frame())  # grades are whole numbers, and so are their sums
    assert whole.top.rows.sum() > 40 * 10  # ties at the tenth rank are kept whole
    for check in (Ndcg(), MeanAveragePrecision(), Mrr(), PrecisionAtK(), RecallAtK(), HitRate()):
        assert read(check, merged) == read(check, whole)


def test_parts_without_a_known_row_merge(tmp_path: Path) -> None:
    unknown = pl.DataFrame({"q": [1, 1], "s": [None, None], "y": [1, 2]}, schema_overrides={"s": pl.Float64})
    part, known = ranked(unknown, tmp_path), ranked(shown(3, 4), tmp_path)
    assert (part.merge(part).total, part.merge(part).known) == (4, 0)
    assert (part.merge(known).total, part.merge(known).known) == (14, 12)


def test_a_score_that_does_not_tell_rows_apart_earns_what_chance_does(tmp_path: Path) -> None:
    frame = pl.DataFrame({"q": [1] * 4, "s": [0.5] * 4, "y": [1, 0, 0, 0]})
    found = ranked(frame, tmp_path, Rankings("q", "s", "y", 2))
    assert value(HitRate(k=2), found) == pytest.approx(1 / 2, rel=1e-14)
    assert value(RecallAtK(k=2), found) == pytest.approx(1 / 2, rel=1e-14)
    assert value(PrecisionAtK(k=2), found) == pytest.approx(1 / 4, rel=1e-14)
    assert value(Mrr(k=2), found) == pytest.approx((1 + 1 / 2) / 4, rel=1e-14)
    assert value(MeanAveragePrecision(k=2), found) == pytest.approx((1 + 1 / 2) / 4, rel=1e-14)
    assert value(Ndcg(k=2), found) == pytest.approx((1 + 1 / np.log2(3)) / 4, rel=1e-14)


def test_of_many_queries_whole_ones_are_drawn_whatever_the_parts(tmp_path: Path) -> None:
    frame, spec = shown(600, 12), Rankings("q", "s", "y", size=200)
    whole = ranked(frame, tmp_path, spec)
    parts = [ranked(part, tmp_path, spec) for part in (frame[:3_000], frame[3_000:3_010], frame[3_010:])]
    assert differences(RankingsProfile.merged(parts), whole) == []
    assert (len(whole.queries), whole.whole, whole.total) == (200, False, 7_200)
    assert len(np.unique(whole.top.hash)) == 200


def test_a_deeper_look_holds_a_shallower_one(tmp_path: Path) -> None:
    frame = shown(60, 25)
    deep, shallow = Rankings("q", "s", "y", 20), Rankings("q", "s", "y", 3)
    context = ScanContext(frame.schema)
    assert shallow.within(deep, context)
    assert not deep.within(shallow, context)
    assert not Rankings("q", "s", "y", 3, exponential=True).within(deep, context)
    assert differences(shallow.extract(ranked(frame, tmp_path, deep)), ranked(frame, tmp_path, shallow)) == []


def test_a_relevance_too_large_to_double_so_often_fails(tmp_path: Path) -> None:
    frame = pl.DataFrame({"q": [1, 1], "s": [0.1, 0.2], "y": [2_000.0, 1.0]})
    found = ranked(frame, tmp_path, Rankings("q", "s", "y", exponential=True))
    assert isinstance(read(Ndcg(gain="exponential"), found), Failed)
    assert value(Ndcg(), ranked(frame, tmp_path)) == pytest.approx((1 + 2_000 / np.log2(3)) / (2_000 + 1 / np.log2(3)))
