"""The line of an NDJSON file that does not parse, or does not fit. Only a failure is looked into this way."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import polars as pl

_BATCH = 50_000
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def fault(file: str, types: Mapping[str, pl.DataType]) -> str | None:
    """What is wrong with the first line that does not read with these types; None when all do.

    Values are not quoted: they may be private.
    """
    try:
        for number, line in _lines(file):
            row = _row(line)
            if isinstance(row, str):
                return f"has a broken line, {number}: {row}"
            for key, value in row.items():
                cause = _misfit(key, value, types[key]) if key in types else None
                if cause is not None:
                    meant = _type(value, types.get(key))
                    return f"holds {cause} (line {number}); declare it under `types` (`{key}: {meant}`)"
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return "is not UTF-8 text; write it again as UTF-8"
    return None


def mixed_types(file: str, lines: int) -> dict[str, pl.DataType]:
    """The columns of a file whose first lines hold values of several shapes in one column, for which Polars gives up.

    What is not of one simple kind throughout is text: any value can be read as that. Empty for a file with a line that
    is no object.
    """
    kinds: dict[str, set[type]] = {}
    with suppress(UnicodeDecodeError):  # that file does not read anyway, and it is said where it fails to
        for _, line in islice(_lines(file), lines):
            row = _row(line)
            if isinstance(row, str):
                return {}
            for key, value in row.items():
                kinds.setdefault(key, set()).update({type(value)} if value is not None else ())
    return {key: _type_of(found) for key, found in kinds.items()}


def _type_of(kinds: set[type]) -> pl.DataType:
    if not kinds:
        return pl.Null()
    if kinds <= {int, float}:
        return pl.Float64() if float in kinds else pl.Int64()
    return pl.Boolean() if kinds == {bool} else pl.String()


def _lines(file: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, counted from 1; UnicodeDecodeError where they are not UTF-8."""
    for number, line in enumerate(_zstandard(file) if file.endswith(".zst") else _plain(file), 1):
        if line.strip():
            yield number, line


def _plain(file: str) -> Iterator[str]:
    """Python reads these: Polars panics at some text that is not UTF-8."""
    with open(file, "rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    with gzip.open(file, "rb") if packed else open(file, "rb") as stream:
        for line in stream:
            yield line.decode().rstrip("\r\n")


def _zstandard(file: str) -> Iterator[str]:
    for batch in pl.scan_lines(file).collect_batches(chunk_size=_BATCH, maintain_order=True):
        yield from batch.to_series()


def _row(line: str) -> dict[str, Any] | str:
    """The object that a line holds, or why it holds none."""
    if line.startswith("\ufeff"):
        return "it starts with a byte-order mark; write the file without one"
    try:
        found = json.loads(line, parse_constant=_refuse)
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        if line.strip() in ("[", "{"):
            return "the file is one JSON document over many lines; write one object per line (`jq -c '.[]'`)"
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return f"it is not JSON ({getattr(error, 'msg', error)}{where})"
    if isinstance(found, list):
        return "it is a JSON list, not an object; write one object per line (`jq -c '.[]'`)"
    return found if isinstance(found, dict) else "it is a single value, not a JSON object"


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number; write null")


def _misfit(key: str, value: object, dtype: pl.DataType) -> str | None:
    """Why a value cannot be read as the type of its column; None when it can."""
    if value is None or dtype == pl.String:
        return None
    if dtype == pl.Boolean:
        fits = isinstance(value, bool)
    elif dtype.is_integer():
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif dtype.is_float():
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif dtype.is_nested():
        fits = isinstance(value, dict if isinstance(dtype, pl.Struct) else list)
    else:
        fits = isinstance(value, str) and dtype != pl.Null
    return None if fits else f"{_KINDS[type(value)]} in {key!r}, which is {dtype} as the lines before are"


def _type(value: object, dtype: pl.DataType | None) -> str:
    """The type to declare: numbers where only their fractions are new, else text."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if number and dtype is not None and (dtype.is_numeric() or dtype == pl.Null) else "text"
