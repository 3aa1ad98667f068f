"""What is quoted of a file shows no credentials that stand in it."""

from __future__ import annotations

import pytest

from driftline.redaction import redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("url: postgresql://user:pass@host/db", "url: postgresql://*********@host/db"),
        ("url: postgresql+psycopg://user:p@h/d?password=x", "url: postgresql+psycopg://******@h/d?password=*"),
        ("{path: s3://bucket/a.parquet, x: 1}", "{path: s3://bucket/a.parquet, x: 1}"),
        ("https://u:p@host/hook/abc?key=1 after", "https://***@host/************** after"),
        ("json://user:pass@host/hook", "json://" + "*" * 19),
        ("{url: slack://a/b/c}", "{url: slack://*****}"),
        ("json://localhost and json://localhost/hook", "json://localhost and json://localhost*****"),
        ("json://${HOST}/${PATH:-x}", "json://${HOST}*${PATH:-x}"),
        ('aws_secret_access_key: "abc", region: eu', 'aws_secret_access_key: "***", region: eu'),
        ("X-Token: ${TOKEN}", "X-Token: ${TOKEN}"),
        ('{Authorization: "Bearer abc"}', '{Authorization: "Bearer ***"}'),
        ("tokens: [a, b]", "tokens: [a, b]"),
        ("roles: {id: flight_id, score: p_late}", "roles: {id: flight_id, score: p_late}"),
    ],
)
def test_credentials_are_asterisks(text: str, shown: str) -> None:
    assert redacted(text) == shown
    assert len(redacted(text)) == len(text)  # so that a caret below it points where it did
