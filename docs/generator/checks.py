"""One page per check, from what its class declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from docs.generator.kinds import docstring, example_table, parameter_table, scalar, threshold_yaml, value_range
from docs.generator.markdown import anchor, fence, page, prose, table
from driftline.checks.base import Check, Column, ColumnType, CompositeCheck, Subject, Takes
from driftline.compile.presets import PRESETS
from driftline.compile.resolve import LEAST_ROWS
from driftline.config.document import Bounds, Significance, Threshold
from driftline.parameters import parameters
from driftline.registry import FAMILIES, Registry

FAMILY_TEXT: Mapping[str, str] = {
    "quality": "Are the values there, allowed, known, fresh?",
    "volume": "Are the rows and the labels there?",
    "drift": "Did a distribution move away from its baseline? Of features, prediction, score and target alike.",
    "performance": "How right is the model, now that labels are known?",
    "estimation": "How right is the model by now, before labels are known?",
    "fairness": "Are groups of rows treated alike?",
    "operations": "How is the service that predicts?",
    "composite": "How much of what the other monitors watch is in breach?",
}
TAKES: Mapping[Takes, str] = {
    Takes.COLUMN: "one series per selected column",
    Takes.COLUMNS: "one series per model, over all selected columns at once",
    Takes.MODEL: "one series per model, read through its roles",
    Takes.SOURCE: "one series per source",
    Takes.VERDICTS: "one series over the verdicts that `of` matches, or one for each group of `by`",
}
WORSE: Mapping[str, str] = {"above": "higher", "below": "lower", "either": "either way"}


def pages(registry: Registry) -> dict[str, str]:
    """By file name under `checks/`."""
    found = {f"{name}.md": _page(registry.check_class(name), registry.family(name)) for name in registry.checks}
    found["README.md"] = _index(registry)
    return found


def _index(registry: Registry) -> str:
    blocks = ["Every kind of check, by family. The name is what `check:` takes."]
    for family in FAMILIES:
        kinds = [registry.check_class(name) for name in registry.checks if registry.family(name) == family]
        if kinds:
            head = ("check", "title", "what it reads")
            blocks += [f"## {family.capitalize()}", FAMILY_TEXT[family], table(head, map(_row, kinds))]
    blocks += ["## Business", "Measurements of your own are [metrics in SQL](../../language.md#metrics)."]
    return page("Checks", *blocks)


def _row(kind: type[Check]) -> tuple[str, str, str]:
    return f"[`{kind.kind}`]({kind.kind}.md)", kind.title, docstring(kind).split("\n\n")[0]


def _page(kind: type[Check], family: str) -> str:
    none = "It takes no parameters."
    return page(
        f"`{kind.kind}`: {kind.title}",
        f"Family: {family}",
        docstring(kind),
        "## Use",
        fence(example_yaml(kind), "yaml"),
        "## Parameters",
        parameter_table(kind, none),
        "## What it needs and how it is judged",
        table(("", ""), _facts(kind)),
        "## Worked examples",
        "Each of them runs as a test.",
        example_table(kind.examples),
        _presets(kind),
    )


def _facts(kind: type[Check]) -> Iterable[tuple[str, str]]:
    yield "measures", TAKES[kind.takes]
    if kind.takes.selects:
        types = "any" if kind.column_types == frozenset(ColumnType) else ", ".join(sorted(kind.column_types))
        yield "types of columns", types
        yield "`columns` unless written", ", ".join(f"`{text}`" for text in kind.default_columns)
    if kind.per_class:
        yield "classes", "`classes: each` or a list makes one series per class of a multiclass model"
    if kind.tasks:
        yield "task of the model", " or ".join(f"`{task}`" for task in sorted(kind.tasks))
    if kind.needs_roles:
        yield "roles", ", ".join(f"`{role}`" for role in sorted(kind.needs_roles))
    if "target" in kind.needs_roles:
        yield "labels", "where the target comes from `labels`, a window is judged `delay` after its end"
    if issubclass(kind, CompositeCheck):
        yield "window", "how far back the latest verdict of each series is looked for; it ends where theirs end"
        yield "unit", kind.unit
        yield "range", value_range(kind)
        yield "default threshold", _default_threshold(kind)
        return
    compared = "required: it compares the window with it"
    yield "baseline", compared if kind.needs_baseline else "only for a `compare` other than `value`"
    yield "window", "none: judged as of the run" if kind.windowless else "yes"
    yield "reads from profiles", ", ".join(f"`{name}`" for name in _profiles(kind))
    yield "unit", "that of the column" if kind.unit == "column" else kind.unit
    yield "range", value_range(kind)
    yield "worse is", WORSE[kind.bad]
    yield "default threshold", _default_threshold(kind)
    yield "`min_rows` unless written", _least_rows(kind)
    yield "significance", _significance(kind)


def _default_threshold(kind: type[Check]) -> str:
    if kind.default_threshold is None:
        return "none: a monitor writes one, or `threshold: none` to record only"
    return f"`{threshold_yaml(kind.default_threshold, kind.unit)}`"


def _least_rows(kind: type[Check]) -> str:
    if kind.counting:
        return "0: it counts, and an empty window reads 0"
    return "0" if kind.windowless else str(LEAST_ROWS)


def _significance(kind: type[Check]) -> str:
    standard = Significance()
    if kind.significance:
        return f"on: alpha {standard.alpha:.0%}, Benjamini-Hochberg over the family ([judging](../../judging.md))"
    return "off unless written; without a p-value or a standard error it decides nothing"


def _profiles(kind: type[Check]) -> list[str]:
    """The kinds of profile that it reads, of a numeric column and of a categorical one."""
    found: dict[str, None] = {}
    for type_ in (ColumnType.NUMERIC, ColumnType.CATEGORICAL):
        column = Column("x", type_)
        roles = dict.fromkeys(("prediction", "score", "target", "id", "latency", "error", "group"), column)
        scores = {"a": "p_a"}
        for task in sorted(kind.tasks) or [""]:
            on = Subject(
                column=column,
                selected=(column, column),
                roles=roles,
                scores=scores,
                task=task or None,
                timestamp="t",
                columns=(column,),
            )
            if type_ in kind.column_types or not kind.takes.selects:
                check = kind(**_required(kind, task))
                found |= dict.fromkeys(spec.kind for spec in check.needs(on).values())
    return list(found)


def _required(kind: type[Check], task: str | None = None) -> dict[str, Any]:
    """The parameters that a monitor has to write, as in a worked example (of a task)."""
    names = [one.name for one in parameters(kind) if one.required]
    shown = [one.parameters for one in kind.examples if task in (None, one.task)] + [
        one.parameters for one in kind.examples
    ]
    return {name: next(each[name] for each in shown if name in each) for name in names}


def _presets(kind: type[Check]) -> str:
    lines = [
        f"- [`{name}`](../presets.md#{anchor(name)}): {prose(member.reason)}."
        for name, members in PRESETS.items()
        for member in members
        if member.check == kind.kind
    ]
    return "\n\n".join(["## In presets", "\n".join(lines)]) if lines else ""


def example_yaml(kind: type[Check]) -> str:
    """A monitor of the check as a team would write it; validated by a test."""
    keys = [f"check: {kind.kind}"]
    if kind.windowless:
        keys = ["source: scored", *keys]
    if kind.takes.selects:
        keys.append(f"columns: {(kind.default_columns or ('categorical',))[0]}")
    shown = {one.name: scalar(one.default) for one in parameters(kind) if one.default not in (None, ())}
    if issubclass(kind, CompositeCheck):
        shown = {"of": "{check: psi}", **shown}
    else:
        shown = {name: scalar(value) for name, value in _required(kind).items()} | shown
    if shown:
        keys.append(f"params: {{{', '.join(f'{name}: {value}' for name, value in shown.items())}}}")
    keys.append(f"threshold: {threshold_yaml(_sensible_threshold(kind), kind.unit)}")
    return "\n".join(["monitors:", f"  my-{kind.kind.replace('_', '-')}:", *(f"    {key}" for key in keys)])


def _sensible_threshold(kind: type[Check]) -> Threshold:
    """The check's own, else that of a preset, else one of its direction."""
    preset = (member.threshold for members in PRESETS.values() for member in members if member.check == kind.kind)
    own = next((threshold for threshold in (kind.default_threshold, *preset) if threshold is not None), None)
    if own is not None:
        return own
    if kind.unit == "seconds":
        return Threshold(warning=Bounds(above=6 * 3600.0), critical=Bounds(above=24 * 3600.0))
    if issubclass(kind, CompositeCheck):
        return Threshold(critical=Bounds(above=1.0))
    if kind.needs_baseline and kind.bad != "below":
        return Threshold(warning=Bounds(above=0.1, below=-0.1 if kind.bad == "either" else None))
    if kind.bad == "below":
        return Threshold(warning=Bounds(below=0.9), critical=Bounds(below=0.5))
    above = Bounds(above=0.1)
    return Threshold("change", above if kind.bad == "above" else Bounds(above=0.1, below=-0.1))
