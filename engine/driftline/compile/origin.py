"""Where each value of a monitor came from: the last layer of the precedence that says anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.compile.overrides import Overrides
from driftline.config.document import Document, ModelDefinition, MonitorDefinition
from driftline.errors import Place

KEYS = (
    "columns",
    "classes",
    "segments",
    "params",
    "window",
    "baseline",
    "threshold",
    "min_rows",
    "min_labelled",
    "significance",
    "alert",
    "description",
    "runbook",
    "schedule",
)
OF_MODELS = ("window", "baseline", "description", "runbook")


@dataclass(frozen=True)
class Origin:
    """The layer that gave a value: check, root defaults, file defaults, model, preset, monitor or override."""

    layer: str
    place: Place | None = None

    def __str__(self) -> str:
        return self.layer if self.place is None else f"{self.layer}, {self.place.file}:{self.place.line}"


@dataclass(frozen=True)
class Derivation:
    """What a plan was made from: enough to say where its values came from."""

    document: Document
    written: MonitorDefinition  # as it stands in the file
    expanded: MonitorDefinition  # with what its preset adds
    model: ModelDefinition | None
    overrides: Overrides = ()

    def origins(self) -> Mapping[str, Origin]:
        """The origin of every key, and of each tag as `tags.NAME`."""
        return {key: self._origin(key) for key in KEYS} | {f"tags.{name}": o for name, o in self._tags().items()}

    def _origin(self, key: str) -> Origin:
        for override in reversed(self.overrides):
            if key in override.settings:
                return Origin("override", self.document.place("overrides", override.index, "set", key))
        name = self.written.name
        if getattr(self.written, key) not in (None, {}):
            return Origin("monitor", self.document.place("monitors", name, key))
        if self.written.preset is not None and self._is_of_preset(key):
            return Origin("preset", self.document.place("monitors", name, "preset"))
        if key in OF_MODELS and self.model is not None and getattr(self.model, key) is not None:
            return Origin("model", self.document.place("models", self.model.name, key))
        labels = self.model.labels if self.model is not None else None
        if key == "min_labelled" and labels is not None and labels.min_labelled is not None and self.model is not None:
            return Origin("model", self.document.place("models", self.model.name, "labels", key))
        return self._default(key) or Origin("check")

    def _is_of_preset(self, key: str) -> bool:
        """Whether a preset gave a value, and did not only pass on what the defaults say."""
        found = getattr(self.expanded, key)
        return found not in (None, {}) and found is not getattr(self.written.defaults, key, None)

    def _tags(self) -> Mapping[str, Origin]:
        """Tags merge, so each has its own origin."""
        found = {name: self._default("tags", name) or Origin("root defaults") for name in self.written.defaults.tags}
        if self.model is not None:
            place = self.document.place("models", self.model.name, "tags")
            found |= dict.fromkeys(self.model.tags, Origin("model", place))
        found |= dict.fromkeys(self.written.tags, Origin("monitor", self._place("tags")))
        for override in self.overrides:
            place = self.document.place("overrides", override.index, "set", "tags")
            found |= dict.fromkeys(override.settings.get("tags", {}), Origin("override", place))
        return found

    def _place(self, key: str) -> Place | None:
        return self.document.place("monitors", self.written.name, key)

    def _default(self, *key: str) -> Origin | None:
        """The defaults of the monitor's own file, else those of the root file."""
        places = self.document.places
        for path, layer in ((("defaults", self.written.place.file), "file defaults"), (("defaults",), "root defaults")):
            if (*path, *key) in places:
                return Origin(layer, places[*path, *key])
        return None
