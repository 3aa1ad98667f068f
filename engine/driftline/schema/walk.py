"""The walk over nodes and shapes: scalars are typed by their slots, errors get their place, and none stops the walk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from driftline.config import codes
from driftline.config.document import Secret
from driftline.config.files import File
from driftline.config.findings import Findings
from driftline.config.nodes import Entry, Map, Node, Scalar, Sequence, shape_of
from driftline.model import Duration
from driftline.schema.later import planned_key
from driftline.schema.shapes import AnyShape, ChoiceShape, ListShape, MapShape, ScalarShape, Shape
from driftline.schema.slots import EXPECTED, READERS, STAND_INS, Unfit
from driftline.schema.spelling import nearest
from driftline.schema.tree import Mark, Path, Tree


class Refused:
    """Marks a value that could not be read; the finding says why."""


REFUSED = Refused()


@dataclass(frozen=True)
class Problem:
    """Why a scalar does not fit its slot."""

    code: codes.Code
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Walk:
    """One walk: what it finds and where it notes paths. `files` are there for hints that quote a line."""

    findings: Findings
    tree: Tree
    files: Mapping[str, File]

    def entry(self, entry: Entry, shape: Shape, path: Path) -> Any:
        """The typed value of a key; REFUSED when it has none."""
        self.tree.marks[path] = Mark(entry.value, entry.key)
        if (instead := planned_key(path)) is not None:
            message = f"`{path[-1]}` is part of the language, but does not act yet"
            self.findings.warning(codes.PLANNED_ONLY, message, entry.key, f"meanwhile: {instead}")
        return self._settled(self._value(entry.value, shape, path), path)

    def _item(self, node: Node, shape: Shape, path: Path) -> Any:
        self.tree.marks[path] = Mark(node, None)
        return self._settled(self._value(node, shape, path), path)

    def _settled(self, value: Any, path: Path) -> Any:
        if value is REFUSED:
            self.tree.refused.add(path)
        return value

    def _value(self, node: Node, shape: Shape, path: Path) -> Any:
        if isinstance(shape, AnyShape):
            return None
        if isinstance(node, Scalar) and node.is_null:
            return self._empty(node, path)
        if isinstance(node, Scalar) and node.secret and not _may_be_secret(shape):
            return self._secret(node, path)
        if isinstance(shape, ChoiceShape):
            return self._choice(node, shape, path)
        if isinstance(shape, ScalarShape):
            if isinstance(node, Scalar):
                return self._scalar(node, shape, path)
            return self._wrong_shape(node, EXPECTED[shape.slot], path)
        if isinstance(shape, ListShape):
            if isinstance(node, Sequence):
                return self._list(node, shape, path)
            hint = f"write `[{node.text}]`" if isinstance(node, Scalar) and not node.secret else None
            return self._wrong_shape(node, "a list", path, hint)
        if isinstance(node, Map):
            return self.map(node, shape, path)
        return self._wrong_shape(node, "a map", path, _map_hint(node, shape))

    def _empty(self, node: Scalar, path: Path) -> Refused:
        line = self._line(node)
        rest = line[node.column - 1 :].lstrip(" :")
        hint = f"remove the key, or write its value after `{name_of(path)}:`"
        if rest.startswith("#"):
            hint = "`#` after a space starts a comment; put the text in quotes"
        self.findings.error(codes.EMPTY_VALUE, f"`{name_of(path)}` has no value", self._spot(node, path), hint)
        return REFUSED

    def _secret(self, node: Scalar, path: Path) -> Refused:
        message = f"{_subject(path)} takes no `${{…}}`: it is shown, and what comes from the environment is secret"
        hint = "write the value itself, or one for each environment under `environments`"
        self.findings.error(codes.SHOWN_SUBSTITUTION, message, node, hint)
        return REFUSED

    def _spot(self, node: Node, path: Path) -> Node:
        """Where to point for a value that is nothing: at its key."""
        mark = self.tree.marks.get(path)
        return mark.key if mark is not None and mark.key is not None else node

    def _line(self, node: Scalar) -> str:
        lines = self.files[node.file].lines
        return lines[node.line - 1] if node.line <= len(lines) else ""

    def _wrong_shape(self, node: Node, wanted: str, path: Path, hint: str | None = None) -> Refused:
        message = f"{_subject(path)} takes {wanted}, not {shape_of(node)}"
        self.findings.error(codes.WRONG_SHAPE, message, node, hint)
        return REFUSED

    # Scalars ---------------------------------------------------------------------------------------------------------

    def _scalar(self, node: Scalar, shape: ScalarShape, path: Path) -> Any:
        read = read_scalar(node, shape, path)
        if isinstance(read, Problem):
            self.findings.error(read.code, read.message, node, read.hint)
            return REFUSED
        return read

    def _choice(self, node: Node, shape: ChoiceShape, path: Path) -> Any:
        if isinstance(node, Map) and shape.map_ is not None:
            return self.map(node, shape.map_, path)
        if isinstance(node, Sequence) and shape.list_ is not None:
            return self._list(node, shape.list_, path)
        if not isinstance(node, Scalar) or not shape.scalars:
            return self._wrong_shape(node, shape.expects, path)
        problems = []
        for scalar in shape.scalars:
            read = read_scalar(node, scalar, path)
            if not isinstance(read, Problem):
                return read
            problems.append(read)
        bounds = [problem for problem in problems if problem.code is codes.OUT_OF_BOUNDS]
        if problems[0].code is codes.NOT_A_CHOICE and len(problems) == 1:
            message = f"{_subject(path)} takes {shape.expects}, not {node.shown}"
            problem = Problem(codes.NOT_A_CHOICE, message, problems[0].hint)
        elif bounds or len(problems) == 1:
            problem = (bounds or problems)[0]
        else:
            hint = next((problem.hint for problem in problems if problem.hint), None)
            message = f"{_subject(path)} takes {shape.expects}, not {node.shown}"
            problem = Problem(codes.WRONG_VALUE, message, hint)
        self.findings.error(problem.code, problem.message, node, problem.hint)
        return REFUSED

    # Lists and maps --------------------------------------------------------------------------------------------------

    def _list(self, node: Sequence, shape: ListShape, path: Path) -> Any:
        if len(node.items) < shape.at_least:
            self.findings.error(codes.OUT_OF_BOUNDS, f"{_subject(path)} is an empty list", node, "name at least one")
            return REFUSED
        values = [self._item(item, shape.items, (*path, index)) for index, item in enumerate(node.items)]
        return [value for value in values if value is not REFUSED]

    def map(self, node: Map, shape: MapShape, path: Path) -> Any:
        """The typed map of a node: unknown keys reported and left out, refused values left out."""
        if shape.select is not None:
            shape = shape.select(node, path, self)
        values: dict[str, Any] = {}
        for name, entry in node.entries.items():
            here = (*path, name)
            wanted = shape.properties.get(name)
            if wanted is None:
                if shape.ignores_x and name.startswith("x-"):
                    continue
                if shape.extra is None:
                    self._unknown_key(node, entry, shape, path)
                    continue
                if shape.key_pattern is not None and not shape.key_pattern.match(name):
                    hint = "names hold none of `* ? [ ] / =`"
                    self.findings.error(codes.BAD_NAME, f"`{name}` is not a possible name", entry.key, hint)
                wanted = shape.extra
            value = self.entry(entry, wanted, here)
            if value is not REFUSED:
                values[name] = value
        self._required(node, shape, path)
        return values

    def _required(self, node: Map, shape: MapShape, path: Path) -> None:
        spot = self._spot(node, path)
        for name in shape.required:
            if not self.tree.written(*path, name):
                says = f" ({shape.says})" if shape.says else ""
                self.findings.error(codes.MISSING_KEY, f"{_subject(path)}{says} needs `{name}`", spot)
                self.tree.refused.add((*path, name))
        if len(node.entries) < shape.at_least:
            keys = ", ".join(f"`{name}`" for name in shape.properties)
            hint = f"give at least one of {keys}" if keys else "give at least one"
            self.findings.error(codes.MISSING_KEY, f"{_subject(path)} is empty", spot, hint)

    def _unknown_key(self, node: Map, entry: Entry, shape: MapShape, path: Path) -> None:
        name = entry.key.text
        here = (*path, name)
        self.tree.refused.add(here)
        owner = shape.says or (_subject(path) if path else "the top level")
        hint = shape.elsewhere.get(name)
        if hint is None and (meant := nearest(name, shape.properties)) is not None:
            hint = f"did you mean `{meant}`?"
            self.tree.refused.add((*path, meant))
        elif hint is None and node.flow and isinstance(entry.value, Scalar) and entry.value.is_null:
            hint = "inside braces a comma ends a value, and a colon needs a space after it; put such a text in quotes"
        elif hint is None and len(shape.properties) <= 14:
            hint = f"known here: {', '.join(sorted(shape.properties))}"
        self.findings.error(codes.UNKNOWN_KEY, f"`{name}` is not a key of {owner}", entry.key, hint)


def _may_be_secret(shape: Shape) -> bool:
    """Whether a value may come from the environment: nothing shows it."""
    scalars = shape.scalars if isinstance(shape, ChoiceShape) else (shape,)
    return any(isinstance(scalar, ScalarShape) and scalar.from_environment for scalar in scalars)


def read_scalar(node: Scalar, shape: ScalarShape, path: Path) -> Any:
    """The value of a scalar in a slot, or the Problem."""
    if not node.known:
        return _stand_in(shape)
    value: Any = READERS[shape.slot](node.text)
    if isinstance(value, Unfit):
        hint = value.hint if not node.secret else None
        return Problem(codes.WRONG_VALUE, f"{_subject(path)} takes {EXPECTED[shape.slot]}, not {node.shown}", hint)
    if shape.choices is not None and value not in shape.choices:
        return _not_a_choice(node, shape, path)
    if shape.pattern is not None and not shape.pattern.search(node.text):
        return Problem(codes.WRONG_VALUE, f"{_subject(path)} does not take {node.shown}")
    if (limit := _beyond(value, shape)) is not None:
        hint = None
        bare = shape.slot == "ratio" and not node.secret and not node.text.endswith("%")
        if bare and isinstance(value, float) and 1 <= value <= 100:
            hint = f"did you mean `{node.text}%`?"
        return Problem(codes.OUT_OF_BOUNDS, f"{_subject(path)} must be {limit}, not {node.shown}", hint)
    return Secret(value) if shape.slot == "secret" else value


def _stand_in(shape: ScalarShape) -> Any:
    value: Any = shape.choices[0] if shape.choices else STAND_INS[shape.slot]
    return Secret(value) if shape.slot == "secret" else value


def _not_a_choice(node: Scalar, shape: ScalarShape, path: Path) -> Problem:
    choices = [str(choice) for choice in shape.choices or ()]
    meant = None if node.secret else nearest(node.text, choices)
    listed = ", ".join(f"`{choice}`" for choice in choices)
    wanted = f"one of {listed}" if len(choices) > 1 else listed
    hint = f"did you mean `{meant}`?" if meant else None
    return Problem(codes.NOT_A_CHOICE, f"{_subject(path)} takes {wanted}, not {node.shown}", hint)


def _beyond(value: Any, shape: ScalarShape) -> str | None:
    """The bound that a value breaks, in words."""
    if isinstance(value, Duration):
        measure = value.seconds
        if measure < 0 and not shape.signed:
            return "0 or more"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        measure = value
    else:
        return None
    if shape.minimum is not None and measure < shape.minimum:
        return f"{shape.minimum:g} or more"
    if shape.maximum is not None and measure > shape.maximum:
        return f"{shape.maximum:g} or less"
    if shape.exclusive_minimum is not None and measure <= shape.exclusive_minimum:
        return f"more than {shape.exclusive_minimum:g}"
    if shape.exclusive_maximum is not None and measure >= shape.exclusive_maximum:
        return f"less than {shape.exclusive_maximum:g}"
    return None


def _map_hint(node: Node, shape: MapShape) -> str | None:
    run_together = re.match(r"([a-z_]+):\S", node.text) if isinstance(node, Scalar) and not node.secret else None
    return f"a space is needed after the colon: `{run_together.group(1)}: …`" if run_together else shape.short


def name_of(path: Path) -> str:
    """The nearest name in a path: the key itself, or the list that an index belongs to."""
    return next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")


def _subject(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return f"an item of `{name_of(path)}`"
    return f"`{name_of(path)}`" if path else "the file"
