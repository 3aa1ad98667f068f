"""What may stand behind `--export prometheus=`."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.api import DriftlineError
from driftline_prometheus.errors import TargetError
from driftline_prometheus.targets import FileTarget, PushTarget, parse


def test_a_file() -> None:
    assert parse("file:/var/lib/x.prom") == FileTarget(Path("/var/lib/x.prom"))


def test_a_file_with_labels_that_set_it_apart_from_others() -> None:
    target = parse("file:out/x.prom?document=churn&team=risk%20b")
    assert target == FileTarget(Path("out/x.prom"), {"document": "churn", "team": "risk b"})


def test_a_gateway_with_the_default_job() -> None:
    assert parse("push:http://gateway:9091") == PushTarget("http://gateway:9091", "driftline")


def test_a_gateway_with_job_group_path_and_credentials() -> None:
    target = parse("push:https://me:pass%2Fword@[::1]:9091/behind/?job=nightly&document=churn")
    assert target == PushTarget(
        "https://[::1]:9091/behind", "nightly", {"document": "churn"}, user="me", password="pass/word"
    )
    assert "pass" not in repr(target)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x.prom", "this target is not known; write file:PATH or push:URL"),
        ("ftp:host", "ftp: is not known; write file:PATH or push:URL"),
        ("file:", "file: is not known; write file:PATH"),
        ("file:?a=b", "names no file"),
        ("file:x.prom?job=a", "Prometheus sets job itself"),
        ("push:gateway:9091", "needs http:// or https:// and a host"),
        ("push:http://", "needs http:// or https:// and a host"),
        ("push:http://me:s3cret@host:port", "the URL cannot be read (Port could not be cast to integer value"),
        ("push:http://host?le-gume=a", "'le-gume' is no name of a label"),
        ("push:http://host?__name=a", "'__name' is no name of a label"),
        ("push:http://host?monitor=a", "driftline sets the label monitor itself"),
        ("push:http://host?team=a&team=b", "give team one text"),
        ("push:http://host?team=", "give team one text"),
    ],
)
def test_what_is_no_target_is_said_with_the_next_step(text: str, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert isinstance(caught.value, DriftlineError)
    assert caught.value.exit_code == 2
