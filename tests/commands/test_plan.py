"""`driftline plan`: what a run would measure, cost and tell to whom; in each environment; where values come from."""

from __future__ import annotations

import json

import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran

CONFIG = """
version: 1
defaults: {window: 1d, tags: {team: risk}}
sources:
  scored: {path: scored/*.parquet, timestamp: ts, lateness: 6h}
  training: {path: training.csv}
models:
  m:
    task: binary
    source: scored
    roles: {id: id, score: p, prediction: yhat, target: y}
    features: [x, z, c]
    labels: {source: truth, delay: 2d}
    segments: {colour: {by: c}, tall: {where: "x > 1"}}
    baseline: training
thresholds:
  shape: {critical: {above: 0.3}}
monitors:
  drift: {check: ks, columns: [x, z], segments: [overall, colour], threshold: shape, alert: {for: 3}}
  calls: {check: row_count, threshold: {warning: {below: 10}}, schedule: "0 6 * * *"}
  noted: {check: mean, columns: [z], threshold: none}
  auc: {check: roc_auc, threshold: {critical: {below: 0.5}}}
  both: {check: breaching, params: {of: {monitor: [drift, calls]}}, threshold: {critical: {above: 1}}}
overrides:
  - {match: {monitor: drift, column: z}, set: {threshold: {critical: {above: 0.5}}}}
  - {match: {monitor: drift, segment: {colour: red}}, set: {threshold: {critical: {above: 0.9}}}}
channels:
  ops: {url: "json://user:hidden@localhost:1"}
  pager: {url: "json://localhost:2"}
calendars:
  office: {hours: mon-fri 09:00-17:00, except: [2026-12-25]}
actions:
  retrain: {type: webhook, url: "http://user:hidden@localhost/hook", cooldown: 7d}
routes:
  - {match: {severity: critical}, channels: [pager], actions: [retrain], active: office, after: 30m}
  - {match: {column: x}, channels: [ops]}
  - {match: {segment: {colour: red}}, channels: [ops], group_by: [monitor]}
inhibit:
  - {when: {check: row_count}, mute: {check: ks}, same: [source]}
silences:
  - {match: {monitor: noted}, start: 2024-01-01, end: 2024-02-01, reason: we know, by: mia}
incidents:
  - {id: STORM-1, start: 2024-01-01, end: 2024-01-02, match: {model: m}, reason: storm}
"""
TRUTH = ("  training:", "  truth: {path: truth.parquet, timestamp: known_at}\n  training:")


@pytest.fixture
def shop(project: Project) -> Project:
    frame = rows.scored(4)
    project.data("scored/one.parquet", frame[:400].drop("y"))
    project.data("scored/two.parquet", frame[400:].drop("y"))
    project.data("truth.parquet", rows.labels(frame))
    project.data("training.csv", rows.training())
    project.write(CONFIG.replace(*TRUTH))
    return project


def plan(shop: Project, *arguments: str) -> Ran:
    return shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", rows.day(4), *arguments)


def document(shop: Project, *arguments: str) -> dict[str, list[dict[str, object]]]:
    done = plan(shop, "--format", "json", *arguments)
    assert done.code == 0
    found: dict[str, list[dict[str, object]]] = done.document
    return found


def lines(text: str, start: str) -> list[str]:
    """The lines from one that starts so to the next that is no deeper."""
    found = text.splitlines()
    first = next(at for at, line in enumerate(found) if line.startswith(start))
    depth = len(start) - len(start.lstrip())
    rest = found[first + 1 :]
    end = next((at for at, line in enumerate(rest) if len(line) - len(line.lstrip()) <= depth), len(rest))
    return [found[first], *rest[:end]]


def test_a_monitor_says_how_soon_it_can_fire_and_who_is_told(shop: Project) -> None:
    text = plan(shop).stdout
    assert lines(text, "  drift/m: ks, critical > 0.3") == [
        "  drift/m: ks, critical > 0.3",
        "    window 1d; baseline training; segments overall, colour=*",
        "    judges 1 window: [2024-01-03, 2024-01-04)",
        "    earliest alert after an onset: 3 d 6 h (3 windows of 1d, lateness 6h)",
        "    told critical → pager (after 30m; in office, outside hold), "
        "action retrain (after 30m; in office, outside hold), ops: drift/m/x",
        "    told critical → pager (after 30m; in office, outside hold), "
        "action retrain (after 30m; in office, outside hold), ops, ops (some segments): drift/m/x/colour=*",
        "    columns x",
    ]
    auc = lines(text, "  auc/m:")
    assert "    earliest alert after an onset: 3 d (1 window of 1d, labels 2d)" in auc
    assert not [line for line in lines(text, "  noted/m:") if "told" in line or "earliest" in line]
    calls = lines(text, "  calls/m:")
    assert "    window 1d; schedule 0 6 * * *" in calls
    assert "    told nobody" in calls
    both = lines(text, "  both/all:")
    assert "of {monitor: [drift, calls]}" in both[1]


def test_reads_say_what_they_cost_as_far_as_it_is_known(shop: Project) -> None:
    found = {scan["source"]: scan for scan in document(shop)["scans"]}
    size = sum(path.stat().st_size for path in (shop.folder / "scored").iterdir())
    scored, training = found["scored"], found["training"]
    assert (scored["files"], scored["bytes"], scored["rows"]) == (2, size, 800)
    assert (training["files"], training["rows"]) == (1, None)
    assert scored["columns_there"] == 7
    assert "SCANS (each source is read once: 2 reads, 3 files of " in plan(shop).stdout


def test_the_alerting_side_is_said_without_addresses(shop: Project) -> None:
    for form in ("text", "json", "markdown"):
        said = plan(shop, "--format", form).stdout
        assert "hidden" not in said
        assert "localhost" not in said
    text = plan(shop).stdout
    assert lines(text, "  routes") == [
        "  routes",
        "    1. {severity: critical} → pager, action retrain; grouped by monitor, model; after 30m; "
        "in office, outside hold",
        "    2. {column: x} → ops; grouped by monitor, model",
        "    3. {segment: {colour: red}} → ops; grouped by monitor",
    ]
    assert "    office: mon-fri 09:00-17:00, except 2026-12-25 (UTC)" in text
    assert "    retrain: webhook, at most once in 7d" in text
    assert "    1. while {check: row_count} fires, {check: ks} is not told, where equal in source" in text
    assert "    1. {monitor: noted}, 2024-01-01 to 2024-02-01: we know (by mia)" in text
    assert "  STORM-1 [2024-01-01, 2024-01-02), storm" in text


def test_each_value_says_where_it_comes_from(shop: Project) -> None:
    shown = lines(plan(shop, "--origin", "--monitor", "drift").stdout, "  drift/m: ks, critical > 0.5")
    file = shop.folder / "monitors.yaml"
    origins = {line.split()[0]: line.rpartition("  ")[2] for line in shown if line.startswith("      ")}
    text = file.read_text("utf-8").splitlines()

    def at(start: str) -> str:
        return f"{file}:{next(n for n, line in enumerate(text, 1) if line.strip().startswith(start))}"

    assert origins["threshold"] == f"override, {at('- {match: {monitor: drift, column: z}')}"
    assert origins["window"] == f"root defaults, {at('defaults:')}"
    assert origins["baseline"] == f"model, {at('baseline: training')}"
    assert origins["alert"] == f"monitor, {at('drift:')}"
    assert origins["min_rows"] == "check"
    assert origins["tags.team"] == f"root defaults, {at('defaults:')}"
    assert any("in some segments: threshold: override" in line for line in shown)
    drift = [each for each in document(shop, "--origin")["monitors"] if each["monitor"] == "drift"]
    assert [each["origins"]["threshold"]["layer"] for each in drift] == ["monitor", "override"]  # type: ignore[index]
    assert "Origin of the values of drift/m" in plan(shop, "--origin", "--format", "markdown").stdout


ENVIRONMENTS = """
environments:
  dev: {monitors: {calls: null}}
  prod: {thresholds: {shape: {critical: {above: 0.2}}}}
"""


def test_every_environment_is_planned_in_turn_unless_one_is_chosen(shop: Project) -> None:
    shop.write(CONFIG.replace(*TRUTH).replace("monitor: [drift, calls]", "monitor: [drift]"), ENVIRONMENTS)
    found = json.loads(plan(shop, "--format", "json").stdout)
    assert (found["version"], list(found["environments"])) == (1, ["dev", "prod"])
    names = {name: [each["monitor"] for each in one["monitors"]] for name, one in found["environments"].items()}
    assert ("calls" in names["dev"], "calls" in names["prod"]) == (False, True)
    one = plan(shop, "--format", "json", "--env", "prod").document
    assert (one["environment"], one["monitors"][0]["threshold"]) == ("prod", "critical > 0.2")
    text = plan(shop).stdout
    assert text.index("monitors.yaml in dev: ") < text.index("monitors.yaml in prod: ")
    wrong = plan(shop, "--env", "test")
    assert (wrong.code, wrong.stderr.strip()) == (
        2,
        f"error: {shop.folder / 'monitors.yaml'} has no environment `test`; declared: dev, prod",
    )


def test_alerts_whose_series_left_the_configuration_are_said_to_end(shop: Project) -> None:
    shop.write(CONFIG.replace(*TRUTH).replace("{below: 10}", "{below: 1000}"))
    shop.run("--at", rows.day(4), "--monitor", "calls")
    assert "WILL END" not in plan(shop).stdout
    shop.write(CONFIG.replace(*TRUTH).replace("calls", "volume"))
    assert "  calls/m: warning, firing since 2024-01-04 00:00 UTC" in plan(shop).stdout
    ending = document(shop)["ending"]
    assert [(each["series"], each["state"]) for each in ending] == [("calls/m", "firing")]
    renamed = CONFIG.replace(*TRUTH).replace("[drift, calls]", "[drift, volume]").replace("calls:", "volume:")
    shop.write(renamed.replace("volume: {", "volume: {was: calls, "))
    assert document(shop)["ending"] == []


def test_text_of_users_stays_text_in_markdown(shop: Project) -> None:
    bad = "a | b `c` <b>d</b> @everyone"
    shop.write(CONFIG.replace(*TRUTH).replace("reason: storm", f'reason: "{bad}"'))
    said = plan(shop, "--format", "markdown").stdout
    assert r"a \| b \`c\` &lt;b&gt;d&lt;/b&gt; &#64;everyone" in said


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("28d", "window 28d, judged once in 28d"),
        ("{size: 28d, every: 14d}", "window 28d every 14d, judged once in 14d"),
        ("{size: 28d, every: 1d}", "window 28d every 1d"),
        ("7d", "window 7d"),
        ("7d, schedule: 0 6 * * *", "window 7d; schedule 0 6 * * *"),
        ("28d, schedule: 0 6 * * *", "window 28d, judged once in 28d; schedule 0 6 * * *"),
    ],
)
def test_a_monitor_that_is_seldom_judged_says_how_seldom(shop: Project, window: str, said: str) -> None:
    shop.write(
        rows.MODEL,
        f"monitors:\n  calls: {{check: row_count, window: {window}, threshold: {{warning: {{below: 10}}}}}}",
        name="seldom.yaml",
    )
    plan = shop.call("plan", str(shop.folder / "seldom.yaml"), "--at", rows.day(30), "--format", "text")
    assert f"\n    {said}\n" in plan.stdout
