"""Reading: positions, limits, encodings, anchors; a file is read or refused, never half of it."""

from __future__ import annotations

import time

import pytest

from driftline.config.findings import Findings
from driftline.config.nodes import Map, Scalar, Sequence
from driftline.config.reader import parse


def read(text: str) -> tuple[Map | None, list[str]]:
    findings = Findings()
    root = parse(text, "m.yaml", findings)
    return root, [found.code for found in findings.ordered(["m.yaml"])]


def value(root: Map | None, *keys: str) -> Scalar:
    node: object = root
    for key in keys:
        assert isinstance(node, Map)
        node = node.entries[key].value
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize("text", ["NO", "02134", "1.10", "2013-12-01", "12:30:45", "1e3", "on", "0x1F", "=", "~x"])
def test_a_scalar_keeps_its_source_text(text: str) -> None:
    root, codes = read(f"a: {text}\n")
    assert (value(root, "a").text, codes) == (text, [])


def test_every_node_knows_its_line_column_and_width() -> None:
    root, _ = read("a:\n  b: {c: word}\n")
    node = value(root, "a", "b", "c")
    assert (node.line, node.column, node.width, str(node.place)) == (2, 10, 4, "m.yaml:2:10")
    assert root is not None
    assert root.entries["a"].key.column == 1


def test_a_merge_key_fills_what_the_map_itself_does_not_say() -> None:
    root, codes = read("x-a: &a {p: 1, q: 2}\nx-b: &b {q: 3, r: 4}\nm: {<<: [*a, *b], p: 9}\n")
    merged = {key: value(root, "m", key).text for key in ("p", "q", "r")}
    assert (merged, codes) == ({"p": "9", "q": "2", "r": "4"}, [])


def test_an_alias_is_the_value_that_it_names() -> None:
    root, codes = read("x: &list [a, b]\ny: *list\n")
    assert root is not None
    assert root.entries["y"].value is root.entries["x"].value
    assert isinstance(root.entries["y"].value, Sequence)
    assert codes == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 200_000, "DL005"),
        ("- " * 200_000, "DL005"),
        ("? " * 200_000, "DL005"),
        ("a: {" * 100_000, "DL005"),
        ("\n".join(" " * depth + "a:" for depth in range(2_000)), "DL005"),
        ("a: [" + "1," * 300_000 + "1]", "DL005"),
        ("a0: &a0 [1]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(60)), "DL005"),
        ("a: " + "&x " * 100_000, "DL003"),
        ("a: '" + "x\n" * 500_000, "DL003"),
    ],
    ids=["brackets", "dashes", "question-marks", "braces", "indents", "items", "doubling", "anchors", "open-quote"],
)
def test_what_is_too_much_is_refused_in_time(text: str, code: str) -> None:
    start = time.process_time()
    root, codes = read(text)
    assert (root, codes) == (None, [code])
    assert time.process_time() - start < 8.0  # 2 s on a quiet machine


def test_all_duplicate_keys_of_a_file_are_told_at_once() -> None:
    _, codes = read("a: 1\na: 2\nb: {c: 1, c: 2, c: 3}\n")
    assert codes == ["DL004"] * 3
