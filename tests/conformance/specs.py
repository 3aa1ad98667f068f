"""A table that has something awkward in every column, and a spec of every profile over it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from driftline.config.document import Validity
from driftline.profiles.base import ProfileSpec
from driftline.profiles.cells import Cells
from driftline.profiles.class_scores import ClassScores
from driftline.profiles.comoments import Comoments
from driftline.profiles.confusion import Confusion
from driftline.profiles.counts import Counts
from driftline.profiles.distinct import Distinct
from driftline.profiles.error_losses import RELATIVE, SQUARED_LOG, SYMMETRIC, ErrorLosses
from driftline.profiles.errors import Errors
from driftline.profiles.extent import Extent
from driftline.profiles.frequencies import Frequencies
from driftline.profiles.histogram import Histogram
from driftline.profiles.losses import Losses
from driftline.profiles.moments import Moments
from driftline.profiles.rankings import Rankings
from driftline.profiles.residuals import Residuals
from driftline.profiles.sample import Sample
from driftline.profiles.scores import Scores
from driftline.profiles.scores_by import ScoresBy
from driftline.profiles.target_ranks import TargetRanks

VALID = Validity(
    min=-1.0, max=3.0, in_=("0", "1.5", "2"), regex=r"\d+", not_null=True, not_in_future=True, where="whole > 2"
)
SPECS: tuple[ProfileSpec, ...] = (
    Counts(),
    Counts("real"),
    Counts("real", VALID, "time", truth=True),
    Counts("word", Validity(in_=("a", "b"), regex="[a-c]"), truth=True),
    Moments("real"),
    Moments("far"),
    Moments("whole"),
    Moments("flag"),
    Moments(sql="CASE WHEN flag THEN whole END", where="word = 'a'"),
    Histogram("real"),
    Histogram("far"),
    Histogram("whole"),
    Histogram("time"),
    Frequencies("word"),
    Frequencies("real"),
    Frequencies("flag"),
    Cells(("word", "other")),
    Cells(("word", "other", "flag")),
    Distinct("word"),
    Distinct("real"),
    Distinct("whole"),
    Extent("time"),
    Confusion("flag", "whole"),
    Confusion("word", "other"),
    Confusion("word", "other", "real"),
    Scores("flag", "score", "1"),
    Scores("word", "score", "a"),
    ScoresBy("flag", "score", "1", known="word"),
    ScoresBy("flag", "score", "1", exact=True),
    Scores("word", "score", "a", "real"),
    ClassScores("word", "score", ("a", "b", "é")),
    ClassScores("word", "score", ("a", "b", "é"), "real"),
    TargetRanks("word", (("a", "score"), ("b", "other_score"))),
    TargetRanks("word", (("a", "score"), ("b", "other_score"), ("c", "whole")), "real"),
    Losses("word", (("a", "score"), ("b", "other_score"))),
    Losses("word", (("a", "score"), ("b", "other_score")), "brier", "real"),
    Residuals("whole", "real"),
    Residuals("whole", "far", "score"),
    *(ErrorLosses("whole", "real", loss) for loss in (RELATIVE, SYMMETRIC, SQUARED_LOG)),
    ErrorLosses("far", "score", RELATIVE, "other_score"),
    Rankings("word", "score", "whole", 3),
    Rankings("time", "real", "whole", 2, size=40),
    Rankings("word", "whole", "score", 4, exponential=True),
    Errors("whole", "real"),
    Errors("far", "score"),
    Comoments(("far", "whole", "score"), ("word", "other")),
    Comoments(("time", "other_score"), ("flag", "real"), hidden=("flag",)),
    Sample(("real", "far"), ("word", "flag"), size=60),
    Sample(("real", "whole", "time"), ("other",), id="far", given=("word", "score")),
)


def table(rows: int = 400, seed: int = 7) -> pl.DataFrame:
    """Rows with nulls, NaN, infinities, both zeros, values far from zero, ties and times."""
    random = np.random.default_rng(seed)
    special = [None, math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, 5e-324, -1e30]
    real: list[float | None] = [float(x) for x in random.normal(0, 1, rows)]
    for at in random.choice(rows, rows // 4, replace=False):
        real[at] = special[random.integers(len(special))]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "real": pl.Series(real, dtype=pl.Float64),
            "far": 1_013.0 + random.normal(0, 1e-3, rows),
            "whole": _with_nulls(random, random.integers(-3, 5, rows).tolist()),
            "flag": _with_nulls(random, (random.random(rows) < 0.4).tolist()),
            "word": _with_nulls(random, random.choice(["a", "b", "c", "é", ""], rows).tolist()),
            "other": _with_nulls(random, random.choice(["a", "b", "c"], rows).tolist()),
            "score": _with_nulls(random, random.random(rows).round(3).tolist()),
            "other_score": pl.Series(random.random(rows), dtype=pl.Float32),
            "time": _with_nulls(random, [start + timedelta(minutes=int(m)) for m in random.integers(0, 2880, rows)]),
        },
        schema_overrides={"time": pl.Datetime("us", "UTC"), "whole": pl.Int32},
    )


def _with_nulls(random: np.random.Generator, values: list[object]) -> list[object]:
    return [None if random.random() < 0.1 else value for value in values]
