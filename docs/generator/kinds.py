"""What a kind declares of itself, in words: parameters, thresholds, ranges, examples."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from docs.generator.markdown import prose, table
from driftline.checks.base import Check, Example
from driftline.config.document import Bounds, Threshold
from driftline.evaluate.wording import plain
from driftline.parameters import Parameter, parameters

MOST_VALUES = 8


def docstring(kind: type) -> str:
    """The text of a kind's class, its paragraphs on one line each."""
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return "\n\n".join(prose(" ".join(paragraph.split())) for paragraph in paragraphs)


def parameter_table(kind: type, none: str) -> str:
    """Every parameter: its type, bounds and default, and its sentence; `none` where there is no parameter."""
    declared = parameters(kind)
    if not declared:
        return none
    rows = [(f"`{one.name}`", _type(one), _default(one), prose(one.description)) for one in declared]
    return table(("parameter", "type", "default", "what it is"), rows)


def _type(parameter: Parameter) -> str:
    if parameter.matcher:
        return "[a matcher](../../language.md#matchers)"
    text = f"one of {', '.join(f'`{choice}`' for choice in parameter.choices)}" if parameter.choices else parameter.slot
    limits = [
        f"{words} {plain(bound)}"
        for words, bound in (
            ("≥", parameter.minimum),
            (">", parameter.exclusive_minimum),
            ("≤", parameter.maximum),
            ("<", parameter.exclusive_maximum),
        )
        if bound is not None
    ]
    text = ", ".join([text, *limits])
    if parameter.many:
        return f"{text}, or a list of them"
    return f"a map from text to {text}" if parameter.mapping else text


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, (), ""):
        return "none"
    return f"`{scalar(parameter.default)}`"


def scalar(value: Any) -> str:
    """A value as YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def threshold_yaml(threshold: Threshold, unit: str) -> str:
    """A threshold as a team writes it, in flow form."""
    unit = "ratio" if threshold.compare == "change" else unit
    parts = [] if threshold.compare == "value" else [f"compare: {threshold.compare}"]
    for name in ("warning", "critical", "recovery"):
        bounds: Bounds | None = getattr(threshold, name)
        if bounds is not None:
            parts.append(f"{name}: {_bounds(bounds, unit)}")
    return f"{{{', '.join(parts)}}}"


def _bounds(bounds: Bounds, unit: str) -> str:
    sides = (("below", bounds.below), ("above", bounds.above))
    texts = [f"{side}: {_number(value, unit)}" for side, value in sides if value is not None]
    return f"{{{', '.join(texts)}}}"


def _number(value: float, unit: str) -> str:
    if unit == "ratio" and value != 0:
        return f"{value * 100:g}%"
    return f"{value / 3600:g}h" if unit == "seconds" else f"{value:g}"


def value_range(check: type[Check]) -> str:
    """`from 0 to 1`."""
    low, high = check.range
    if low is not None and high is not None:
        return f"from {plain(low)} to {plain(high)}"
    if low is not None:
        return f"{plain(low)} or more"
    return f"{plain(high)} or less" if high is not None else "any number"


def example_table(examples: Sequence[Example]) -> str:
    """Worked examples: rows in, value out; each is run as a test."""
    given = "verdicts" if any(one.verdicts for one in examples) else "rows"
    head = ["example", given, "baseline", "parameters", "reads"]
    rows = [
        [
            prose(one.says),
            _rows(one.rows) or ", ".join(f"`{series}`: {status}" for series, status in one.verdicts.items()),
            _rows(one.baseline) if one.baseline is not None else "",
            _setting(one),
            f"`{one.value}`" if isinstance(one.value, str) else plain(one.value),
        ]
        for one in examples
    ]
    kept = [at for at, _ in enumerate(head) if at in (0, 1, 4) or any(row[at] for row in rows)]
    return table([head[at] for at in kept], [[row[at] for at in kept] for row in rows])


def _setting(example: Example) -> str:
    """What is not a row: parameters, SQL and validity rules."""
    parts = [f"`{name}: {scalar(value)}`" for name, value in example.parameters.items()]
    parts += [f"`{example.sql}`"] if example.sql else []
    if example.valid is not None:
        rules = {key.rstrip("_"): value for key, value in vars(example.valid).items() if value not in (None, False)}
        parts += [f"`{name}: {_cell(value)}`" for name, value in rules.items()]
    return ", ".join(parts)


def _rows(rows: Mapping[str, Sequence[Any]]) -> str:
    return "; ".join(f"`{name}`: {_values(values)}" for name, values in rows.items())


def _values(values: Sequence[Any]) -> str:
    """`50 × a, 50 × b`; a long list is cut, and says how long it is."""
    if not values:
        return "none"
    runs = list(_runs(values))
    times = [(f"{count} × " if count > 1 else "") + _cell(value) for value, count in runs[:MOST_VALUES]]
    shown = ", ".join(times)
    return shown if len(runs) <= MOST_VALUES else f"{shown}, … ({len(values)} values)"


def _runs(values: Iterable[Any]) -> Iterable[tuple[Any, int]]:
    run: list[Any] = []
    for value in values:
        if run and (value != run[0] or type(value) is not type(run[0])):
            yield run[0], len(run)
            run = []
        run.append(value)
    yield run[0], len(run)


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    if value == "":
        return '""'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_cell, value))}]"
    return scalar(value)
