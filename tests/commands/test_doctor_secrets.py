"""Secrets that stand in a file as they are: each is found, and none is ever printed."""

from __future__ import annotations

import pytest

from driftline.channels.apprise import token_schemes
from driftline.doctor.secrets import secret_in
from tests.commands.project import ROOT, Project
from tests.commands.rows import scored, training

# Taken apart, so that scanners of this repository do not take them for real ones.
PASSWORD = "hunter2" + "hunter2"
TOKEN = "T1JJ3T3L2/A1BRTD4JD/" + "TIiajkdnlazkcOXrIdevi7FQ"
RANDOM = "9f86d081884c7d65" + "Zq2feaa0c55ad015"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
CHAT = "xoxb-" + "123456789012-abcdefghij"
PLANTED = (PASSWORD, TOKEN, RANDOM, KEY, CHAT)

FILE = f"""
version: 1
sources:
  scored: {{path: scored.parquet, timestamp: ts}}
  training: {{path: "training.parquet", x-note: fine}}
  orders: {{url: "postgresql://reader:{PASSWORD}@db.example.org/shop", query: SELECT 1 AS x}}
  remote: {{path: "s3://bucket/*.parquet", storage: {{aws_access_key_id: {KEY}, aws_secret_access_key: {RANDOM}}}}}
models:
  m: {{source: scored, baseline: training, runbook: "https://wiki.example.org/pages/{RANDOM}"}}
monitors:
  drift: {{check: psi, columns: x}}
channels:
  chat: {{url: "slack://{TOKEN}"}}
  hook: {{url: "json://hooks.example.org/in?token={PASSWORD}"}}
  late: {{url: "${{CHAT_URL:-slack://{TOKEN}}}"}}
  bot: {{url: "https://chat.example.org/{CHAT}"}}
  good: {{url: "${{OPS_URL:-json://localhost:8765}}"}}
  half: {{url: "json://user:${{OPS_PASSWORD}}@localhost"}}
actions:
  retrain: {{type: webhook, url: "https://ci.example/run", headers: {{Authorization: "Bearer {RANDOM}", X-Team: ops}}}}
environments:
  dev: {{}}
  prod: {{store: "postgresql://driftline:{PASSWORD}@db.example.org/state"}}
"""
FOUND = [
    ("sources.orders.url", "a password in the address of a URL (postgresql://user:…@…)"),
    ("sources.remote.storage.aws_access_key_id", "a token of a well-known form (20 characters)"),
    ("sources.remote.storage.aws_secret_access_key", "a value under `aws_secret_access_key` (32 characters)"),
    ("channels.chat.url", "the address of a service that is made of tokens (slack://…)"),
    ("channels.hook.url", "a token in the query of a URL (`token=`)"),
    (
        "channels.late.url",
        "the address of a service that is made of tokens (slack://…), as the default of a substitution",
    ),
    ("channels.bot.url", "a token of a well-known form (28 characters)"),
    ("actions.retrain.headers.Authorization", "a value under `Authorization` (39 characters)"),
    ("environments.prod.store", "a password in the address of a URL (postgresql://user:…@…)"),
]


@pytest.fixture
def planted(project: Project) -> Project:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(FILE)
    return project


def test_each_secret_in_clear_is_found_where_it_stands(planted: Project) -> None:
    ran = planted.call("doctor", str(planted.folder / "monitors.yaml"), "--env", "dev", "--format", "json",
                       env={"OPS_PASSWORD": PASSWORD})  # fmt: skip
    found = [one for one in ran.document["findings"] if one["kind"] == "secret-in-clear"]
    assert sorted((one["what"].rpartition(" ")[2], one["evidence"]) for one in found) == sorted(FOUND)
    assert {one["severity"] for one in found} == {"problem"}
    lines = FILE.strip("\n").splitlines()
    assert all(any(secret in lines[one["line"] - 1] for secret in PLANTED) for one in found)
    orders = next(one for one in found if "orders" in one["what"])
    assert orders["edit"] == (
        'sources:\n  orders:\n    url: "${ORDERS_URL}"\n# and change the secret: whoever can read the file knows it'
    )


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_output_shows_a_secret(planted: Project, form: str) -> None:
    ran = planted.call("doctor", str(planted.folder / "monitors.yaml"), "--env", "dev", "--format", form,
                       env={"OPS_PASSWORD": PASSWORD})  # fmt: skip
    assert "secret" in ran.stdout
    for secret in (*PLANTED, *TOKEN.split("/")):
        assert secret not in ran.said


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("data/scored/day=*/*.parquet", ("sources", "scored", "path")),
        ("s3://bucket/9f86d081884c7d659a2feaa0c55ad015/*.parquet", ("sources", "scored", "path")),
        ("https://wiki.example.org/late#{monitor}", ("models", "m", "runbook")),
        ("SELECT token, password FROM users WHERE key = 'a'", ("sources", "a", "query")),
        ("${SLACK_URL}", ("channels", "ops", "url")),
        ("slack://${SLACK_TOKENS}", ("channels", "ops", "url")),
        ("postgresql://user:${PASSWORD}@host/db", ("store",)),
        ("postgresql://user:password@host/db", ("store",)),
        ("mailto://ops.example.org", ("channels", "mail", "url")),
        ("json://monitoring-notifications-receiver.internal.example.org/hook", ("channels", "a", "url")),
        ("sqlite:///.driftline/state-of-production-2026.db", ("store",)),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", ("models", "m", "tags", "version")),
        ("", ("sources", "a", "password")),
    ],
)
def test_what_is_no_secret(text: str, path: tuple[str, ...]) -> None:
    assert secret_in(text, path, token_schemes()) is None


def test_apprise_says_which_addresses_are_made_of_tokens() -> None:
    found = token_schemes()
    assert {"slack", "discord", "tgram", "pagerduty", "opsgenie", "workflows"} <= found
    assert found.isdisjoint({"json", "jsons", "xml", "form", "mailto", "mailtos", "mqtt", "syslog"})


@pytest.mark.parametrize("name", ["monitors.example.yaml"])
def test_the_example_holds_none(project: Project, name: str) -> None:
    for link in ("tests", "schemas"):
        (project.folder / link).symlink_to(ROOT / link)
    project.write((ROOT / name).read_text("utf-8"))
    ran = project.call("doctor", str(project.folder / "monitors.yaml"), "--format", "json")
    assert [one for one in ran.document["findings"] if one["kind"] == "secret-in-clear"] == []
