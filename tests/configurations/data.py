"""Data for the configurations of this folder, each with something wrong in it that the configuration should find.

`python -m tests.configurations.data fraud` writes tests/configurations/fraud/data, to try the file by hand.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

HERE = Path(__file__).parent
Columns = dict[str, Any]


def times(start: datetime, days: int, per_day: int) -> pl.Series:
    """Instants spread evenly over days."""
    step = timedelta(days=1) / per_day
    return pl.Series([start + step * at for at in range(days * per_day)], dtype=pl.Datetime("us"))


def days_of(days: int, per_day: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The number of the day of each row."""
    return np.repeat(np.arange(days), per_day)


def smallest(folder: Path) -> None:
    """Tenure of today is far from that of the training data."""
    chance = np.random.default_rng(1)
    for number in range(2):
        frame = pl.DataFrame({"tenure": chance.normal(40, 8, 400), "plan": chance.choice(["a", "b"], 400)})
        put(frame, folder / f"today/{number}.parquet")
    put(
        pl.DataFrame({"tenure": chance.normal(24, 8, 2000), "plan": chance.choice(["a", "b"], 2000)}),
        folder / "training.parquet",
    )


def fraud(folder: Path) -> None:
    """From June 20 on a fraud ring pays small amounts, which the model does not catch."""
    chance = np.random.default_rng(2)
    start, days, per_day = datetime(2026, 5, 1), 60, 200

    def payments(count: int, new_ring: Any) -> Columns:
        is_fraud = chance.random(count) < 0.08
        hidden = is_fraud & new_ring
        p = np.clip(
            np.where(is_fraud & ~hidden, chance.normal(0.75, 0.15, count), chance.normal(0.2, 0.12, count)), 0, 1
        )
        return {
            "amount": np.where(hidden, chance.normal(20, 3, count), chance.lognormal(4, 1, count)).clip(0.5, 40_000),
            "amount_24h": chance.lognormal(4.5, 1, count),
            "country": chance.choice(["NO", "SE", "DK", "DE"], count, p=[0.5, 0.25, 0.15, 0.1]),
            "mcc": chance.choice([5411, 5812, 4111], count),
            "card": [f"c{int(each)}" for each in chance.integers(0, 500, count)],
            "p_fraud": p,
            "declined": (p > 0.5).astype(np.int8),
            "fraud": is_fraud.astype(np.int8),
        }

    count = days * per_day
    whole = pl.DataFrame(
        {
            "payment_id": np.arange(count),
            "paid_at": times(start, days, per_day),
            **payments(count, days_of(days, per_day) >= 50),
        }
    )
    put(whole.drop("fraud").head(count // 2), folder / "payments/a.parquet")
    put(whole.drop("fraud").tail(count - count // 2), folder / "payments/b.parquet")
    filed = whole.filter(pl.col("fraud") == 1).select(
        "payment_id", (pl.col("paid_at") + timedelta(days=12)).alias("filed_at"), "fraud"
    )
    put(filed, folder / "chargebacks.csv")
    put(pl.DataFrame(payments(6000, np.zeros(6000, bool))), folder / "training.parquet")


def stores(folder: Path) -> None:
    """On July 4, 160 of 2,000 stores sell next to nothing, and one flagship sells half."""
    chance = np.random.default_rng(3)
    ids = [f"s{number:04}" for number in range(2000)]

    def day(number: int) -> pl.DataFrame:
        rows = dict.fromkeys(ids, 6) | {"s0001": 30, "s0002": 30}
        if number == 3:
            rows |= dict.fromkeys(ids[500:660], 1) | {"s0002": 15}
        store = [each for each, count in rows.items() for _ in range(count)]
        return sold(store, datetime(2026, 7, 1) + timedelta(days=number))

    def sold(store: list[str], at: datetime | None) -> pl.DataFrame:
        count = len(store)
        forecast = chance.gamma(4, 5, count)
        columns: Columns = {
            "store": store,
            "region": [("north", "south", "west")[int(each[1:]) % 3] for each in store],
            "price": chance.normal(20, 4, count),
            "promotion": chance.integers(0, 2, count),
            "stock": chance.integers(0, 90, count),
            "units_forecast": forecast,
            "units_sold": forecast + chance.normal(0, 3, count),
        }
        return pl.DataFrame({"day": [at] * count, **columns} if at is not None else columns)

    for number in range(5):
        put(day(number), folder / f"forecasts/{number}.parquet")
    put(sold([each for each in ids for _ in range(6)], None), folder / "history.parquet")


def fleet(folder: Path) -> None:
    """Model m12 gets other inputs from the last day on."""
    chance = np.random.default_rng(4)
    for group in range(6):
        count = 40 * 1500
        day = days_of(40, 1500)
        part = np.tile(np.arange(10), count // 10)
        moved = np.where((part == 2) & (group == 1) & (day >= 39), 2.0, 0.0)
        p = chance.random(count)
        frame = pl.DataFrame(
            {
                "at": times(datetime(2026, 6, 1), 40, 1500),
                "part": part,
                "x1": chance.normal(0, 1, count) + moved,
                "x2": p + chance.normal(0, 0.1, count),
                "x3": chance.choice(["u", "v", "w"], count),
                "p": p,
                "yhat": (p > 0.5).astype(np.int8),
                "y": (chance.random(count) < p).astype(np.int8),
            }
        )
        put(frame, folder / f"s{group}.parquet")


def multiclass(folder: Path) -> None:
    """In the second week billing tickets are taken for technical ones, and a fourth language appears."""
    chance = np.random.default_rng(5)
    queues = np.array(["billing", "technical", "account"])

    def tickets(count: int, confused: Any) -> Columns:
        true = chance.choice(3, count, p=[0.45, 0.45, 0.1])
        seen = np.where(confused & (true == 0) & (chance.random(count) < 0.8), 1, true)
        scores = chance.dirichlet([1, 1, 1], count) * 0.4
        scores[np.arange(count), seen] += 0.6
        languages = np.where(confused & (chance.random(count) < 0.05), "da", chance.choice(["en", "no", "sv"], count))
        return {
            "language": languages,
            "length": chance.gamma(3, 40, count),
            "p_billing": scores[:, 0],
            "p_technical": scores[:, 1],
            "p_account": scores[:, 2],
            "queue": queues[scores.argmax(axis=1)],
            "true_queue": queues[true],
        }

    count = 14 * 300
    opened = times(datetime(2026, 6, 1), 14, 300).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    frame = pl.DataFrame({"ticket": np.arange(count), "opened_at": opened, **tickets(count, days_of(14, 300) >= 7)})
    put(frame, folder / "tickets.ndjson")
    put(pl.DataFrame(tickets(4000, np.zeros(4000, bool))), folder / "training.ndjson")


def operations(folder: Path) -> None:
    """From 10:00 on version 2 is slow and fails for every eighth request."""
    chance = np.random.default_rng(6)
    per_day = 24 * 4 * 400
    at = times(datetime(2026, 6, 1), 1, per_day)
    late = (at >= datetime(2026, 6, 1, 10)).to_numpy()
    second = late & (chance.random(per_day) < 0.5)
    frame = pl.DataFrame(
        {
            "at": at.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ms": np.where(second, chance.gamma(9, 60, per_day), chance.gamma(9, 9, per_day)),
            "failed": (chance.random(per_day) < np.where(second, 0.125, 0.002)).astype(np.int8),
            "model_version": np.where(second, "2", "1"),
            "items": chance.integers(1, 50, per_day),
        }
    )
    put(frame.filter(pl.col("at") < "2026-06-01T12"), folder / "requests.csv")


def kpis(folder: Path) -> None:
    """On Thursday, April 16, costs are double and every fifth order is returned."""
    chance = np.random.default_rng(7)
    days, per_day = 50, 300
    day = days_of(days, per_day)
    bad = day == 46
    revenue = chance.lognormal(4, 0.5, days * per_day)
    frame = pl.DataFrame(
        {
            "ordered_at": times(datetime(2026, 3, 1, 5), days, per_day),
            "customer": chance.integers(0, 5000, days * per_day),
            "revenue": revenue,
            "cost": revenue * np.where(bad, 1.2, 0.6) * chance.uniform(0.9, 1.1, days * per_day),
            "status": np.where(chance.random(days * per_day) < np.where(bad, 0.2, 0.02), "returned", "paid"),
        }
    )
    put(frame, folder / "orders.parquet")


def retraining(folder: Path) -> None:
    """From the tenth day on larger houses are quoted, at prices that no longer hold."""
    chance = np.random.default_rng(8)

    def quotes(count: int, new: Any) -> Columns:
        area = chance.normal(100, 20, count) + np.where(new, 60.0, 0.0)
        price = 3000 * area
        return {
            "area": area,
            "rooms": np.clip(np.round(area / 30), 1, 9),
            "year": chance.integers(1950, 2020, count),
            "price": price,
            "sold_for": price * np.where(new, 0.8, 1.0) + chance.normal(0, 20_000, count),
        }

    count = 20 * 150
    frame = pl.DataFrame({"quoted_at": times(datetime(2026, 6, 1), 20, 150), **quotes(count, days_of(20, 150) >= 9)})
    put(frame, folder / "quotes.parquet")
    put(pl.DataFrame(quotes(3000, np.zeros(3000, bool))), folder / "training.parquet")


def monorepo(folder: Path) -> None:
    """On the last day most rows come from one region, and incomes have fallen."""
    chance = np.random.default_rng(9)

    def rows(count: int, late: Any) -> Columns:
        return {
            "income": chance.lognormal(10, 0.4, count) * np.where(late, 0.6, 1.0),
            "clicks": chance.poisson(4, count),
            "region": np.where(
                late & (chance.random(count) < 0.5), "oslo", chance.choice(["oslo", "bergen", "bodø"], count)
            ),
        }

    frame = pl.DataFrame({"at": times(datetime(2026, 6, 1), 8, 240), **rows(8 * 240, days_of(8, 240) >= 7)})
    put(frame, folder / "scored.parquet")
    put(pl.DataFrame(rows(3000, np.zeros(3000, bool))), folder / "training.parquet")


def incidents(folder: Path) -> None:
    """A strike on Monday, May 11; a double delivery on the 18th; on the 25th the new terminal draws Bergen's trips."""
    chance = np.random.default_rng(10)
    frames = []
    for day in range(33):
        at = datetime(2026, 4, 27) + timedelta(days=day) - timedelta(hours=2)  # midnight in Oslo
        count = {14: 60, 21: 500, 28: 360}.get(day, 300)
        frame = pl.DataFrame(
            {
                "started_at": [at + timedelta(days=1) / count * number for number in range(count)],
                "distance": chance.gamma(3, 3, count),
                "hour": np.arange(count) * 24 // count,
                "city": chance.choice(["oslo", "bergen"], count, p=[0.9, 0.1] if day == 28 else [0.6, 0.4]),
                "eta_min": chance.gamma(6, 3, count),
            }
        )
        frames.append(frame.with_columns(took_min=pl.col("eta_min") + pl.Series(chance.normal(0, 2, count))))
    put(pl.concat(frames), folder / "trips.parquet")


MAKERS: Mapping[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (
        smallest, fraud, stores, fleet, multiclass, operations, kpis, retraining, monorepo, incidents,
    )
}  # fmt: skip


def put(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as its file's ending says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_ndjson(path)


def copied(name: str, folder: Path) -> Path:
    """A configuration with its data in a folder of its own; the path of its root file."""
    target = folder / name
    shutil.copytree(HERE / name, target, ignore=shutil.ignore_patterns("data", ".driftline"))
    MAKERS[name](target / "data")
    return target / "monitors.yaml"


if __name__ == "__main__":
    for chosen in sys.argv[1:] or MAKERS:
        MAKERS[chosen](HERE / chosen / "data")
