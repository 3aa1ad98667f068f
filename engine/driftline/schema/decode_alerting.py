"""Typed values -> who is told, and what else happens: channels, routes, calendars, actions, silences, incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from driftline.config.document import (
    ActionDefinition,
    CalendarDefinition,
    ChannelDefinition,
    Defaults,
    IncidentDefinition,
    InhibitDefinition,
    RouteDefinition,
    SilenceDefinition,
)
from driftline.errors import Place
from driftline.model import ZERO
from driftline.schema import decode_rules as rules
from driftline.schema.decode_rules import Typed


@dataclass(frozen=True)
class Alerting:
    """The part of the decoder that is about alerts; `place` finds the place of a path, `defaults` those of its file."""

    place: Callable[..., Place]
    defaults: Callable[[Place], Defaults]

    def calendar(self, name: str, value: Typed) -> CalendarDefinition:
        place = self.place("calendars", name)
        spans = [span for hours in rules.texts(value.get("hours")) or () if (span := rules.hours(hours)) is not None]
        zone = value.get("timezone") or self.defaults(place).timezone
        return CalendarDefinition(name, tuple(spans), tuple(value.get("except", ())), zone, place)

    def action(self, name: str, value: Typed) -> ActionDefinition | None:
        if "type" not in value or "url" not in value:
            return None
        place = self.place("actions", name)
        cooldown = value.get("cooldown", ZERO)
        return ActionDefinition(name, value["type"], value["url"], value.get("headers", {}), cooldown, place)

    def inhibit(self, values: list[Typed]) -> Iterable[InhibitDefinition]:
        for index, value in enumerate(values):
            if "when" in value and "mute" in value:
                when, mute = rules.matcher(value["when"]), rules.matcher(value["mute"])
                yield InhibitDefinition(when, mute, tuple(value.get("same", ())), self.place("inhibit", index), index)

    def silences(self, values: list[Typed]) -> Iterable[SilenceDefinition]:
        for index, value in enumerate(values):
            if all(key in value for key in ("match", "end", "reason")):
                yield SilenceDefinition(
                    match=rules.matcher(value["match"]),
                    start=value.get("start"),
                    end=value["end"],
                    reason=value["reason"],
                    by=value.get("by"),
                    place=self.place("silences", index),
                    index=index,
                )

    def incidents(self, values: list[Typed]) -> Iterable[IncidentDefinition]:
        for index, value in enumerate(values):
            if all(key in value for key in ("id", "start", "end")):
                yield IncidentDefinition(
                    id=value["id"],
                    start=value["start"],
                    end=value["end"],
                    match=rules.matcher(value.get("match")),
                    reason=value.get("reason"),
                    baselines=value.get("baselines", "exclude"),
                    alerts=value.get("alerts", "keep"),
                    place=self.place("incidents", index),
                    index=index,
                )

    def channel(self, name: str, value: Typed) -> ChannelDefinition | None:
        return ChannelDefinition(name, value["url"], self.place("channels", name)) if "url" in value else None

    def routes(self, values: list[Typed]) -> Iterable[RouteDefinition]:
        for index, value in enumerate(values):
            yield RouteDefinition(
                match=rules.matcher(value.get("match")),
                channels=tuple(value.get("channels", ())),
                group_by=tuple(value.get("group_by", ("monitor", "model"))),
                repeat_interval=value.get("repeat_interval"),
                max_alerts=value.get("max_alerts", 20),
                resolved=value.get("resolved", True),
                place=self.place("routes", index),
                after=value.get("after"),
                actions=tuple(value.get("actions", ())),
                group_wait=value.get("group_wait"),
                active=rules.texts(value.get("active")) or (),
                outside=value.get("outside", "hold"),
            )
