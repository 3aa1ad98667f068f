"""What an editor, the schema and the docs read of the sources."""

from __future__ import annotations

import subprocess
import sys

import pytest

from driftline import registry
from driftline.parameters import fragment, parameters

KINDS = ("csv", "parquet", "sql")


def test_the_built_in_sources_are_found_by_their_files() -> None:
    assert set(KINDS) <= set(registry.load().sources)


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_has_a_sentence_and_a_schema(kind: str) -> None:
    source = registry.load().source_class(kind)
    assert all(option.description.endswith(".") for option in parameters(source))
    assert set(fragment(source)["properties"]) == {option.name for option in parameters(source)}


def test_options_of_a_kind() -> None:
    schema = fragment(registry.load().source_class("csv"))
    assert schema["required"] == ["path"]
    assert schema["properties"]["types"]["additionalProperties"]["enum"][0] == "text"
    assert schema["properties"]["storage"]["additionalProperties"]["x-slot"] == "secret"
    assert fragment(registry.load().source_class("sql"))["properties"]["url"]["x-slot"] == "secret"


def test_reading_the_options_loads_no_heavy_library() -> None:
    program = (
        "import sys; from driftline import registry; from driftline.parameters import fragment;"
        f"[fragment(registry.load().source_class(kind)) for kind in {KINDS}];"
        "print([name for name in ('polars', 'pyarrow', 'numpy', 'adbc_driver_manager') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
