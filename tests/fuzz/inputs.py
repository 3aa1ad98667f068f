"""Inputs for `validate`: configurations made from the schema, and mutations of files that people wrote.

The schema is the composed one, so that every key and kind is tried from the day on which it is there.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from driftline import registry
from driftline.schema.compose import compose

PROJECT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
NAMES = ("a", "b", "m", "x", "y", "training", "overall", "features", "daily", "prod", "psi", "previous", "none", "p_*")
DEEPEST = 7

# What slots take, and what they should refuse.
VALUES: dict[str, tuple[str, ...]] = {
    "text": ("a", "amount > 100", "SUM(a) / COUNT(*)", "features", "*", "p_*", "Europe/Oslo", "data/*.parquet", "^a+$"),
    "secret": ("json://localhost:1", "sqlite:///s.db", "postgresql://u:p@h/d", "${HOME}", "${file:secret.txt}"),
    "integer": ("1", "0", "-3", "100", "9999999999"),
    "number": ("0", "0.5", "1e-3", "-7", "1e300"),
    "ratio": ("5%", "0.2", "-10%", "80", "1e2%"),
    "boolean": ("true", "false"),
    "duration": ("1d", "6h", "7d", "1mo", "500ms", "0s"),
    "instant": ("2026-07-01", "2026-07-01T06:00:00Z"),
}
NASTY = (
    "", "~", "null", "[]", "{}", "NO", "0x1F", "1_000", "'", '"', "*", "*a", "&a", "&a 1", "!x 1", "<<", "? :",
    "- -", "|", ">", "${", "${A", "${A}", "${A:-b}", "${A:-${B}}", "$${A}", "${file:}", "${file:/dev/zero}",
    "${file:../x}", "${HOME:-}", "(((((", "NOT NOT", "SELECT 1", "a OR", "SUM(", "CASE WHEN", "SUM(a) OVER ()",
    "x" * 200, "(" * 300, "[" * 80, "é", "𝛼", "\u202e", "\\u202e", "\x1b[31m", '"\\e"', "\t", "\r", "\x85",
    "\u2028", "\x00", "#", " #", ": ", ":", ",", "{", "}", "]", "%YAML 1.1", "---", "...", "../..", "/etc/passwd",
    "**/**", "**", "*.yaml", "monitors.yaml", "part.yaml", "9" * 50, "1e999", "-0", "nan", ".inf", "999999999d",
    "2026-02-30", "0001-01-01", "9999-12-31T23:59:59Z", "mon-fri 09:00-17:00", "sun-mon 25:00-1:0", "0 0 30 2 *",
    "* * * * *", "(a+)+$", "[z-a]", "[!", "(?=a)", "\\", "each", "2 of 3", "3 of 2", "0 of 0",
)  # fmt: skip


@cache
def schema() -> dict[str, Any]:
    return compose(registry.load())


@cache
def written() -> tuple[str, ...]:
    """What people wrote: the museum, the good files, the examples, and what once failed."""
    folders = ("tests/config/bad", "tests/config/good", "tests/data", "tests/fuzz/corpus", "docs", ".")
    paths = [path for folder in folders for path in sorted((PROJECT / folder).glob("*.yaml"))]
    paths += sorted((PROJECT / "tests/scenarios").rglob("*.yaml")) if (PROJECT / "tests/scenarios").is_dir() else []
    return tuple(path.read_bytes().decode("utf-8", "replace")[:20_000] for path in paths)


def make(random: Random) -> str:
    """One input: generated, taken from a person, or two of them crossed; then mutated more often than not."""
    kind = random.random()
    if kind < 0.5:
        text = render(random, generate(random, schema(), 0))
    elif kind < 0.9:
        text = random.choice(written())
    else:
        text = "\n".join((random.choice(written()), render(random, generate(random, schema(), 0))))
    for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
        text = mutate(random, text)
    return text


# From the schema -----------------------------------------------------------------------------------------------------


def generate(random: Random, shape: Any, depth: int) -> Any:
    """A value that mostly fits a schema."""
    if random.random() < 0.02 or depth > DEEPEST or not isinstance(shape, dict):
        return random.choice(NASTY)
    if "$ref" in shape:
        name = shape["$ref"].removeprefix("#/$defs/")
        if name.startswith("slot-"):
            return slot(random, name.removeprefix("slot-"))
        return generate(random, schema()["$defs"][name], depth)
    if "const" in shape:
        return shape["const"]
    if "enum" in shape:
        return random.choice(shape["enum"])
    if "anyOf" in shape and "properties" not in shape:
        return generate(random, random.choice(shape["anyOf"]), depth)
    kinds = shape.get("type", "string")
    kind = kinds if isinstance(kinds, str) else random.choice(kinds)
    if kind == "object" or "properties" in shape:
        return generate_map(random, shape, depth)
    if kind == "array":
        count = random.choice((0, 1, 1, 2, 3))
        return [generate(random, shape.get("items", True), depth + 1) for _ in range(count)]
    return slot(random, "text")


def generate_map(random: Random, shape: dict[str, Any], depth: int) -> dict[str, Any]:
    """A map with some of its properties; of one that has kinds, with those of one kind too."""
    for branch in random.sample(shape.get("allOf", []), k=min(1, len(shape.get("allOf", [])))):
        discriminator = branch.get("if", {}).get("properties", {})
        shape = {**shape, "properties": {**shape.get("properties", {}), **discriminator}}
        then = branch.get("then", {})
        if "$ref" in then:
            then = schema()["$defs"][then["$ref"].removeprefix("#/$defs/")]
        shape["properties"] = {**shape["properties"], **then.get("properties", {}), **discriminator}
        shape["required"] = [*shape.get("required", []), *then.get("required", []), *discriminator]
    properties = {name: one for name, one in shape.get("properties", {}).items() if one is not True}
    share = random.choice((0.1, 0.3, 0.6)) if depth else random.choice((0.4, 0.8))
    wanted = [name for name in properties if name in shape.get("required", []) or random.random() < share]
    found = {name: generate(random, properties[name], depth + 1) for name in wanted}
    extra = shape.get("additionalProperties")
    if isinstance(extra, dict):
        for _ in range(random.choice((0, 1, 2, 3))):
            found[random.choice(NAMES)] = generate(random, extra, depth + 1)
    if depth == 0 and random.random() < 0.9:
        found["version"] = 1
    return found


def slot(random: Random, name: str) -> str:
    if random.random() < 0.05:
        return random.choice(NASTY)
    if name == "text" and random.random() < 0.6:
        return random.choice(NAMES)
    return random.choice(VALUES.get(name) or random.choice(list(VALUES.values())))


def render(random: Random, value: Any) -> str:
    """As YAML, in block or in flow style; texts stand as they are more often than not, so that quotes are missed."""
    if random.random() < 0.4:
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)
    plain = random.random() < 0.5
    top = value if isinstance(value, dict) else {"version": value}
    return "".join(f"{key}: {flow(item, plain)}\n" for key, item in top.items())


def flow(value: Any, plain: bool) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key, plain)}: {flow(item, plain)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, plain) for item in value) + "]"
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


# Mutations -----------------------------------------------------------------------------------------------------------


def mutate(random: Random, text: str) -> str:
    """One change to lines, words or characters."""
    lines = text.split("\n")
    line, other = random.randrange(len(lines)), random.randrange(len(lines))
    start, end = sorted((random.randrange(len(text) + 1), min(len(text), random.randrange(len(text) + 1))))
    match random.randrange(11):
        case 0:
            del lines[line]
        case 1:
            lines.insert(line, lines[other])
        case 2:
            lines[line], lines[other] = lines[other], lines[line]
        case 3:
            lines[line] = " " * random.randrange(1, 5) + lines[line]
        case 4:
            lines[line] = lines[line].removeprefix("  ")
        case 5:
            words = lines[line].split(" ")
            words[random.randrange(len(words))] = random.choice(NASTY)
            lines[line] = " ".join(words)
        case 6:
            words = lines[line].split(" ")
            words[random.randrange(len(words))] = random.choice(NAMES)
            lines[line] = " ".join(words)
        case 7:
            return text[:start] + random.choice(NASTY) + text[start:]
        case 8:
            return text[:start] + text[min(end, start + 30) :]
        case 9:
            return (
                text[:start] + chr(random.choice((random.randrange(128), random.randrange(0x3000)))) + text[start + 1 :]
            )
        case _:
            return text[:start] + text[start:end][:200] * random.choice((2, 3)) + text[end:]
    return "\n".join(lines)
