"""Estimates without labels: losses learnt beside scikit-learn and NannyML's DLE, the others beside rows in NumPy."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.isotonic import IsotonicRegression

from driftline.checks.base import Column, ColumnType, Subject
from driftline.checks.learning import one_thread
from driftline.model import Value
from tests.reference.comparison import Comparison, Numbers, measure_each, wanted
from tests.reference.nannyml import DATA, DATA_SETS, binary, figures, of_chunk

Floats = NDArray[np.float64]
NUMBERS = ("car_age", "km_driven", "price_new", "accident_count", "door_count")
WORDS = ("fuel", "transmission")
ROWS = 20_000  # of the reference, so that the sample is all of it
LOSSES = ("mae", "rmse", "mape")
GAPS = ("accuracy", "precision", "recall", "f1", "specificity")


@cache
def cars() -> pl.DataFrame:
    """The features, the target and the prediction of cars, and the chunk of each."""
    parts = (pl.read_parquet(DATA / f"car_price_{name}.parquet") for name in ("features", "predictions"))
    return pl.concat(parts, how="horizontal")


def priced() -> Subject:
    """The model of the price of a car, and its features."""
    roles = {role: Column(role, ColumnType.NUMERIC) for role in ("target", "prediction")}
    columns = (
        *(Column(name, ColumnType.NUMERIC) for name in NUMBERS),
        *(Column(name, ColumnType.CATEGORICAL) for name in WORDS),
    )
    return Subject(roles=roles, task="regression", columns=columns, expected=(*NUMBERS, *WORDS))


@cache
def by_dle() -> list[dict[str, Any]]:
    """What NannyML's DLE estimates of each chunk."""
    found: list[dict[str, Any]] = json.loads((DATA / "dle.json").read_text("utf-8"))["car_price"]
    return found


@cache
def losses() -> list[dict[str, Value]]:
    """Our estimates of each chunk, learnt from the whole reference."""
    checks = [wanted(f"estimated_{kind}", priced(), sample=ROWS) for kind in LOSSES]
    chunks = (of_chunk(one, cars()).drop("target") for one in by_dle())
    ours = measure_each(checks, chunks, cars().filter(period="reference"))
    return [dict(zip(LOSSES, readings, strict=True)) for readings in ours]


def as_nannyml(kind: str) -> list[Numbers]:
    return [Numbers(one[kind], ours[kind].value) for one, ours in zip(by_dle(), losses(), strict=True)]


def matrix(rows: pl.DataFrame) -> Floats:
    places = [pl.col(name).cast(pl.Enum(cars()[name].unique().sort())).to_physical() for name in WORDS]
    return rows.select(*NUMBERS, *places, "prediction").cast(pl.Float64).to_numpy()


def learnt(kind: str) -> list[Numbers]:
    """The same boosting, fitted on the losses of the rows of the reference, and its mean over those of each chunk."""
    reference = cars().filter(period="reference")
    off, target = (reference["prediction"] - reference["target"]).to_numpy(), reference["target"].to_numpy()
    loss = {"mae": np.abs(off), "rmse": off.astype(float) ** 2, "mape": np.abs(off / target)}[kind]
    model = HistGradientBoostingRegressor(
        categorical_features=[len(NUMBERS), len(NUMBERS) + 1], early_stopping=False, random_state=0
    )
    with one_thread():
        model.fit(matrix(reference), loss)
        means = [float(np.maximum(model.predict(matrix(of_chunk(one, cars()))), 0).mean()) for one in by_dle()]
    expected = (mean**0.5 if kind == "rmse" else mean for mean in means)
    return [Numbers(mean, ours[kind].value) for mean, ours in zip(expected, losses(), strict=True)]


@cache
def calibrated(data: str) -> tuple[pl.DataFrame, Floats]:
    """All rows of a data set, and the probability of each by isotonic regression on the reference."""
    frame = pl.read_parquet(DATA / f"{data}.parquet")
    reference = frame.filter(period="reference")
    fitted = IsotonicRegression(out_of_bounds="clip").fit(reference["score"], reference["target"])
    return frame, fitted.predict(frame["score"])


def of_rows(kind: str, data: str) -> list[Numbers]:
    """The loss of each row, its outcome as likely as it is."""
    frame, chance = calibrated(data)
    score = frame["score"].to_numpy()
    clipped = np.clip(score, 2.0**-52, 1 - 2.0**-52)
    positive, negative = {
        "log_loss": (-np.log(clipped), -np.log1p(-clipped)),
        "brier_score": ((1 - score) ** 2, score**2),
    }[kind]
    loss = frame.select("period", "chunk", loss=pl.Series(chance * positive + (1 - chance) * negative))
    chunks = [of_chunk(one, frame).drop("target") for one in figures()[data]]
    ours = measure_each([wanted(f"estimated_{kind}", binary())], chunks, frame.filter(period="reference"))
    means = (float(of_chunk(one, loss)["loss"].mean()) for one in figures()[data])  # type: ignore[arg-type]
    return [Numbers(mean, one.value, one.bound or 0.0) for mean, (one,) in zip(means, ours, strict=True)]


def gap(of: str) -> list[Numbers]:
    """What NannyML estimates, less what scikit-learn says of the labels."""
    data = "small_calibrated"
    frame = pl.read_parquet(DATA / f"{data}.parquet")
    score = metrics.recall_score if of == "specificity" else getattr(metrics, f"{of}_score")
    options = {"pos_label": 0} if of == "specificity" else {}
    chunks = [of_chunk(one, frame) for one in figures()[data]]
    realized = (float(score(rows["target"], rows["prediction"], **options)) for rows in chunks)
    expected = [one[of] - found for one, found in zip(figures()[data], realized, strict=True)]
    ours = measure_each([wanted("estimation_gap", binary(), of=of)], chunks, frame.filter(period="reference"))
    return [Numbers(gap, one.value, one.bound or 0.0) for gap, (one,) in zip(expected, ours, strict=True)]


CARS = "car_price, 20 chunks of 2,000 rows"
OTHER_MODEL = "NannyML learns with LightGBM, which is not scikit-learn's histogram gradient boosting"
ORDER = "the sample holds rows in the order of their hashes, so that sums have other last bits"
IN_ROWS = "`sklearn.isotonic.IsotonicRegression`, and the loss of each row in NumPy"
COMPARISONS = (
    *(
        Comparison(f"estimated_{kind}", "NannyML 0.13.1, DLE", CARS, partial(as_nannyml, kind), allowed=allowed,
                   why=OTHER_MODEL)
        for kind, allowed in (("mae", 0.02), ("rmse", 0.01), ("mape", 0.01))
    ),
    *(
        Comparison(f"estimated_{kind}", "`sklearn.ensemble.HistGradientBoostingRegressor` over rows", CARS,
                   partial(learnt, kind), allowed=1e-9, why=ORDER)
        for kind in LOSSES
    ),
    *(
        Comparison(f"estimated_{kind}", IN_ROWS, DATA_SETS[data], partial(of_rows, kind, data))
        for kind in ("log_loss", "brier_score") for data in ("car_loan", "small_calibrated")
    ),
    *(
        Comparison("estimation_gap", "NannyML 0.13.1, CBPE, less scikit-learn", DATA_SETS["small_calibrated"],
                   partial(gap, of), quantity=f"value, {of}")
        for of in GAPS
    ),
)  # fmt: skip
