"""`driftline plan --against`: what changed in what is monitored, since a git revision or against another file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran

MODEL = rows.MODEL.replace("timestamp: ts}", "timestamp: ts, lateness: 6h}")
MONITORS = """
thresholds:
  far: {warning: {above: 0.1}, critical: {above: 0.3}}
monitors:
  drift: {check: ks, columns: [x, z], segments: [overall, colour], threshold: far}
  gaps: {check: missing_rate, columns: features, threshold: {critical: {above: 5%}}, tags: {team: risk}}
  calls: {check: row_count, threshold: {warning: {below: 1000}}}
channels:
  ops: {url: "json://user:hidden@localhost:1"}
routes:
  - {match: {severity: critical}, channels: [ops]}
"""
IDENTITY = ("-c", "user.name=Mia", "-c", "user.email=mia@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def shop(project: Project) -> Project:
    """A repository whose one commit holds the configuration, and no data."""
    project.data("scored.parquet", rows.scored(4))
    project.data("training.parquet", rows.training())
    project.write(MODEL, MONITORS)
    project.write("*.parquet", ".driftline", name=".gitignore")
    git(project.folder, "init", "--quiet", "--initial-branch=main")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "--quiet", "--message=first")
    return project


def change(shop: Project, *pairs: tuple[str, str], name: str = "monitors.yaml") -> None:
    path = shop.folder / name
    text = path.read_text("utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, "utf-8")


def against(shop: Project, *arguments: str, revision: str = "HEAD") -> Ran:
    path = str(shop.folder / "monitors.yaml")
    return shop.call("plan", path, "--at", rows.day(4), "--against", revision, *arguments)


def document(shop: Project, *arguments: str, revision: str = "HEAD") -> dict[str, Any]:
    done = against(shop, "--format", "json", *arguments, revision=revision)
    assert done.code == 0, done.stderr
    found: dict[str, Any] = done.document
    return found


def changes(found: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    return {each["key"]: (each["before"], each["after"], len(each["series"])) for each in found["changes"]}


def test_nothing_changed_is_said(shop: Project) -> None:
    commit = git(shop.folder, "rev-parse", "--short", "HEAD")
    done = against(shop, "--exit-code")
    said = f"monitors.yaml against HEAD ({commit}): nothing changed in what is monitored\n"
    assert (done.code, done.stdout) == (0, said)
    change(
        shop,
        ("version: 1", "# a comment\nversion: 1"),
        ("drift: {check: ks, columns: [x, z]", "drift: {columns: [x, z], check: ks"),
    )
    assert against(shop, "--exit-code").stdout == said


def test_what_came_went_and_is_another_is_told_in_monitoring_terms(shop: Project) -> None:
    change(
        shop,
        ("critical: {above: 0.3}", "critical: {above: 0.35}"),
        (
            "  calls: {check: row_count, threshold: {warning: {below: 1000}}}\n",
            "  auc: {check: roc_auc, threshold: {critical: {below: 0.5}}}\n",
        ),
        ("lateness: 6h", "lateness: 1h"),
    )
    commit = git(shop.folder, "rev-parse", "--short", "HEAD")
    done = against(shop, "--exit-code")
    assert done.code == 1
    text, _, reads = done.stdout.partition("\nREADS")
    assert text.splitlines() == [
        f"monitors.yaml against HEAD ({commit}): 1 series added, 1 removed, 7 changed",
        "",
        "ADDED",
        "  auc/m",
        "",
        "REMOVED",
        "  calls/m",
        "",
        "CHANGED",
        "  lateness: 6h → 1h",
        "    7 series: drift/m, gaps/m",
        "  threshold.critical: > 0.3 → > 0.35",
        "    4 series: drift/m",
        "",
        "EARLIEST ALERT AFTER AN ONSET",
        "  1 d 6 h (1 window of 1d, lateness 6h) → 1 d 1 h (1 window of 1d, lateness 1h)",
        "    7 series: drift/m, gaps/m",
    ]
    assert reads.splitlines()[1:] == [
        "  scored: columns read as well: p, y",
        "  scored: to be made from rows: scores(p, y)",
        "  in all: reads 2 → 2, columns 6 → 8, profiles 9 → 10",
        "",
        "note: there is no store here, so it is not known which alerts of the removed series are open",
    ]


@pytest.mark.parametrize(
    ("before", "after", "key", "expected"),
    [
        ("threshold: far}", "threshold: far, window: 7d}", "window", ("1d", "7d", 4)),
        ("threshold: far}", "threshold: far, baseline: previous}", "baseline", ("training", "previous", 4)),
        ("threshold: far}", "threshold: far, min_rows: 5}", "min_rows", ("100", "5", 4)),
        ("threshold: far}", "threshold: far, significance: none}", "significance",
         ("alpha 0.01, benjamini hochberg", "none", 4)),
        ("threshold: far}", "threshold: far, alert: {for: 2}}", "alert.for", ("1 window", "2 windows", 4)),
        ("threshold: far}", "threshold: far, alert: {no_data: warning}}", "alert.no_data", ("keep", "warning", 4)),
        ("{team: risk}", "{team: fraud}", "tags.team", ("risk", "fraud", 3)),
        ("{team: risk}", "{team: risk, tier: 1}", "tags.tier", ("–", "1", 3)),
        ("check: ks", "check: psi, params: {bins: 5}", "check", ("ks", "psi", 4)),
        ("{severity: critical}", "{severity: critical, column: x}", "told", ("critical → ops", "nobody", 4)),
        ("    features: [", "    columns: {x: {valid: {max: 9}}}\n    features: [", "column.valid", ("–", "max 9", 3)),
        ("    features: [", "    columns: {c: {type: text}}\n    features: [", "column.type",
         ("categorical", "text", 1)),
        ("{by: c}", "{by: c, top: 2}", "segment.colour", ("by c, top 200", "by c, top 2", 2)),
        ("defaults: {window: 1d}", "defaults: {window: 1d, timezone: Europe/Oslo}", "timezone",
         ("UTC", "Europe/Oslo", 8)),
        ("threshold: far}", "threshold: far, runbook: https://wiki/drift}", "runbook", ("–", "https://wiki/drift", 4)),
    ],
    ids=lambda each: each if isinstance(each, str) and len(each) < 16 else "",
)  # fmt: skip
def test_each_key_is_told_from_what_to_what(
    shop: Project, before: str, after: str, key: str, expected: tuple[str, str, int]
) -> None:
    change(shop, (before, after))
    found = changes(document(shop))
    assert found[key] == expected


def test_an_override_is_a_change_of_the_series_that_it_touches(shop: Project) -> None:
    shop.write(
        MODEL, MONITORS, "overrides: [{match: {monitor: drift, column: z}, set: {threshold: {critical: {above: 0.5}}}}]"
    )
    assert changes(document(shop))["threshold.critical"] == ("> 0.3", "> 0.5", 2)


def test_a_rename_carries_on_and_is_neither_added_nor_removed(shop: Project) -> None:
    shop.run("--at", rows.day(4))
    change(shop, ("  calls: {", "  volume: {was: calls, "), ("  m:\n", "  n:\n    was: m\n"))
    found = document(shop)
    assert (found["added"], found["removed"], found["changes"], found["ending"]) == ([], [], [], [])
    assert [(each["what"], each["before"], each["after"], each["series"]) for each in found["renamed"]] == [
        ("model", "m", "n", 8),
        ("monitor", "calls", "volume", 1),
    ]
    text = against(shop).stdout
    assert ": 8 series renamed\n" in text
    assert "  model m → n (8 series)\n  monitor calls → volume (1 series)\n" in text
    assert found["changed"]


def test_an_open_alert_of_a_series_that_leaves_will_end(shop: Project) -> None:
    shop.run("--at", rows.day(4))
    change(shop, ("  calls: {", "  volume: {"))
    done = against(shop)
    assert "  calls/m: warning, firing since 2024-01-04 00:00 UTC" in done.stdout
    assert "note:" not in done.stdout
    (ending,) = document(shop)["ending"]
    assert (ending["series"], ending["state"], ending["severity"]) == ("calls/m", "firing", "warning")


def test_other_definitions_are_told_and_their_addresses_are_not(shop: Project) -> None:
    change(
        shop,
        ("hidden@localhost:1", "other@localhost:2"),
        (
            "{match: {severity: critical}, channels: [ops]}",
            "{match: {severity: critical}, channels: [ops], repeat_interval: 1d}",
        ),
        ("scored.parquet,", '"./scored.parquet", where: "x < 9",'),
    )
    shop.write(
        (shop.folder / "monitors.yaml").read_text("utf-8"),
        "incidents: [{id: I-1, start: 2024-01-01, end: 2024-01-02, match: {model: m}}]",
    )
    for form in ("text", "json", "markdown"):
        done = against(shop, "--format", form)
        assert "hidden" not in done.said
        assert "localhost" not in done.said
    assert [(each["section"], each["name"], each["what"], each["key"]) for each in document(shop)["definitions"]] == [
        ("source", "scored", "changed", "path"),
        ("source", "scored", "changed", "where"),
        ("channel", "ops", "changed", "address"),
        ("route", "{severity: critical} → ops; grouped by monitor, model", "removed", None),
        ("route", "{severity: critical} → ops; grouped by monitor, model; repeats every 1d", "added", None),
        ("incident", "I-1", "added", None),
    ]


def test_included_files_are_those_of_the_revision(shop: Project) -> None:
    shop.write(MODEL, "include: [teams/**/*.yaml, 'more.conf']")
    (shop.folder / "teams" / "a").mkdir(parents=True)
    shop.write(MONITORS.replace("calls", "deep"), name="teams/a/one.yaml")
    shop.write("monitors: {plain: {check: row_count, threshold: none}}", name="more.conf")
    git(shop.folder, "add", ".")
    git(shop.folder, "commit", "--quiet", "--message=parts")
    (shop.folder / "teams" / "a" / "one.yaml").unlink()
    shop.write(MONITORS, name="teams/b.yaml")
    found = document(shop)
    assert (found["added"], found["removed"], found["changes"]) == (["calls/m"], ["deep/m"], [])
    assert document(shop, revision="HEAD~1")["added"] == ["plain/m"]


def test_the_work_tree_and_the_index_are_left_alone(shop: Project) -> None:
    change(shop, ("above: 0.3", "above: 0.4"))
    git(shop.folder, "add", ".")
    change(shop, ("above: 0.4", "above: 0.5"))
    before = {name: (shop.folder / name).read_bytes() for name in shop.files()}
    assert against(shop).code == 0
    assert {name: (shop.folder / name).read_bytes() for name in shop.files()} == before


def test_a_configuration_in_a_folder_of_a_monorepo(shop: Project) -> None:
    home = Project(shop.folder / "models" / "churn")
    home.folder.mkdir(parents=True)
    home.data("scored.parquet", rows.scored(4))
    home.data("training.parquet", rows.training())
    home.write(MODEL, MONITORS)
    git(shop.folder, "add", ".")
    git(shop.folder, "commit", "--quiet", "--message=churn")
    change(home, ("above: 0.3", "above: 0.4"))
    assert changes(document(home))["threshold.critical"] == ("> 0.3", "> 0.4", 4)
    assert document(home)["failing"] == []
    gone = against(home, revision="HEAD~1")
    assert gone.code == 2
    assert "models/churn/monitors.yaml did not exist at HEAD~1 (" in gone.stderr


ENVIRONMENTS = """
environments:
  dev: {thresholds: {far: {critical: {above: 0.9}}}}
  prod: {}
"""


def test_every_environment_is_compared_and_one_that_is_new_is_all_new(shop: Project) -> None:
    shop.write(MODEL, MONITORS, ENVIRONMENTS)
    git(shop.folder, "commit", "--quiet", "--all", "--message=environments")
    shop.write(MODEL, MONITORS, ENVIRONMENTS.replace("0.9", "0.8").replace("prod: {}", "test: {}"))
    found = document(shop)["environments"]
    assert {name: (each["only"], len(each["added"]), len(each["removed"])) for name, each in found.items()} == {
        "dev": (None, 0, 0), "test": ("now", 8, 0), "prod": ("then", 0, 8),
    }  # fmt: skip
    assert changes(found["dev"])["threshold.critical"] == ("> 0.9", "> 0.8", 4)
    text = against(shop).stdout
    assert "monitors.yaml in test (new) against HEAD" in text
    assert "monitors.yaml in prod (removed) against HEAD" in text
    assert document(shop, "--env", "dev")["environment"] == "dev"
    assert against(shop, "--env", "prod").code == 2


def test_only_some_monitors_may_be_asked_for(shop: Project) -> None:
    change(shop, ("lateness: 6h", "lateness: 1h"), ("  calls: {", "  volume: {"))
    found = document(shop, "--monitor", "gaps")
    assert (found["added"], found["removed"], changes(found)) == ([], [], {"lateness": ("6h", "1h", 3)})
    nobody = against(shop, "--monitor", "nobody")
    assert (nobody.code, nobody.stderr) == (2, "error: --monitor nobody fits no monitor, neither now nor then\n")


def test_against_another_file_or_folder(shop: Project, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "monitors.yaml").write_text(
        (shop.folder / "monitors.yaml").read_text("utf-8").replace("0.3", "0.2"), "utf-8"
    )
    path = str(shop.folder / "monitors.yaml")
    for given in (other, other / "monitors.yaml"):
        done = shop.call("plan", path, "--at", rows.day(4), "--against-file", str(given))
        assert "  threshold.critical: > 0.2 → > 0.3" in done.stdout
        assert "CANNOT" not in done.stdout
    none = shop.call("plan", path, "--against-file", str(other / "no.yaml"))
    assert (none.code, none.stderr) == (2, f"error: --against-file: there is no file {other / 'no.yaml'}\n")


def test_a_secret_file_is_looked_for_where_it_is(shop: Project) -> None:
    shop.write("json://localhost:1", name="address.secret")
    change(shop, ('"json://user:hidden@localhost:1"', '"${file:address.secret}"'))
    git(shop.folder, "commit", "--quiet", "--all", "--message=secret")
    change(shop, ("above: 0.3", "above: 0.4"))
    assert document(shop)["definitions"] == []


def test_what_cannot_be_compared_is_an_error_with_the_next_step(
    shop: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unknown = against(shop, revision="no-such-branch")
    assert unknown.code == 2
    assert unknown.stderr == (
        f"error: there is no revision `no-such-branch` in the repository {shop.folder}; "
        "correct the name, or fetch it first\n"
    )
    option = against(shop, revision="--output=/tmp/x")
    assert "there is no revision `--output=/tmp/x`" in option.stderr
    loose = Project(tmp_path_factory.mktemp("loose"))
    loose.write(MODEL, MONITORS)
    outside = against(loose)
    assert (outside.code, outside.stderr) == (
        2,
        f"error: {loose.folder / 'monitors.yaml'} lies in no git repository; --against needs one, "
        "--against-file compares with a file\n",
    )
    without = shop.call(
        "plan", str(shop.folder / "monitors.yaml"), "--against", "HEAD", env={"PATH": str(loose.folder)}
    )
    assert (without.code, without.stderr) == (
        2, "error: --against needs git, which is not installed; --against-file compares with a file\n"
    )  # fmt: skip
    missing = shop.call("plan", str(shop.folder / "absent.yaml"), "--against", "HEAD")
    assert (missing.code, "absent.yaml cannot be read: it does not exist" in missing.stderr) == (2, True)
    both = against(shop, "--against-file", ".")
    assert "exclude each other" in both.stderr
    assert shop.call("plan", str(shop.folder / "monitors.yaml"), "--exit-code").code == 2


def test_a_former_configuration_that_is_wrong_is_told_with_its_place(shop: Project) -> None:
    change(shop, ("check: ks", "check: kss"))
    git(shop.folder, "commit", "--quiet", "--all", "--message=wrong")
    change(shop, ("check: kss", "check: ks"))
    commit = git(shop.folder, "rev-parse", "--short", "HEAD")
    done = against(shop)
    assert done.code == 2
    assert done.stderr.startswith(
        f"error: the configuration of HEAD ({commit}) cannot be used: monitors.yaml:17:18: "
    ), done.stderr


def test_a_shallow_clone_says_what_it_lacks(shop: Project, tmp_path: Path) -> None:
    change(shop, ("above: 0.3", "above: 0.4"))
    git(shop.folder, "commit", "--quiet", "--all", "--message=second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{shop.folder}", "clone")
    done = against(Project(tmp_path / "clone"), revision="HEAD~1")
    assert "the clone is shallow: fetch more of its history" in done.stderr


def test_markdown_is_a_comment_that_keeps_to_itself(shop: Project) -> None:
    change(shop, ("{team: risk}", '{team: "a|b `c` @here <x>"}'))
    said = against(shop, "--format", "markdown").stdout
    assert said.startswith("### driftline: monitors.yaml\n\nAgainst HEAD (")
    assert r"| tags.team | risk | a\|b \`c\` &#64;here &lt;x&gt; | 3 series: gaps/m |" in said
    many = "\n".join(f"  m{n}: {{check: mean, columns: [x], threshold: none}}" for n in range(3000))
    change(shop, ("\nchannels:", f"\n{many}\nchannels:"))
    long = against(shop, "--format", "markdown").stdout
    assert len(long) < 65_536
    assert "3000 series added" in long


OUTSIDE = """
  drift: {{check: ks, columns: [x], threshold: far}}
channels:
  ops: {{url: "json://localhost/${{{name}}}"}}
actions:
  retrain: {{type: webhook, url: "http://localhost/${{{name}}}", headers: {{X-Token: "${{{name}}}"}}, cooldown: 7d}}
"""


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_nothing_that_came_from_outside_is_shown(shop: Project, form: str) -> None:
    far = "thresholds:\n  far: {critical: {above: 0.3}}\nmonitors:"
    model = MODEL.replace("path: training.parquet", 'path: "${NAME}/../training.parquet"')
    (shop.folder / "CANARY-one").mkdir()
    (shop.folder / "CANARY-two").mkdir()
    shop.write(model.replace("NAME", "ONE"), far + OUTSIDE.format(name="ONE"))
    git(shop.folder, "commit", "--quiet", "--all", "--message=outside")
    shop.write(model.replace("NAME", "TWO"), far + OUTSIDE.format(name="TWO"))
    env = {"ONE": "CANARY-one", "TWO": "CANARY-two"}
    path = str(shop.folder / "monitors.yaml")
    for arguments in (("--origin",), ("--against", "HEAD")):
        done = shop.call("plan", path, "--at", rows.day(4), "--format", form, *arguments, env=env)
        assert done.code == 0, done.stderr
        assert "CANARY" not in done.said
    assert "(another, not shown)" in done.stdout
