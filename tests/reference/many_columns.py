"""Checks on many columns at once: NumPy, NannyML, scikit-learn."""

from __future__ import annotations

import json
import math
from functools import cache, partial
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import ndcg_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import PredefinedSplit, StratifiedGroupKFold, cross_val_score
from sklearn.preprocessing import StandardScaler

from driftline.checks.base import Column, ColumnType, Subject
from driftline.checks.drift.attribution_drift import ndcg
from driftline.checks.learning import one_thread
from driftline.model import Value
from driftline.profiles.sample import row_hashes
from tests.reference.comparison import Comparison, Numbers, measure, measure_each, wanted
from tests.reference.drifted_flights import flights

NANNYML = Path(__file__).parents[1] / "data" / "nannyml"
WEATHER = ("temp", "humid", "wind_speed", "precip", "visib", "pressure")
PLANES = ("distance", "seats", "plane_age", "hour")
NAMED = [f"n|{name}" for name in sorted(PLANES)]  # as a sample has them
OTHER_PARTS = StratifiedGroupKFold(5, shuffle=True, random_state=1)


def together(frame: pl.DataFrame, names: tuple[str, ...]) -> Subject:
    """The subject of a check on many columns."""
    texts = [frame.schema[name] == pl.String for name in names]
    types = [ColumnType.CATEGORICAL if text else ColumnType.NUMERIC for text in texts]
    return Subject(selected=tuple(Column(name, type_) for name, type_ in zip(names, types, strict=True)))


@cache
def correlated(statistic: str) -> Value:
    now, then = flights()
    return measure("correlation_change", together(now, WEATHER), now, then, statistic=statistic)


def by_numpy(statistic: str) -> Numbers:
    """Of each pair the rows that hold both values."""
    found = []
    for at, one in enumerate(WEATHER):
        for other in WEATHER[at + 1 :]:
            sides = (frame.select(one, other).drop_nulls().to_numpy().T for frame in flights())
            now, then = (np.corrcoef(side)[0, 1] for side in sides)
            found.append(abs(now - then))
    return Numbers(float(max(found) if statistic == "largest" else np.mean(found)), correlated(statistic).value)


def by_nannyml(data: str) -> list[Numbers]:
    """The mean norm of what components leave of each chunk's rows."""
    frame = pl.read_parquet(NANNYML / f"{data}_features.parquet")
    on = together(frame, tuple(name for name in frame.columns if name not in ("period", "chunk")))
    figures = json.loads((NANNYML / "pca.json").read_text("utf-8"))[data]
    chunks = (frame.filter(period=one["period"], chunk=one["chunk"]) for one in figures)
    check = wanted("pca_reconstruction", on, statistic="norm", rows=20_000)
    ours = measure_each([check], chunks, frame.filter(period="reference"), draws=0)
    return [Numbers(one["value"], reading.value) for one, (reading,) in zip(figures, ours, strict=True)]


def by_components() -> Numbers:
    """The root mean square of what scikit-learn's components leave, what is missing being the mean."""
    names = WEATHER + PLANES
    now, then = (frame.select(names).cast(pl.Float64) for frame in flights())
    scaler = StandardScaler().fit(then.to_numpy())
    rows, reference = (np.nan_to_num(scaler.transform(side.to_numpy()), nan=0.0) for side in (now, then))
    pca = PCA(n_components=0.65, svd_solver="full").fit(reference)
    left = rows - pca.inverse_transform(pca.transform(rows))
    ours = measure("pca_reconstruction", together(now, names), *flights())
    return Numbers(math.sqrt(float((left**2).sum(axis=1).mean())), ours.value)


def by_kernel() -> Numbers:
    """All pairs of rows, by scikit-learn's Gaussian kernel of the median distance."""
    random = np.random.default_rng(5)
    now, then = random.normal(0.3, 1, (150, 3)), random.normal(0, 1, (250, 3))
    rows = StandardScaler().fit_transform(np.concatenate([now, then]))
    squared = ((rows[:, None] - rows) ** 2).sum(axis=2)
    kernel = rbf_kernel(rows, gamma=1 / np.median(squared[np.triu_indices(400, 1)]))
    a, b, between = kernel[:150, :150], kernel[150:, 150:], kernel[:150, 150:]
    inside = (a.sum() - 150) / (150 * 149) + (b.sum() - 250) / (250 * 249)
    frames = [pl.DataFrame(side, schema=["a", "b", "c"]) for side in (now, then)]
    return Numbers(inside - 2 * between.mean(), measure("mmd", together(frames[0], ("a", "b", "c")), *frames).value)


def told_apart(same_parts: bool) -> Numbers:
    """The mean ROC AUC of five parts of the rows, each ranked by what the others teach; equal rows are in one part."""
    now, then = (frame.select(PLANES).cast(pl.Float64).gather_every(10).head(2_000) for frame in flights())
    rows, own = pl.concat([now, then]), np.repeat([1, 0], 2_000)
    hashes = row_hashes(rows.select(pl.col(name).alias(f"n|{name}") for name in sorted(PLANES)), NAMED)
    groups = None if same_parts else np.unique(hashes, return_inverse=True)[1]
    split = PredefinedSplit(hashes % np.uint64(5)) if same_parts else OTHER_PARTS
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=0)
    ours = measure("domain_classifier", together(now, PLANES), now, then)
    with one_thread():
        found = cross_val_score(model, rows.to_numpy(), own, groups=groups, cv=split, scoring="roc_auc")
    pairs = [own[part].sum() * (1 - own[part]).sum() for _, part in split.split(rows, own, groups)]
    return Numbers(float(np.average(found, weights=pairs)), ours.value)


def by_ranking() -> list[Numbers]:
    """Twenty rankings of eight features."""
    random, found = np.random.default_rng(6), []
    for _ in range(20):
        now, then = random.random(8), random.random(8)
        found.append(Numbers(float(ndcg_score(then[None], now[None])), float(ndcg(now, then))))
    return found


FLIGHTS = "flights, April beside the training data"
ROWS = f"{FLIGHTS}, every tenth of 20,000 rows"
COMPARISONS = (
    *(
        Comparison(
            "correlation_change",
            "numpy.corrcoef of the rows with both values",
            FLIGHTS,
            partial(by_numpy, statistic),
            quantity=f"value, {statistic}",
        )
        for statistic in ("largest", "mean")
    ),
    *(
        Comparison(
            "pca_reconstruction",
            "NannyML 0.13.1, data reconstruction with PCA",
            data,
            partial(by_nannyml, name),
            quantity="value, norm",
        )
        for name, data in (
            ("small_calibrated", "small_calibrated, 21 days of 500 rows"),
            ("car_price", "car_price, 20 chunks of 2,000 rows"),
        )
    ),
    Comparison(
        "pca_reconstruction", "sklearn.decomposition.PCA", FLIGHTS, by_components, quantity="value, rms", allowed=1e-9
    ),
    Comparison("mmd", "sklearn.metrics.pairwise.rbf_kernel", "150 and 250 rows of 3 columns", by_kernel),
    Comparison(
        "domain_classifier",
        "sklearn.model_selection.cross_val_score in the same parts",
        ROWS,
        partial(told_apart, True),
    ),
    Comparison(
        "domain_classifier",
        "sklearn.model_selection.cross_val_score in parts of StratifiedGroupKFold",
        ROWS,
        partial(told_apart, False),
        allowed=0.02,
        why="the rows are parted in another way, of which there are many: their values differ by some 0.005",
    ),
    Comparison("attribution_drift", "sklearn.metrics.ndcg_score", "20 rankings of 8 features", by_ranking),
)
