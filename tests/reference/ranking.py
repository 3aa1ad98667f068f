"""Rankings of queries of different lengths beside scikit-learn's and the definitions written out in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
from sklearn import metrics

from driftline.checks.base import Column, ColumnType, Subject
from tests.reference.comparison import Comparison, Numbers, measure

ROLES = {
    "group": Column("q", ColumnType.NUMERIC),
    "score": Column("s", ColumnType.NUMERIC),
    "target": Column("y", ColumnType.NUMERIC),
}
DATA = "300 drawn queries of 3 to 30 rows, relevance 0 to 3"
TIED = "120 drawn queries of 1 to 6 rows, scores that tie"
DEEP = 100  # beyond the end of every ranking

Ranked = Callable[[Any, Any], float]  # from relevances and scores of one query


@cache
def queries() -> tuple[tuple[Any, Any], ...]:
    """Relevances and scores of each query, of which each has a row that is relevant and one that is not."""
    chance = np.random.default_rng(11)
    found = []
    for _ in range(300):
        relevance = chance.choice([0, 0, 0, 1, 2, 3], chance.integers(3, 31))
        relevance[:2] = 0, 1
        found.append((relevance, relevance * 0.3 + chance.normal(0, 1, len(relevance))))
    return tuple(found)


@cache
def frame() -> pl.DataFrame:
    """The rows of all queries, in any order."""
    rows = [pl.DataFrame({"q": [n] * len(y), "s": s, "y": y}) for n, (y, s) in enumerate(queries())]
    return pl.concat(rows).sample(fraction=1.0, shuffle=True, seed=3)


def mean_of(kind: str, reference: Ranked, **params: Any) -> Numbers:
    found = measure(kind, Subject(roles=ROLES, task="ranking"), frame(), **params)
    return Numbers(float(np.mean([reference(y, s) for y, s in queries()])), found.value, found.bound or 0.0)


def ndcg(y: Any, s: Any, k: int, gain: Callable[[Any], Any] = lambda y: y) -> float:
    return float(metrics.ndcg_score([gain(y)], [s], k=k))


def average_precision(y: Any, s: Any) -> float:
    return float(metrics.average_precision_score(y > 0, s))


def hits(y: Any, s: Any) -> Any:
    """1 for a relevant row, in the order of the ranking."""
    return (y > 0)[np.argsort(-s)].astype(float)


def precision_up_to(y: Any, s: Any, k: int) -> float:
    found = hits(y, s)[:k]
    return float((found * found.cumsum() / np.arange(1, len(found) + 1)).sum() / min((y > 0).sum(), k))


def reciprocal(y: Any, s: Any) -> float:
    return float(1 / (1 + hits(y, s).argmax()))


def precision(y: Any, s: Any, k: int) -> float:
    return float(hits(y, s)[:k].sum() / k)


def recall(y: Any, s: Any, k: int) -> float:
    return float(hits(y, s)[:k].sum() / (y > 0).sum())


def hit(y: Any, s: Any, k: int) -> float:
    return float(hits(y, s)[:k].any())


@cache
def tied() -> pl.DataFrame:
    """Short queries, some of one row or without a relevant one, of which many rows share a score."""
    chance = np.random.default_rng(13)
    query = np.repeat(np.arange(120), chance.integers(1, 7, 120))
    relevance = np.maximum(chance.integers(-6, 5, len(query)), 0)
    score = np.round(0.2 * relevance + chance.normal(0, 0.6, len(query)))
    return pl.DataFrame({"q": query, "s": score, "y": relevance}).sample(fraction=1.0, shuffle=True, seed=3)


def gained(y: Any, s: Any, k: int) -> float:
    weights = 1 / np.log2(np.arange(2, min(k, len(y)) + 2))
    return float(y[np.argsort(-s)][:k] @ weights / (np.sort(y)[::-1][:k] @ weights))


def first(y: Any, s: Any, k: int) -> float:
    return reciprocal(y, s) if hit(y, s, k) else 0.0


def over_all_orders(kind: str, reference: Callable[..., float], k: int) -> Numbers:
    """The mean over every order of each query's rows in which no score rises."""
    found = []
    for part in tied().partition_by("q"):
        y, s = part["y"].to_numpy(), part["s"].to_numpy()
        if y.any() or kind == "precision_at_k":
            orders = (list(order) for order in permutations(range(len(y))))
            falling = [order for order in orders if (np.diff(s[order]) <= 0).all()]
            found.append(np.mean([reference(y[order], -np.arange(len(y)), k) for order in falling]))
    ours = measure(kind, Subject(roles=ROLES, task="ranking"), tied(), k=k)
    return Numbers(float(np.mean(found)), ours.value)


def tied_ndcg(k: int, gain: str = "linear") -> Numbers:
    """scikit-learn's, which wants two rows at least and has the mean over all orders of rows that tie."""
    found = []
    for part in tied().partition_by("q"):
        y, s = part["y"].to_numpy(), part["s"].to_numpy()
        if y.any():
            worth = 2.0**y - 1 if gain == "exponential" else y
            found.append(metrics.ndcg_score([[*worth, 0.0]], [[*s, -1e9]], k=k))
    return Numbers(
        float(np.mean(found)), measure("ndcg", Subject(roles=ROLES, task="ranking"), tied(), k=k, gain=gain).value
    )


BY_ORDER: tuple[tuple[str, Callable[..., float]], ...] = (
    ("ndcg", gained),
    ("map", precision_up_to),
    ("mrr", first),
    ("precision_at_k", precision),
    ("recall_at_k", recall),
    ("hit_rate", hit),
)
NDCG, NUMPY = "`sklearn.metrics.ndcg_score` of each query", "its formula over the ranking of each query, in NumPy"

COMPARISONS = (
    *(Comparison("ndcg", NDCG, f"{DATA}, k = {k}", partial(mean_of, "ndcg", partial(ndcg, k=k), k=k)) for k in (3, 10)),
    Comparison(
        "ndcg",
        NDCG,
        f"{DATA}, k = 10, gain: exponential",
        partial(mean_of, "ndcg", partial(ndcg, k=10, gain=lambda y: 2.0**y - 1), k=10, gain="exponential"),
    ),
    *(
        Comparison("ndcg", NDCG, f"{TIED}, k = {k}, gain: {gain}", partial(tied_ndcg, k, gain))
        for k in (1, 3, 10)
        for gain in ("linear", "exponential")
    ),
    Comparison(
        "map",
        "`sklearn.metrics.average_precision_score` of each query",
        f"{DATA}, whole rankings",
        partial(mean_of, "map", average_precision, k=DEEP),
    ),
    Comparison("map", NUMPY, f"{DATA}, k = 5", partial(mean_of, "map", partial(precision_up_to, k=5), k=5)),
    Comparison("mrr", NUMPY, f"{DATA}, whole rankings", partial(mean_of, "mrr", reciprocal, k=DEEP)),
    *(
        Comparison(kind, NUMPY, f"{DATA}, k = 5", partial(mean_of, kind, partial(function, k=5), k=5))
        for kind, function in (("precision_at_k", precision), ("recall_at_k", recall), ("hit_rate", hit))
    ),
    *(
        Comparison(
            kind,
            "the mean over all orders of rows that tie, in NumPy",
            f"{TIED}, k = {k}",
            partial(over_all_orders, kind, function, k),
        )
        for kind, function in BY_ORDER
        for k in (1, 3)
    ),
)
