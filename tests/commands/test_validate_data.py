"""`validate --data`: what the sources have not is found at its line, before a run finds it."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import FLIGHTS, ROOT, Project, Ran, Row

MONITORS = """
monitors:
  drift: {check: ks, columns: features, segments: [overall, colour, tall], threshold: {critical: {above: 0.2}}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """A project whose configuration fits its data."""
    project.data("scored.parquet", rows.scored(3))
    project.data("training.parquet", rows.training())
    project.data("labels.parquet", rows.labels(rows.scored(3)))
    project.write(rows.MODEL, MONITORS)
    return project


def check(project: Project, *options: str) -> Ran:
    return project.call("validate", str(project.folder / "monitors.yaml"), "--data", "--format", "json", *options)


def of_data(project: Project, *options: str) -> list[Row]:
    """The findings that a look at the data gives."""
    return [each for each in check(project, *options).document["diagnostics"] if each["code"].startswith("DL10")]


def found(project: Project, *options: str) -> list[tuple[str, int, str, str | None]]:
    """Code, line, message and hint of every such finding."""
    return [(each["code"], each["place"]["line"], each["message"], each["hint"]) for each in of_data(project, *options)]


def underlined(project: Project) -> list[str]:
    """The words of the file that these findings point at."""
    lines = (project.folder / "monitors.yaml").read_text("utf-8").splitlines()
    places = [each["place"] for each in of_data(project)]
    return [lines[place["line"] - 1][place["column"] - 1 : place["end_column"] - 1] for place in places]


def test_a_configuration_that_fits_its_data_has_no_finding(shop: Project) -> None:
    done = shop.call("validate", str(shop.folder / "monitors.yaml"), "--data")
    assert (done.code, done.stdout.rpartition("/")[2]) == (0, "monitors.yaml: no errors\n")


def test_the_example_on_the_flights_fits_its_data(project: Project) -> None:
    assert project.call("validate", str(ROOT / "monitors.example.yaml"), "--data").code == 0


def test_without_the_option_no_source_is_opened(shop: Project) -> None:
    (shop.folder / "scored.parquet").write_bytes(b"junk")
    assert shop.call("validate", str(shop.folder / "monitors.yaml")).code == 0
    assert shop.call("validate", str(shop.folder / "monitors.yaml"), "--data").code == 2


def test_columns_that_are_not_there_are_found_wherever_they_are_named(shop: Project) -> None:
    shop.write("""
        version: 1
        sources:
          scored: {path: scored.parquet, timestamp: tz, arrival: came, where: "idd > 3"}
          training: {path: training.parquet}
          labels: {path: labels.parquet, timestamp: known}
        models:
          m:
            task: binary
            source: scored
            roles: {id: id, score: pp, prediction: yhatt, target: yy}
            labels: {source: labels, key: ID}
            features: {include: [x, zz], exclude: [cc]}
            groups: {core: [x, xx]}
            columns: {w1: {type: numeric}, x: {valid: {where: "x1 > 3"}}}
            segments: {colour: {by: colour}, tall: {where: "x > 1 AND height > 2"}}
            baseline: training
        metrics:
          ratio: {model: m, sql: "SUM(x) / SUM(total)"}
        monitors:
          ratio: {metric: ratio, segments: [colour, tall], threshold: {critical: {above: 1}}}
          mean: {check: mean, columns: [x, z9], threshold: {critical: {above: 1}}}
          other: {check: mean, columns: [core, z9], threshold: {critical: {above: 1}}}
    """)
    words = ["tz", "came", "idd", "known", "pp", "yhatt", "yy", "ID", "zz", "cc", "xx", "w1", "x1"]
    assert underlined(shop) == [*words, "colour", "height", "total", "z9", "z9"]
    assert {code for code, *_ in found(shop)} == {"DL101"}
    hints = {message.split("`")[1]: hint for _, _, message, hint in found(shop)}
    assert (hints["pp"], hints["ID"], hints["zz"]) == ("did you mean `p`?", "did you mean `id`?", "did you mean `z`?")
    summary = check(shop).document["summary"]
    assert summary == {"errors": 17, "warnings": 1}  # to exclude what is not there does no harm


@pytest.mark.parametrize(
    ("old", "new", "code", "word", "said"),
    [
        ("timestamp: ts", "timestamp: z", "DL102", "z", "`z` is Float64 in the source `scored`, not a time"),
        (
            "timestamp: ts",
            "timestamp: ts, arrival: z",
            "DL102",
            "z",
            "`z` is Float64 in the source `scored`, not a time",
        ),
        ("score: p", "score: c", "DL102", "c", "the score `c` is String in the source `scored`, not a number"),
        ("id: id", "id: id, latency: c", "DL102", "c", "the latency `c` is String in the source `scored`"),
        (
            "baseline: training",
            "baseline: training\n    columns: {c: {valid: {min: 3}}}",
            "DL102",
            "3",
            "`min` is for numbers, and `c` is String in the source `scored`",
        ),
        (
            "baseline: training",
            "baseline: training\n    columns: {c: {type: numeric}}",
            "DL102",
            "numeric",
            "`c` is String in the source `scored`",
        ),
        ("columns: features", "columns: [x, c]", "DL102", "c", "ks cannot measure c, a categorical column"),
        ("x > 1", "c > 1", "DL106", '"c > 1"', "cannot compare string with numeric type"),
        ("x > 1", "x + 1", "DL106", '"x + 1"', "it is Float64, which is neither true nor false"),
        ("features: [x, z, c]", "features: [x, 'z*', 'q*']", "DL105", "'q*'", "`q*` fits no column"),
    ],
)
def test_columns_of_a_wrong_type_and_conditions_that_are_none_are_found(
    shop: Project, old: str, new: str, code: str, word: str, said: str
) -> None:
    path = shop.folder / "monitors.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    findings = found(shop)
    assert [each[0] for each in findings] == [code]
    assert said in findings[0][2]
    assert word in underlined(shop)


def test_a_baseline_that_lacks_columns_says_all_of_them_once(shop: Project) -> None:
    shop.data("training.parquet", rows.training().select("id", "p", "yhat", pl.col("c").alias("C")))
    shop.write(rows.MODEL, MONITORS + "  moved: {check: wasserstein, columns: [x], threshold: {critical: {above: 9}}}")
    assert found(shop) == [("DL104", 13, "the baseline `training` lacks 2 columns that are compared: `x`, `z`", None)]


def test_more_errors_than_anyone_reads_are_cut_off(shop: Project) -> None:
    monitors = (f"  m{n}: {{check: mean, columns: [c], threshold: none}}" for n in range(1_100))
    shop.write(rows.MODEL, MONITORS + "\n".join(monitors))
    assert len(found(shop)) == 1_000
    assert "more than 1,000 errors" in check(shop).stdout


def test_a_label_key_of_another_type_than_the_id_is_found(shop: Project) -> None:
    labels = rows.labels(rows.scored(3))
    shop.data("labels.parquet", labels.with_columns(pl.format("A-{}", "id").alias("id")))
    labelled = rows.MODEL.replace("features:", "labels: {source: labels}\n    features:")
    shop.write(labelled.replace("models:", "  labels: {path: labels.parquet, timestamp: known_at}\nmodels:"), MONITORS)
    code, _, message, _ = found(shop)[0]
    assert code == "DL103"
    assert "the labels' key `id` is String, and the id `id` of the source `scored` is Int64" in message


@pytest.mark.parametrize(
    ("source", "word", "said"),
    [
        ("{path: gone.parquet, timestamp: ts}", "gone.parquet", "the file gone.parquet does not exist"),
        ("{path: day-*.csv, timestamp: ts}", "day-*.csv", "no file matches day-*.csv"),
        ("{path: junk.parquet, timestamp: ts}", "junk.parquet", "is not a whole Parquet file"),
        ("{path: empty.csv, timestamp: ts}", "empty.csv", "it has not even a header"),
        ("{path: broken.jsonl, timestamp: ts}", "broken.jsonl", "has a broken line, 2: it is not JSON"),
        ("{path: ., type: delta, timestamp: ts}", ".", ". is no Delta table"),
        (
            "{url: 'sqlite:///shop.db', query: SELECT 1, timestamp: ts}",
            "'sqlite:///shop.db'",
            "its database file does not exist",
        ),
        (
            "{path: 's3://b/x.pq', timestamp: ts, storage: {max_retries: no}}",
            "'s3://b/x.pq'",
            "a whole number",
        ),
    ],
)
def test_a_source_that_cannot_be_opened_is_one_finding_at_its_path(
    shop: Project, source: str, word: str, said: str
) -> None:
    (shop.folder / "junk.parquet").write_bytes(b"junk" * 9)
    (shop.folder / "empty.csv").touch()
    (shop.folder / "broken.jsonl").write_text('{"ts": 1}\n{"ts"\n')
    shop.write(rows.MODEL.replace("{path: scored.parquet, timestamp: ts}", source), MONITORS)
    (code, _, message, _), *others = found(shop)
    assert (code, others) == ("DL100", [])
    assert message.startswith("the source `scored` ")
    assert said in message
    assert underlined(shop) == [word]


def test_a_preset_and_a_monitor_that_measure_nothing_are_warned_of(shop: Project) -> None:
    shop.write(rows.MODEL, "monitors:\n  mean: {check: mean, columns: ['c*'], threshold: {critical: {above: 1}}}\n")
    done = check(shop)
    assert done.code == 0
    assert found(shop)[0][:3] == (
        "DL107",
        15,
        "the monitor `mean` measures nothing of `m`: it has no column that the check can measure",
    )


def test_a_check_between_groups_without_columns_is_told_to_say_which(shop: Project) -> None:
    shop.write(rows.MODEL, "monitors:\n  fair: {check: disparate_impact}\n")
    done = shop.call("validate", str(shop.folder / "monitors.yaml"), "--data")
    assert "the monitor `fair` measures nothing of `m`: it has no column that the check can measure" in done.said
    assert "help: say which columns: `columns: …`" in done.said


def test_columns_named_for_a_preset_are_measured_by_the_members_that_can(shop: Project) -> None:
    shop.write(rows.MODEL, "monitors:\n  quality: {preset: quality, columns: [x, c]}\n")
    assert found(shop) == []
    planned = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", rows.day(2)).stdout
    assert "FAILS" not in planned
    assert "unseen_rate/m: x: unseen_rate cannot measure numeric columns" in planned


def test_each_environment_is_held_against_its_own_data(shop: Project) -> None:
    other = "environments:\n  dev: {}\n  prod: {sources: {scored: {path: prod.parquet}}}\n"
    shop.write(rows.MODEL, MONITORS, other)
    assert found(shop, "--env", "dev") == []
    assert [(code, line) for code, line, *_ in found(shop, "--env", "prod")] == [("DL100", 18)]
    assert len(found(shop)) == 1


def test_a_source_whose_address_the_environment_lacks_is_a_warning(shop: Project) -> None:
    shop.write(rows.MODEL.replace("path: scored.parquet", "path: '${SCORED}', type: parquet"), MONITORS)
    done = check(shop, "--allow-missing-env")
    assert done.code == 0
    assert [(each["code"], each["severity"]) for each in of_data(shop, "--allow-missing-env")] == [("DL100", "warning")]


def test_a_name_from_the_environment_is_in_no_message(shop: Project) -> None:
    shop.write(
        rows.MODEL.replace("timestamp: ts", "timestamp: '${HUSH}'").replace("score: p", "score: '${HUSH}'"),
        MONITORS.replace("columns: features", "columns: ['${HUSH}']"),
    )
    for form in ("text", "json", "github", "sarif", "junit"):
        done = shop.call(
            "validate", str(shop.folder / "monitors.yaml"), "--data", "--format", form, env={"HUSH": "hush_hush"}
        )
        assert done.code == 2
        assert "hush_hush" not in done.said


def test_the_same_look_is_taken_from_python(shop: Project) -> None:
    import driftline
    from driftline.errors import ConfigurationError

    path = shop.folder / "monitors.yaml"
    assert driftline.validate(path, data=True).warnings == ()
    (shop.folder / "training.parquet").unlink()
    with pytest.raises(ConfigurationError, match="the source `training` cannot be read") as caught:
        driftline.validate(path, data=True)
    assert [each.code for each in caught.value.diagnostics] == ["DL100"]


def test_no_row_is_read(shop: Project) -> None:
    """A Parquet file whose pages are overwritten, with a whole footer, is as good as any for its columns."""
    file = shop.folder / "scored.parquet"
    content = bytearray(file.read_bytes())
    content[4:5_000] = b"x" * 4_996
    file.write_bytes(bytes(content))
    assert found(shop) == []


def test_the_flights_with_a_misspelt_column_say_what_is_meant(project: Project) -> None:
    text = (ROOT / "monitors.example.yaml").read_text("utf-8")
    text = text.replace("tests/data/flights", str(FLIGHTS)).replace("by: origin", "by: orgin")
    (project.folder / "monitors.yaml").write_text(text, "utf-8")
    assert [each["hint"] for each in of_data(project)] == ["did you mean `origin`?"]
