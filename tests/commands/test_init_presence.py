"""`driftline init` with labels that say it by being there, with one label value, and with names in another form."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project
from tests.commands.test_init_guesses import initialised, judged

DAYS, PER_DAY = 40, 300


def payments(seed: int, days: int = DAYS) -> pl.DataFrame:
    """Payments with their score and their truth, and when a chargeback would come."""
    rng, count = np.random.default_rng(seed), days * PER_DAY
    chance = rng.beta(1, 20, count)
    step = timedelta(days=1) / PER_DAY
    return pl.DataFrame(
        {
            "tx_id": [f"T{seed}-{each}" for each in range(count)],
            "paid_at": [datetime(2026, 3, 1) + step * each for each in range(count)],
            "amount": rng.gamma(2, 40, count).round(2),
            "tx_24h": rng.poisson(1.6, count),
            "p_fraud": chance,
            "is_fraud": (rng.random(count) < chance).astype(np.int8),
            "wait": rng.uniform(1, 9, count),
        }
    )


@pytest.fixture
def shop(project: Project) -> Project:
    frame = payments(1)
    project.data("payments.parquet", frame.drop("is_fraud", "wait"))
    project.data("training.parquet", payments(2).drop("wait", "paid_at"))
    late = pl.col("paid_at") + pl.duration(seconds=(pl.col("wait") * 86400).cast(pl.Int64))
    happened = frame.filter(pl.col("is_fraud") == 1).with_columns(reported_at=late)
    project.data("chargebacks.parquet", happened.select("tx_id", "reported_at"))
    project.data("labelled.parquet", happened.select("tx_id", "reported_at", "is_fraud"))
    return project


def test_chargebacks_of_ids_and_times_mean_the_truth_of_the_baseline(shop: Project) -> None:
    text = initialised(shop, "payments.parquet", "--labels", "chargebacks.parquet", "--baseline", "training.parquet")
    assert "target: is_fraud" in text
    assert "present: 1" in text
    assert "chargebacks has no column is_fraud, so a row of it means 1; training has 0 and 1" in text
    assert "absent: 0" in text
    assert "delay: 10d" in text
    assert "max_delay" not in text
    assert "label_coverage" not in text
    assert {each["status"] for each in judged(shop).of("performance.log_loss")} == {"ok"}


def test_without_a_baseline_the_target_is_called_after_the_score(shop: Project) -> None:
    text = initialised(shop, "payments.parquet", "--labels", "chargebacks.parquet")
    assert "target: fraud" in text
    assert "chargebacks holds only ids and times" in text
    judged(shop)


def test_labels_of_one_value_leave_the_other_to_rows_without_one(shop: Project) -> None:
    text = initialised(shop, "payments.parquet", "--labels", "labelled.parquet", "--baseline", "training.parquet")
    assert "absent: 0" in text
    assert "1 is all that labelled says, and training has both" in text
    assert "present:" not in text
    assert {each["status"] for each in judged(shop).of("performance.log_loss")} == {"ok"}


def test_labels_of_both_values_say_all_themselves(shop: Project) -> None:
    frame = payments(1).select("tx_id", "is_fraud", reported_at=pl.col("paid_at") + timedelta(days=2))
    shop.data("both.parquet", frame)
    text = initialised(shop, "payments.parquet", "--labels", "both.parquet", "--baseline", "training.parquet")
    assert "absent:" not in text
    assert "present:" not in text


def test_what_a_person_names_may_be_a_column_of_the_baseline(shop: Project) -> None:
    given = ("payments.parquet", "--labels", "chargebacks.parquet", "--baseline", "training.parquet")
    assert "present: 1" in initialised(shop, *given, "--target", "is_fraud")
    assert shop.process("init", *given, "--force", "--target", "no_such").code == 2


@pytest.mark.parametrize("score", ["p_ordered", "p_order"])
def test_a_flag_that_is_called_like_the_score_is_the_target(project: Project, score: str) -> None:
    frame = payments(1).select(
        "tx_id",
        "paid_at",
        "amount",
        pl.col("p_fraud").alias(score),
        pl.col("is_fraud").cast(pl.Boolean).alias("ordered"),
    )
    project.data("visits.parquet", frame)
    text = initialised(project, "visits.parquet")
    assert "target: ordered" in text
    assert f"score: {score}" in text


def test_what_was_counted_is_no_code(shop: Project) -> None:
    text = initialised(shop, "payments.parquet", "--baseline", "training.parquet")
    line = next(line for line in text.splitlines() if line.strip().startswith("tx_24h:"))
    assert "categorical" not in line
    assert "min: 0" in line
