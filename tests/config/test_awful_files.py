"""Files that nobody wrote in good faith, or in their right mind: a clear error in two seconds, and little to read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.validate import command

HEAD = """version: 1
sources: {a: {path: a.parquet, timestamp: at}, b: {path: b.parquet}}
models: {m: {source: a, baseline: b}}
"""
SECONDS = 6.0  # of processor time: 2 on a quiet machine, which a busy one, whose caches others use, may triple
LONGEST = 600_000  # characters of output: a thousand errors with their excerpts


def validate(path: Path) -> tuple[int, str, float]:
    """Exit code, what was said, seconds of processor time."""
    started = time.process_time()
    result = CliRunner().invoke(command, [str(path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output, time.process_time() - started


def refused(path: Path, code: str, says: str = "") -> str:
    exit_code, said, seconds = validate(path)
    assert (exit_code, f"error {code}: " in said, says in said) == (2, True, True), said[:2_000]
    assert seconds < SECONDS
    assert len(said) < LONGEST
    assert said.replace("\n", "").isprintable()
    return said


def many(count: int, line: str, section: str = "monitors") -> str:
    """A section of so many lines, each with its number in it."""
    return f"{HEAD}{section}:\n" + "".join(f"  {line.replace('#', str(number))}\n" for number in range(count))


FILES: dict[str, tuple[str | bytes, str]] = {
    "ten megabytes": (b"monitors: {}\n" * 800_000, "DL005"),
    "a comment of four megabytes": ("#" * (4 << 20), "DL006"),
    "zeros": (b"\0" * 1_000_000, "DL002"),
    "random bytes": (bytes(range(256)) * 4_000, "DL002"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "DL002"),
    "an old encoding": ("version: 1\nx-a: é".encode("latin-1"), "DL002"),
    "UTF-16": ("version: 1".encode("utf-16"), "DL002"),
    "UTF-16 without its mark": ("version: 1".encode("utf-16-le"), "DL002"),
    "UTF-32": ("version: 1".encode("utf-32"), "DL002"),
    "half a character": ("version: 1 # é".encode()[:-1], "DL002"),
    "carriage returns only": (b"version: 2\rmodels: 3\r", "DL023"),
    "tabs": ("version: 1\nmodels:\n\tm: {}\n", "DL003"),
    "brackets": ("a: " + "[" * 1_000_000, "DL005"),
    "braces": ("a: " + "{a: " * 1_000, "DL005"),
    "dashes": ("- " * 1_000_000, "DL005"),
    "a thousand levels": ("".join(" " * depth + "a:\n" for depth in range(1_000)), "DL005"),
    "a billion laughs": (
        "l0: &l0 [x,x]\n" + "".join(f"l{n + 1}: &l{n + 1} [*l{n},*l{n},*l{n},*l{n}]\n" for n in range(14)),
        "DL005",
    ),
    "a long list, often": ("a: &a [" + "x," * 50_000 + "]\nb: [" + "*a," * 50_000 + "]\n", "DL005"),
    "a long text, often": (f"x-a: &a {'x' * 60_000}\n" + many(20_000, "m#: {description: *a, check: no}"), "DL047"),
    "a large map, merged often": (
        "x-a: &a {" + ",".join(f"k{n}: 1" for n in range(3_000)) + "}\n" + many(2_000, "m#: {<<: *a}"),
        "DL005",
    ),
    "a chain of merges": (
        "x-0: &a0 {k: 1}\n" + "".join(f"x-{n + 1}: &a{n + 1} {{<<: *a{n}}}\n" for n in range(500)),
        "DL005",
    ),
    "a value of a megabyte": (f"{HEAD}store: {'x' * 1_000_000}\n", "DL005"),
    "a key of a megabyte": (f"? {'k' * 1_000_000}\n: 1\n", "DL005"),
    "a hundred thousand keys": (many(100_000, "k#: 1"), "DL020"),
    "a hundred thousand unknown keys": ("".join(f"k{n}: 1\n" for n in range(100_000)), "DL012"),
    "a hundred thousand double keys": ("version: 1\n" * 100_000, "DL004"),
    "a hundred thousand empty values": (many(100_000, "k#:"), "DL025"),
    "a hundred thousand aliases of nothing": (many(100_000, "k#: *x"), "DL008"),
    "a hundred thousand tags": ("".join(f"k{n}: !x 1\n" for n in range(100_000)), "DL009"),
    "names that are nearly right": (
        many(1_000, "t-#: {critical: {above: 1}}", "thresholds")
        + "monitors:\n" + "".join(f"  k{n}: {{check: psi, threshold: tt-{n}}}\n" for n in range(1_500)),
        "DL044",
    ),
    "a glob of nothing but stars": (
        many(1, "a" * 200 + ": {check: psi}") + f"routes: [{{channels: [c], match: {{monitor: '{'*a' * 500}b'}}}}]\n",
        "DL046",
    ),
    "a regular expression that is too deep": (
        HEAD.replace("source: a", f"source: a, columns: {{x: {{valid: {{regex: '{'(' * 5_000}{')' * 5_000}'}}}}}}"),
        "DL071",
    ),
    "a long regular expression": (f"{HEAD}x-a: '{'(a|b)' * 200_000}'\n", "DL005"),
    "SQL in parentheses": (f"{HEAD}metrics: {{k: {{model: m, sql: '{'(' * 3_000}SUM(a){')' * 3_000}'}}}}\n", "DL072"),
    "SQL of a thousand terms": (f"{HEAD}metrics: {{k: {{model: m, sql: 'SUM(a){'+SUM(a)' * 1_200}'}}}}\n", "DL073"),
    "SQL of a megabyte": (f"{HEAD}metrics: {{k: {{model: m, sql: '{'SUM(a)+' * 140_000}1'}}}}\n", "DL005"),
    "huge numbers": (many(1, f"a: {{check: psi, min_rows: {'9' * 60_000}}}"), "DL021"),
    "numbers beyond numbers": (many(1, "a: {check: psi, threshold: {critical: {above: 1e999999999}}}"), "DL021"),
    "absurd durations": (f"{HEAD}windows: {{a: {{size: 999999999999999d}}, b: {{size: {'9' * 60_000}mo}}}}\n", "DL021"),
    "a day that never comes": (f"{HEAD}monitors: {{a: {{check: psi, schedule: '0 0 30 2 *'}}}}\n", "DL034"),
    "a time zone that is a file": (f"{HEAD}defaults: {{timezone: ../../../../etc/passwd}}\n", "DL027"),
    "a secret without end": (f"{HEAD}store: ${{file:/dev/zero}}\n", "DL011"),
    "a secret from the terminal": (f"{HEAD}store: ${{file:/dev/stdin}}\n", "DL011"),
    "a secret that is a folder": (f"{HEAD}store: ${{file:/}}\n", "DL011"),
    "a secret with a long name": (f"{HEAD}store: ${{file:{'a' * 60_000}}}\n", "DL011"),
    "substitutions in substitutions": (f"{HEAD}store: '{'${' * 30_000}'\n", "DL013"),
    "a hundred thousand documents": ("---\n" * 100_000, "DL006"),
    "directives": ("%FOO bar\n" * 100_000 + "---\nversion: 1\n", "DL003"),
    "an escape sequence": (b"version: 1\nx-a: \x1b[31m\n", "DL002"),
    "an escape sequence, escaped": (f'{HEAD}monitors: {{"\\e[31mred": {{check: psi}}}}\n', "DL002"),
    "an escape of the second kind": (f'{HEAD}monitors: {{"\\u009b31m": {{check: psi}}}}\n', "DL002"),
    "text that is shown backwards": (f"{HEAD}monitors: {{\u202egnp.ksp: {{check: psi}}}}\n", "DL002"),
    "a name that looks like another": (f"{HEAD}monitors: {{x: {{check: рsі}}}}\n", "DL047"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code"), FILES.values(), ids=FILES)
def test_an_awful_file_is_refused_in_time(tmp_path: Path, content: str | bytes, code: str) -> None:
    file = tmp_path / "monitors.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(file, code)


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def _loop(folder: Path) -> str:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    return "one"


THINGS: dict[str, Callable[[Path], str]] = {
    "a pipe": _pipe,
    "a device without end": lambda _: "/dev/zero",
    "a device that is empty": lambda _: "/dev/null",
    "a folder": lambda folder: str(folder),
    "a circle of links": _loop,
    "a name that is too long": lambda _: "x" * 5_000,
    "a name that drives the terminal": lambda _: "\x1b[31m",
}


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path, make: Callable[[Path], str]) -> None:
    refused(tmp_path / make(tmp_path), "DL001")


@pytest.mark.parametrize("form", ["include: [pipe]", "include: ['p*']", "store: '${file:pipe}'"])
def test_a_pipe_that_is_named_in_a_file_is_not_waited_for(tmp_path: Path, form: str) -> None:
    _pipe(tmp_path)
    (tmp_path / "monitors.yaml").write_text(f"{HEAD}{form}\n")
    refused(tmp_path / "monitors.yaml", "DL011" if "store" in form else "DL014")


def including(folder: Path, include: str) -> Path:
    root = folder / "monitors.yaml"
    root.write_text(f"{HEAD}include: {include}\nwindows: 3\n")
    return root


def test_a_chain_of_includes_ends(tmp_path: Path) -> None:
    for number in range(1_100):
        (tmp_path / f"{number}.yaml").write_text(f"include: [{number + 1}.yaml]\n")
    refused(including(tmp_path, "[0.yaml]"), "DL005", "more than 50 files include one another")


def test_ten_thousand_files_are_too_many(tmp_path: Path) -> None:
    (tmp_path / "teams").mkdir()
    for number in range(10_000):
        (tmp_path / "teams" / f"{number}.yaml").touch()
    _, said, _ = validate(including(tmp_path, "['teams/*.yaml']"))
    assert "there are more than 1,000 errors" in said  # each is an empty file
    for number in range(10_000):
        (tmp_path / "teams" / f"{number}.yaml").write_text(f"x-{number}: 1\n")
    refused(including(tmp_path, "['teams/*.yaml']"), "DL005", "more than 2000 files are included")


def test_stars_over_folders_do_not_multiply(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / "/".join(str(number).zfill(3)) / "deep").mkdir(parents=True)
    (tmp_path / "0/0/0/deep/part.yaml").write_text("windows: {w: {size: 1d}}\n")
    said = refused(including(tmp_path, f"['{'**/' * 12}*.yaml']"), "DL020")
    assert "part.yaml" in said  # found, once: what it says and what the root file says do not go together
    refused(including(tmp_path, str([f"**/*{number}.yml" for number in range(2_000)])), "DL005", "more than 50,000")


def test_stars_follow_no_links(tmp_path: Path) -> None:
    (tmp_path / "up").symlink_to("/")
    (tmp_path / "here").symlink_to(".")
    refused(including(tmp_path, "['**/*.parquet', '*/**/*.parquet']"), "DL005")
    _, said, seconds = validate(including(tmp_path, "['**/*.parquet']"))
    assert "`**/*.parquet` finds no file" in said
    assert seconds < SECONDS


def test_a_file_that_is_gone_when_its_errors_are_shown_is_not_quoted(tmp_path: Path) -> None:
    from driftline.errors import Diagnostic, Place
    from driftline.report.diagnostics import render_text

    found = Diagnostic("DL003", "a key is expected here", Place(str(tmp_path / "gone.yaml"), 3, 1))
    assert render_text([found]).splitlines()[0].endswith("gone.yaml:3:1: error DL003: a key is expected here")


def test_a_thousand_errors_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "monitors.yaml"
    file.write_text(many(3_000, "k#: 1"))
    said = refused(file, "DL020")
    assert said.count("error DL020") == 1_000
    assert "there are more than 1,000 errors; the rest of the configuration was not looked at" in said
