"""Ten kinds of configuration, each as a team would write it, on data in which something is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from driftline import registry
from driftline.config.codes import PLANNED_ONLY, SLOW_ALERT
from driftline.schema.load import environment_names, load_document
from tests.commands.project import Project, Ran
from tests.configurations.data import HERE, MAKERS, copied

EXPECTED = {PLANNED_ONLY.id, SLOW_ALERT.id}  # what the language has and does not do yet, and labels that take a month


@pytest.fixture
def configured(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """The configuration that the test is named after, with its data."""
    name = request.node.name.removeprefix("test_").partition("_")[0]
    return Project(copied(name, tmp_path).parent)


def judged(project: Project, *arguments: str) -> Ran:
    """A run of which nothing failed."""
    done = project.run(*arguments, "--fail-on", "never")
    assert done.code in (0, 4), done.stderr  # 4: nobody listens where the notices go
    assert [each for each in done.results if each["status"] == "error"] == []
    return done


def bad(done: Ran, monitor: str, key: str = "series") -> set[str]:
    """What breaches, by series or by another key."""
    return {str(each[key]) for each in done.of(monitor) if each["status"] in ("warning", "critical")}


@pytest.mark.parametrize("name", MAKERS)
def test_it_is_valid_in_every_environment(name: str) -> None:
    path = HERE / name / "monitors.yaml"
    for environment in environment_names(path) or (None,):
        document = load_document(path, registry.load(), environment=environment)
        unexpected = [found for found in document.warnings if found.code not in EXPECTED]
        assert unexpected == []


def test_every_folder_is_tested() -> None:
    folders = {path.parent.name for path in HERE.glob("*/monitors.yaml")}
    tested = set(re.findall(r"def test_([a-z]+)_", Path(__file__).read_text("utf-8")))
    assert folders == set(MAKERS)
    assert folders <= tested


def test_smallest_file_finds_the_feature_that_moved(configured: Project) -> None:
    done = judged(configured)
    assert done.statuses("drift") == {"tenure": "critical", "plan": "ok"}


def test_fraud_is_found_when_the_chargebacks_are_in(configured: Project) -> None:
    before = judged(configured, "--at", "2026-07-10")
    assert (bad(before, "drift"), bad(before, "recall")) == (set(), set())
    after = judged(configured, "--at", "2026-07-29")
    assert {each["segment"] and "large" for each in after.of("recall") if each["status"] == "critical"} == {None}
    assert after.of("recall")[0]["window"]["end"] <= "2026-06-29T00:00:00Z"
    assert {each["column"] for each in after.of("quality.missing_rate")} >= {"card", "amount"}


def test_stores_page_when_many_breach_at_once(configured: Project) -> None:
    quiet = judged(configured, "--at", "2026-07-04")
    assert quiet.one("stores-closed")["status"] == "ok"
    assert len(quiet.of("sales")) == 2000
    loud = judged(configured, "--at", "2026-07-05")
    composite = loud.one("stores-closed")
    assert (composite["status"], round(composite["value"], 4)) == ("critical", 0.0805)
    assert len(bad(loud, "sales")) == 161
    told = {each["channel"] for each in loud.document["deliveries"]}
    assert told == set()  # no channels are declared
    firing = {each["series"] for each in loud.alerts if each["monitor"] == "sales"}
    assert "sales/demand/store=s0002" in firing


def test_fleet_of_sixty_models_shares_one_pack(configured: Project) -> None:
    done = judged(configured, "--at", "2026-07-11")
    assert len({each["model"] for each in done.of("drift")}) == 60
    found = bad(done, "drift")
    assert "drift/m12/x1" in found
    assert len(found) <= 2  # of sixty families at 1 %, chance alone may raise one
    performance = {each["model"] for each in done.results if each["monitor"].startswith("performance")}
    assert len(performance) == 36  # two of three have a task; of those the shadows are left out
    assert {each["model"] for each in done.of("volume")} == {f"m{g}{n}" for g in range(6) for n in (0, 4, 8)}
    assert len(done.of("families")) == 60


def test_multiclass_queues_are_confused(configured: Project) -> None:
    done = judged(configured, "--at", "2026-06-15")
    assert bad(done, "f1", "class") == {"billing", "technical"}
    assert bad(done, "billing", "class") == {"billing"}
    assert bad(done, "queues", "column") == {"queue"}
    assert bad(done, "new-language", "column") == {"language"}
    quiet = judged(configured, "--at", "2026-06-08", "--dry-run")
    assert not bad(quiet, "f1") | bad(quiet, "queues") | bad(quiet, "new-language")


def test_operations_see_the_new_version(configured: Project) -> None:
    quiet = judged(configured, "--at", "2026-06-01T09:50:00Z")
    assert not bad(quiet, "slow") | bad(quiet, "errors")
    loud = judged(configured, "--since", "2026-06-01T09:00:00Z", "--at", "2026-06-01T11:50:00Z")
    last = [each for each in loud.of("errors") if each["window"]["end"] == "2026-06-01T11:45:00Z"]
    assert {str(each["segment"]) for each in last if each["status"] == "critical"} == {"None", "{'version': '2'}"}
    firing = {each["monitor"] for each in loud.alerts if each["state"] == "firing"}
    assert firing == {"slow", "errors", "operations.error_rate"}


def test_kpis_fall_against_their_weekdays(configured: Project) -> None:
    done = judged(configured, "--at", "2026-04-17T12:00:00Z")
    assert {each["monitor"] for each in done.results if each["status"] == "critical"} == {"margin", "returns"}
    assert done.one("returns")["compared"] > 8
    quiet = judged(configured, "--at", "2026-04-16T12:00:00Z", "--dry-run")
    assert {each["status"] for each in quiet.results} == {"ok"}


def test_retraining_is_asked_for_when_error_and_drift_last(configured: Project) -> None:
    done = judged(configured, "--since", "2026-06-01", "--at", "2026-06-20")
    fired = [each for each in done.alerts if each["monitor"] == "retrain" and each["state"] == "firing"]
    assert [each["series"] for each in fired] == ["retrain/price"]
    ends = [each["window"]["end"][:10] for each in done.of("retrain") if each["status"] == "critical"]
    assert len(ends) >= 3
    assert min(ends) > "2026-06-10"


def test_monorepo_differs_by_environment(configured: Project) -> None:
    dev = judged(configured, "--env", "dev", "--at", "2026-06-09")
    assert dev.document["deliveries"] == []
    prod = judged(configured, "--env", "prod", "--at", "2026-06-09T03:00:00Z")
    assert {each["status"] for each in prod.of("drift-risk", column="income")} == {"critical"}
    region = prod.one("drift-risk", column="region")  # the team allows 0.6, the root has the last word
    assert (region["status"], region["reason"].partition(";")[0]) == ("critical", "0.4755 is > 0.1")
    assert prod.one("rows-risk")["series"].startswith("prod/")
    assert (configured.folder / "state" / "prod.db").exists()


def test_incidents_are_left_out_and_silences_kept(configured: Project) -> None:
    strike = judged(configured, "--at", "2026-05-12")
    assert strike.one("trips", segment=None)["status"] == "critical"
    week_after = judged(configured, "--at", "2026-05-20")
    assert (
        week_after.one("trips", segment=None, window={"start": "2026-05-18T22:00:00Z", "end": "2026-05-19T22:00:00Z"})[
            "status"
        ]
        == "ok"
    )
    monday = judged(configured, "--at", "2026-05-26")
    bergen = [each for each in monday.of("trips") if each["segment"] == {"city": "bergen"}][-1]
    assert bergen["status"] == "critical"
    suppressed = [each for each in monday.document["deliveries"] if each["status"] == "suppressed"]
    assert any("terminal" in each["reason"] for each in suppressed)
