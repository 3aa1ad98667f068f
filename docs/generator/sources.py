"""The page of sources: the keys that all have, and the options of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docs.generator.kinds import docstring, parameter_table
from docs.generator.markdown import fence, page, prose, table
from driftline.registry import Registry
from driftline.schema.kinds import core_schema

EXAMPLES: Mapping[str, str] = {
    "parquet": """
sources:
  scored:
    path: s3://bucket/scored/day=*/*.parquet
    timestamp: scored_at
    lateness: 6h
    storage: {aws_region: eu-north-1, aws_secret_access_key: "${AWS_SECRET}"}
""",
    "csv": """
sources:
  scored:
    path: exports/scored-*.csv.gz
    timestamp: scored_at
    separator: ";"
    null_values: [NA, "-"]
    types: {postcode: text}
    timestamp_format: "%d/%m/%Y %H:%M"
""",
    "ndjson": """
sources:
  scored:
    path: logs/scored-*.jsonl.gz
    timestamp: scored_at
    types: {postcode: text, amount: number}
    timestamp_format: epoch_ms
""",
    "delta": """
sources:
  scored:
    type: delta
    path: s3://lake/scored
    timestamp: scored_at
    as_of: 2026-07-01
    storage: {aws_region: eu-north-1}
""",
    "sql": """
sources:
  scored:
    url: "${DATABASE_URL}"          # postgresql://user:password@host/database, or sqlite:///file.db
    query: SELECT scored_at, amount, p FROM scores
    timestamp: scored_at
    where: "amount > 0"
""",
}


def sources_page(registry: Registry) -> str:
    """Every kind of source."""
    blocks = [
        "A source is rows and their timestamp. The kind follows from the end of `path`, or from `query`; `type` says "
        "it where that is not enough.",
        "## Keys of every source",
        table(("key", "default", "what it is"), [_row(*item) for item in _common().items()]),
    ]
    for name in registry.sources:
        kind = registry.source_class(name)
        blocks += [f"## `{name}`", docstring(kind)]
        if kind.suffixes:
            blocks.append(f"Implied by: {', '.join(f'`{suffix}`' for suffix in kind.suffixes)}.")
        blocks += [parameter_table(kind, "It takes no options.")]
        if name in EXAMPLES:
            blocks.append(fence(EXAMPLES[name].strip(), "yaml"))
    return page("Sources", *blocks)


def _common() -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = core_schema()["$defs"]["source"]["properties"]
    return properties


def _row(name: str, schema: Mapping[str, Any]) -> tuple[str, str, str]:
    default = schema.get("default")
    return f"`{name}`", "" if default is None else f"`{default}`", prose(schema["description"])
