"""`driftline discover`: the part of the rows in which a metric moved, though nobody declared it as a segment."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.commands.project import FLIGHTS, Project, Ran

MONITORS = """
version: 1
sources:
  now: {path: now.parquet}
  then: {path: then.parquet}
models:
  shop:
    task: binary
    source: now
    roles: {prediction: said, target: was}
    features: [country, device, amount, "first order", email]
    columns: {email: {private: true}}
    segments: {known: {by: device}}
    baseline: then
monitors:
  right: {check: accuracy, threshold: {critical: {below: 0.5}}}
  drift: {check: psi, columns: [amount]}
  gaps: {check: missing_rate, columns: [amount, country], threshold: {critical: {above: 0.5}}}
  level: {check: max, columns: [amount], threshold: none}
  any: {check: breaching, params: {of: {monitor: [right]}}, threshold: {warning: {above: 0}}}
"""
ROWS = 8_000


def rows(seed: int, wrong: pl.Expr | None = None, count: int = ROWS) -> pl.DataFrame:
    """Orders of which the model is right in 85 %; of those that are `wrong` in 55 %."""
    chance = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "country": pl.Series(
                chance.choice(["O'Land", "NO", "SE", "DK", ""], count, p=[0.3, 0.3, 0.2, 0.15, 0.05])
            ).replace("", None),
            "device": chance.choice(["phone", "desktop"], count),
            "amount": np.round(chance.lognormal(3, 1, count), 2),
            "first order": chance.random(count) < 0.3,
            "email": [f"person{at % 7}@example.org" for at in range(count)],
            "was": chance.integers(0, 2, count),
            "luck": chance.random(count),
        }
    )
    bar = 0.85 if wrong is None else pl.when(wrong).then(0.55).otherwise(0.85)
    right = pl.col("luck") < bar
    said = pl.when(right).then("was").otherwise(1 - pl.col("was")).alias("said")
    return frame.with_columns(said).drop("luck")


def shop(project: Project, wrong: pl.Expr | None = None) -> Project:
    project.write(MONITORS)
    project.data("then.parquet", rows(1))
    project.data("now.parquet", rows(2, wrong))
    return project


def discover(project: Project, monitor: str, *arguments: str) -> Ran:
    return project.call("discover", monitor, str(project.folder / "monitors.yaml"), *arguments)


def document(project: Project, monitor: str = "right", *arguments: str) -> Any:
    done = discover(project, monitor, "--format", "json", *arguments)
    assert done.code == 0, done.stderr
    return done.document


def segments(found: Any) -> list[str]:
    return [one["segment"] for one in found["segments"]]


def share_right(frame: pl.DataFrame) -> float:
    return float((frame["said"] == frame["was"]).to_numpy().mean())


def test_where_nothing_moved_nothing_is_named(project: Project) -> None:
    done = discover(shop(project), "right")
    assert done.code == 0
    assert done.stdout == (
        "right/shop, all rows\n"
        "accuracy 85.4% -> 84.6% (-0.80 pp), 8,000 rows against then (8,000 rows)\n"
        "looked at 14 parts by one column and 64 by two, of at least 100 rows each, at alpha 0.01\n"
        "\n"
        "nothing stands out: no part of the rows changed otherwise than the rest\n"
        "\n"
        "not searched: email, it is private: its values are not shown\n"
    )
    assert discover(project, "right", "--format", "yaml").stdout == (
        "# driftline discover: nothing stands out in right\n"
    )


def test_a_value_of_a_column_in_which_the_metric_fell_is_found(project: Project) -> None:
    found = document(shop(project, pl.col("country") == "O'Land"))
    assert segments(found) == ["country = O'Land"]
    assert [one["where"] for one in found["segments"]] == ["country = 'O''Land'"]


def test_a_pair_of_conditions_in_which_the_metric_fell_is_found_and_explains_its_parents(project: Project) -> None:
    found = document(shop(project, (pl.col("country") == "SE") & (pl.col("device") == "phone")))
    assert segments(found) == ["country = SE and device = phone"]
    assert {"segment": "country = SE", "by": "country = SE and device = phone"} in found["explained"]


def test_a_pair_is_not_looked_at_at_depth_one(project: Project) -> None:
    found = document(
        shop(project, (pl.col("country") == "SE") & (pl.col("device") == "phone")), "right", "--depth", "1"
    )
    assert found["looked_at"] == {"1": 14}
    assert "country = SE" in segments(found)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (pl.col("country").is_null(), "country IS NULL"),
        (pl.col("first order"), '"first order" = true'),
        (pl.col("amount") >= 50, "amount >= "),
    ],
    ids=["missing values", "a flag", "a range of numbers"],
)
def test_missing_values_flags_and_ranges_are_parts_too(project: Project, wrong: pl.Expr, where: str) -> None:
    found = document(shop(project, wrong))["segments"]
    assert [one["where"][: len(where)] for one in found] == [where]


def test_numbers_are_those_of_the_rows_that_the_condition_selects(project: Project) -> None:
    found = document(shop(project, (pl.col("amount") >= 50) & (pl.col("device") == "phone")))["segments"][0]
    now, then = (pl.read_parquet(project.folder / f"{name}.parquet") for name in ("now", "then"))
    condition = pl.sql_expr(found["where"])
    there, before = now.filter(condition), then.filter(condition)
    assert (found["rows"], found["baseline_rows"]) == (there.height, before.height)
    assert found["value"] == pytest.approx(share_right(there), abs=1e-12)
    assert found["baseline_value"] == pytest.approx(share_right(before), abs=1e-12)
    elsewhere = share_right(now.filter(~condition)) - share_right(then.filter(~condition))
    assert found["elsewhere"] == pytest.approx(elsewhere, abs=1e-12)
    assert found["contribution"] == pytest.approx(there.height / now.height * found["change"], abs=1e-12)


def test_what_is_printed_to_paste_validates_and_slices_the_same_rows(project: Project) -> None:
    shop(project, (pl.col("country") == "O'Land") & (pl.col("amount") >= 50))
    found = document(project)["segments"][0]
    block = discover(project, "right", "--format", "yaml").stdout
    name = block.splitlines()[2].split(":")[0].strip().strip('"')
    inside = "\n".join(f"    {line}" for line in block.splitlines()[2:])
    pasted = MONITORS.replace("    segments: {known: {by: device}}", f"    segments:\n{inside}")
    pasted = pasted.replace("check: accuracy,", f"check: accuracy, segments: ['{name}'],")
    project.write(pasted)
    assert project.call("validate", str(project.folder / "monitors.yaml")).code == 0
    (row,) = project.run("--dry-run", "--monitor", "right").results
    assert (row["value"], row["labelled_rows"]) == (found["value"], found["rows"])


def test_a_pasted_segment_of_a_column_x_below_0_is_no_key_that_is_passed_over(project: Project) -> None:
    project.write(MONITORS.replace("amount", "x"))
    below = (pl.col("amount").log() - 3).alias("x")
    project.data("then.parquet", rows(1).with_columns(below))
    project.data("now.parquet", rows(2, pl.col("amount") < 8).with_columns(below))
    printed = project.call("discover", "right", str(project.folder / "monitors.yaml"), "--format", "yaml").stdout
    name = printed.splitlines()[2].split(":")[0].strip()
    assert name.startswith("column-x-below-minus-0.")
    block = "".join(f"    {line}\n" for line in printed.splitlines()[1:])
    text = MONITORS.replace("amount", "x").replace("    segments: {known: {by: device}}\n", block)
    project.write(text.replace("{check: accuracy,", f"{{check: accuracy, segments: [{name}],"))
    assert project.run("--dry-run").one("right")["segment"] is not None


def test_without_a_baseline_parts_stand_beside_each_other(project: Project) -> None:
    shop(project, pl.col("country") == "NO")
    project.write(
        MONITORS.replace("    baseline: then\n", "").replace("  drift: {check: psi, columns: [amount]}\n", "")
    )
    found = document(project)
    assert found["baseline"] is None
    assert segments(found) == ["country = NO"]
    done = discover(project, "right")
    assert "there is no baseline, so each part stands beside the others" in done.stdout


def test_shares_of_rows_are_searched_as_well(project: Project) -> None:
    shop(project)
    gone = pl.when(pl.col("device") == "phone").then(None).otherwise("amount").alias("amount")
    project.data("now.parquet", rows(2).with_columns(gone))
    assert segments(document(project, "gaps/shop/amount", "--columns", "country,device")) == ["device = phone"]


def test_private_columns_are_not_searched_and_no_value_of_theirs_is_shown(project: Project) -> None:
    shop(project, pl.col("email") == "person3@example.org")
    for form in ("text", "json", "yaml"):
        done = discover(project, "right", "--format", form, "--columns", "email,country")
        assert done.code == 0
        assert "person" not in done.said
    done = discover(project, "right", "--columns", "email")
    assert done.code == 2
    assert "no column can be searched: email: it is private: its values are not shown" in done.stderr


WRONG_CALLS = [
    (["rigth"], "there is no monitor rigth; did you mean right?"),
    (["drift"], "drift cannot be searched: psi is a distance between two sets of rows, not a metric of rows"),
    (["level"], "level cannot be searched: max has no standard error"),
    (["any"], "any cannot be searched: it looks at verdicts of other monitors"),
    (["gaps"], "gaps has 2 series, choose one of: gaps/shop/amount, gaps/shop/country"),
    (["right", "--columns", "contry"], "--columns contry: source now has no column contry; did you mean country?"),
    (["right", "--columns", "z*"], "--columns z*: it fits no column of source now"),
    (["right", "--alpha", "80"], "80 is no share between 0 and 1; write 1% or 0.01"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG_CALLS)
def test_a_call_that_cannot_be_answered_says_what_to_write(project: Project, arguments: list[str], said: str) -> None:
    done = discover(shop(project), *arguments)
    assert done.code == 2
    assert said in done.stderr


def test_a_window_without_labels_is_said_to_have_none(project: Project) -> None:
    shop(project)
    project.data("now.parquet", rows(2).with_columns(was=pl.lit(None, pl.Int64)))
    done = discover(project, "right")
    assert done.code == 2
    assert "right/shop, all rows: nothing to search, none of 8000 rows" in done.stderr


def test_a_source_that_cannot_be_read_is_a_failure_of_the_source(project: Project) -> None:
    shop(project)
    (project.folder / "now.parquet").write_bytes(b"no parquet")
    done = discover(project, "right")
    assert done.code in (2, 3)
    assert "now" in done.stderr


@pytest.mark.parametrize("large", [200_000, 1_000], ids=["scores as run keeps them", "coarser scores of large sources"])
def test_on_the_flights_the_fall_of_july_has_its_places(
    project: Project, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr("driftline.execute.resolution.LARGE", large)
    example = (FLIGHTS.parents[2] / "monitors.example.yaml").read_text("utf-8")
    project.write(example.replace("tests/data/flights", str(FLIGHTS)))
    found = document(project, "auc", "--at", "2013-08-01", "--columns", "seats,carrier,humid")
    assert found["value"] == pytest.approx(0.6417, abs=0.0003)
    assert segments(found)[:2] == ["178 <= seats < 200", "humid < 40.8"]
    assert all(one["change"] < one["elsewhere"] for one in found["segments"])
