"""A planted secret reaches the service that it is for, and nothing else: no output, no log, no file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran
from tests.services.processes import free_port
from tests.services.receiver import Answer, Receiver, receiver

CANARY = "CANARY-s3cr3t-0f-the-team"
MONITORS = """
monitors:
  high-x: {check: mean, columns: [x], threshold: {critical: {above: 2}}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", rows.scored(4, shift={1: 5.0, 2: 5.0}))
    project.data("training.parquet", rows.training())
    return project


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def all_that_is_said(project: Project, env: dict[str, str]) -> list[Ran]:
    """Every command that reads the file, in every form: fresh, with a store, dry, and failing."""
    commands = [
        ("run", "--at", rows.day(2)),
        ("run", "--at", rows.day(2), "--format", "json"),
        ("run", "--at", rows.day(2), "--verbose", "--dry-run"),
        ("plan", "--at", rows.day(2), "--verbose"),
        ("plan", "--at", rows.day(2), "--format", "json"),
        ("plan", "--at", rows.day(2), "--format", "json", "--origin"),
        ("plan", "--at", rows.day(2), "--format", "markdown", "--origin"),
        ("validate",),
        ("validate", "--format", "json"),
        ("--log-format", "json", "run", "--at", "nonsense"),
    ]
    found = []
    for command in commands:
        at = 3 if command[0].startswith("--") else 1
        found.append(project.call(*command[:at], str(project.folder / "monitors.yaml"), *command[at:], env=env))
    return found


def check(project: Project, said: list[Ran], secret: str = CANARY, besides: tuple[str, ...] = ()) -> None:
    """Neither the secret nor a telling part of it is anywhere."""
    for text in (secret, secret[:10], secret[-10:]):
        assert not [ran for ran in said if text in ran.said]
        assert project.holding(text, besides=besides) == []


FORMS = {
    "user and password": "json://user:{secret}@127.0.0.1:{port}/hook",
    "path": "json://127.0.0.1:{port}/{secret}/hook",
    "query": "json://127.0.0.1:{port}/hook?-token={secret}",
    "header": "json://127.0.0.1:{port}/hook?+X-Token={secret}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_channel_from_the_environment(shop: Project, service: Receiver, form: str) -> None:
    shop.write(rows.MODEL, MONITORS, 'channels: {ops: {url: "${OPS_URL}"}}')
    said = all_that_is_said(shop, {"OPS_URL": form.format(secret=CANARY, port=service.port)})
    assert said[0].code == 1
    assert len(service.got) == 1
    check(shop, said)


@pytest.mark.parametrize("form", ["user and password", "header"])
def test_a_channel_that_cannot_be_reached(shop: Project, form: str) -> None:
    shop.write(rows.MODEL, MONITORS, 'channels: {ops: {url: "${OPS_URL}"}}')
    said = all_that_is_said(shop, {"OPS_URL": FORMS[form].format(secret=CANARY, port=free_port())})
    assert said[0].code == 4
    check(shop, said)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_channel_whose_server_repeats_the_secret_in_its_refusal(shop: Project, form: str) -> None:
    with receiver(*[Answer(403, {"X-Reason": CANARY, "Location": f"/{CANARY}"})] * 3) as service:
        shop.write(rows.MODEL, MONITORS, 'channels: {ops: {url: "${OPS_URL}"}}')
        said = all_that_is_said(shop, {"OPS_URL": form.format(secret=CANARY, port=service.port)})
        assert said[0].code == 4
        check(shop, said)


def test_a_part_of_a_channel_from_a_file(
    shop: Project, service: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("secrets") / "token"
    secret.write_text(CANARY + "\n", "utf-8")
    url = f"json://127.0.0.1:{service.port}/hook?+X-Token=${{file:{secret}}}"
    shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{url}"}}}}')
    said = all_that_is_said(shop, {})
    assert said[0].code == 1
    assert service.headers[0]["X-Token"] == CANARY
    check(shop, said)


def test_a_channel_whose_address_makes_no_sense(shop: Project) -> None:
    shop.write(rows.MODEL, MONITORS, 'channels: {ops: {url: "${OPS_URL}"}}')
    for url in (f"nonsense://{CANARY}", f"{CANARY}", f"json://[{CANARY}"):
        said = all_that_is_said(shop, {"OPS_URL": url})
        assert said[0].code in (2, 4)
        check(shop, said)


def test_sources_a_store_and_texts_from_the_environment(shop: Project) -> None:
    model = rows.MODEL.replace("{path: scored.parquet,", '{path: "${FOLDER}/nothing/*.parquet",')
    model = model.replace(
        "  training:",
        '  base: {type: sql, url: "${BASE}", query: "SELECT 1 AS x", timestamp: ts}\n'
        '  cloud: {path: "s3://bucket/x.parquet", timestamp: ts, storage: {aws_secret_access_key: "${KEY}",'
        " aws_access_key_id: a, aws_region: us-east-1, aws_allow_http: true,"
        ' aws_endpoint_url: "http://127.0.0.1:9", max_retries: 0}}\n  training:',
    )
    more = "  base: {source: base, check: row_count, threshold: none}\n"
    more += "  cloud: {source: cloud, check: row_count, threshold: none}"
    shop.write(model, MONITORS + more)
    env = {
        "FOLDER": f"/nowhere/{CANARY}",
        "BASE": f"postgresql://user:{CANARY}@127.0.0.1:{free_port()}/base",
        "KEY": CANARY,
    }
    said = all_that_is_said(shop, env)
    assert said[0].code == 3
    check(shop, said)


def test_a_store_by_url(shop: Project) -> None:
    shop.write(rows.MODEL, MONITORS, 'store: "${STATE}"')
    for url in (f"postgresql://user:{CANARY}@127.0.0.1:{free_port()}/state", f"mysql://{CANARY}@x/y", CANARY):
        said = all_that_is_said(shop, {"STATE": url})
        assert said[0].code == 3
        check(shop, said)
