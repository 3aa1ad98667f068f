"""Loading: what a team wrote becomes the document, value for value; whatever is wrong is a ConfigurationError."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import driftline
from driftline import registry
from driftline.config.codes import CODES
from driftline.config.document import (
    AlertPolicy,
    Baseline,
    Bounds,
    Document,
    Features,
    Labels,
    Matcher,
    Roles,
    SegmentDefinition,
    Significance,
    Threshold,
    Validity,
    Window,
)
from driftline.errors import ConfigurationError, Diagnostic
from driftline.model import ZERO, Duration
from driftline.schema.load import load_document

GOOD = Path(__file__).parents[1] / "config" / "good"
DAY = Duration(1, "d")


@pytest.fixture
def flights() -> Document:
    return load_document(GOOD / "flights.yaml", registry.load(), variables={})


def test_the_smallest_file_is_enough() -> None:
    document = load_document(GOOD / "smallest.yaml", registry.load())
    assert document.warnings == ()
    assert document.sources["today"].options == {"path": "data/today/*.parquet"}
    assert (document.sources["today"].type, document.sources["today"].timezone) == ("parquet", "UTC")
    assert document.models["churn"].baseline == "training"
    assert document.monitors["drift"].preset == "drift"
    assert document.monitors["drift"].threshold is None


def test_sources_and_models_are_decoded(flights: Document) -> None:
    scored, model = flights.sources["scored"], flights.models["late_arrival"]
    assert (scored.timestamp, scored.lateness, scored.timezone) == (
        "scheduled_at",
        Duration(6, "h"),
        "America/New_York",
    )
    assert model.roles == Roles(id="flight_id", score="p_late", prediction="late_predicted", target="late")
    assert model.labels is not None
    assert model.labels.place is not None
    assert model.labels == Labels("outcomes", "flight_id", DAY, Duration(14, "d"), place=model.labels.place)
    assert [(column.pattern, column.type, column.valid) for column in model.columns] == [
        ("distance", "numeric", Validity(min=0, max=6000)),
        ("p_late", None, Validity(min=0, max=1)),
    ]
    assert model.features == Features(include=("*",), exclude=("flight_id",))
    assert (model.task, model.positive, model.tags, model.groups) == ("binary", "1", {}, {})
    segments = model.segments
    assert segments["origin"] == SegmentDefinition("origin", by="origin", place=segments["origin"].place)
    assert segments["long_haul"].where == "distance > 1500"


def test_shared_rules_are_decoded(flights: Document) -> None:
    assert flights.windows == {"daily": Window(DAY, DAY, "daily"), "weekly": Window(Duration(7, "d"), DAY, "weekly")}
    assert flights.baselines == {"last_month": Baseline("trailing", None, Duration(28, "d"), ZERO, "last_month")}
    assert flights.thresholds == {
        "drift": Threshold("value", Bounds(above=0.1), Bounds(above=0.25), Bounds(below=0.08))
    }
    assert flights.metrics["promised_delay"].sql == "SUM(delay_predicted) / COUNT(*)"
    assert flights.defaults.window == "daily"
    assert flights.defaults.tags == {"team": "ops-research"}


def test_monitors_are_decoded(flights: Document) -> None:
    drift, auc, fresh = (flights.monitors[name] for name in ("feature-drift", "auc", "fresh"))
    assert drift.segments == (("overall",), ("origin",), ("origin", "long_haul"))
    assert (drift.columns, drift.threshold, drift.alert) == (("features",), "drift", AlertPolicy(for_=2))
    assert auc.threshold == Threshold("change", Bounds(below=-0.05), Bounds(below=-0.1))
    assert (auc.window, auc.model, auc.params) == ("weekly", None, {})
    assert (fresh.source, fresh.threshold) == ("scored", Threshold(critical=Bounds(above=6 * 3600)))
    assert flights.monitors["promise"].metric == "promised_delay"
    route = flights.routes[0]
    assert (route.match, route.channels) == (Matcher(severity=("critical",)), ("ops",))
    assert (route.repeat_interval, route.group_by) == (Duration(24, "h"), ("monitor", "model"))


def test_places_lead_to_the_text(flights: Document) -> None:
    lines = (GOOD / "flights.yaml").read_text().splitlines()
    place = flights.place("monitors", "feature-drift", "alert", "for")
    assert place is not None
    assert lines[place.line - 1][place.column - 1 :].startswith("2}}")
    assert flights.place("monitors", "auc", "no", "such", "key") == flights.place("monitors", "auc")


def load(folder: Path, monitor: str, model: str = "") -> Document:
    text = "version: 1\nsources: {a: {path: a.parquet}, b: {path: b.parquet}}\n"
    text += f"models: {{m: {{source: a, baseline: b{model}}}}}\nmonitors: {{x: {monitor}}}\n"
    path = folder / "monitors.yaml"
    path.write_text(text)
    return load_document(path, registry.load(), variables={})


@pytest.mark.parametrize(
    ("written", "read"),
    [("2", 2), ("3d", Duration(3, "d")), ('"2 of 3"', (2, 3)), ("2 of 3", (2, 3))],
)
def test_for_takes_windows_a_duration_or_m_of_n(tmp_path: Path, written: str, read: object) -> None:
    alert = load(tmp_path, f"{{check: psi, alert: {{for: {written}}}}}").monitors["x"].alert
    assert alert is not None
    assert alert.for_ == read


def test_the_role_of_the_version_makes_a_segment_that_needs_no_words(tmp_path: Path) -> None:
    document = load(tmp_path, "{check: psi}", ", roles: {version: v}")
    assert document.models["m"].segments["version"].by == "v"
    assert document.warnings == ()


def test_none_records_only_and_switches_significance_off(tmp_path: Path) -> None:
    monitor = load(tmp_path, "{check: psi, threshold: none, significance: none}").monitors["x"]
    assert monitor.threshold == Threshold(record_only=True)
    assert monitor.significance == Significance(enabled=False)


def test_windows_and_baselines_may_be_written_inline(tmp_path: Path) -> None:
    monitor = load(tmp_path, "{check: psi, window: 7d, baseline: {type: trailing, size: 4w, offset: 1d}}").monitors["x"]
    assert monitor.window == Window(Duration(7, "d"), Duration(7, "d"))
    assert monitor.baseline == Baseline("trailing", None, Duration(4, "w"), DAY)
    assert load(tmp_path, "{check: psi, baseline: previous}").monitors["x"].baseline == Baseline("previous")


def test_text_slots_take_what_yaml_would_read_as_something_else(tmp_path: Path) -> None:
    model = load(tmp_path, "{check: psi}", ", positive: NO, tags: {zip: 02134, day: 2013-12-01, v: 1.10}").models["m"]
    assert (model.positive, dict(model.tags)) == ("NO", {"zip": "02134", "day": "2013-12-01", "v": "1.10"})


def test_models_are_chosen_by_name_list_or_matcher(tmp_path: Path) -> None:
    assert load(tmp_path, "{check: psi, model: m}").monitors["x"].model == ("m",)
    assert load(tmp_path, '{check: psi, model: [m, "f*"]}').monitors["x"].model == ("m", "f*")
    matcher = load(tmp_path, "{check: psi, model: {not: {model: [z]}}}").monitors["x"].model
    assert matcher == Matcher(not_=Matcher(model=("z",)))


def test_all_errors_are_told_at_once_and_warnings_with_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "{chek: psi, window: 1day, columns: feature, min_rows: x}", ", tsk: binary")
    codes = [found.code for found in caught.value.diagnostics]
    assert set(codes) >= {"DL012", "DL042", "DL021"}


def test_validation_imports_neither_polars_nor_scipy() -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom driftline import registry\n"
        "from driftline.schema.load import load_document\n"
        f"load_document(Path({str(GOOD / 'flights.yaml')!r}), registry.load())\n"
        "print([name for name in ('polars', 'scipy', 'sqlalchemy', 'apprise') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(driftline.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


def test_codes_are_in_order_and_each_says_what_to_know() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"DL[0-9]{3}", code) for code in CODES)
    assert all(len(code.text) > 30 and not code.title.endswith(".") for code in CODES.values())


# Whatever is written, the answer is a document or a ConfigurationError ------------------------------------------------

WORDS = [
    "version", "1", "sources", "models", "monitors", "windows", "baselines", "thresholds", "metrics", "channels",
    "routes", "defaults", "include", "store", "path", "a.parquet", "check", "psi", "preset", "drift", "source", "a",
    "sql", "SUM(x)/COUNT(*)", "((((", "size", "1d", "threshold", "critical", "above", "0.1", "20%", "model", "m", "not",
    "match", "type", "trailing", "segments", "overall", "by", "where", "x > ", "null", "~", "*a", "&a x", "<<", "${X}",
    "${X:-1}", "$${", "@", ">", "|", "#", "!t", "'", '"', "\t", "é", "params", "bins", "columns", "features", "for",
    "2 of 3", "roles", "labels", "timezone", "America", "../..", "/", "-1d", "1e999", "9" * 50, "valid", "regex", "[",
]  # fmt: skip
JOINTS = [": ", ":\n  ", "\n", "\n  ", "\n    ", ", ", "{", "}", "[", "]", "- ", " ", "\n- "]
TOKENS = st.lists(st.sampled_from(WORDS + JOINTS), max_size=60).map("".join)
TREES = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=40,
)


def diagnostics_of(path: Path) -> tuple[Diagnostic, ...]:
    """What is found in a file; any exception but a ConfigurationError with an error in it fails the test."""
    try:
        return load_document(path, registry.load(), variables={}).warnings
    except ConfigurationError as error:
        found = error.diagnostics
    assert any(one.is_error for one in found)
    return found


def flow(value: object) -> str:
    """A tree as one line of YAML, quoted so that it always parses."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200) | TOKENS | st.dictionaries(st.sampled_from(WORDS[:14]), TREES).map(flow))
def test_any_text_is_a_document_or_a_configuration_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fuzz.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = diagnostics_of(path)
    assert all(one.code in CODES for one in found)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_good_file_with_one_thing_changed_is_never_a_crash(tmp_path: Path, data: st.DataObject) -> None:
    text = (GOOD / "flights.yaml").read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    path = tmp_path / "fuzz.yaml"
    path.write_text(text[:start] + data.draw(st.sampled_from(["", *WORDS, *JOINTS])) + text[end:])
    diagnostics_of(path)
