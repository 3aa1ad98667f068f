"""Old panes are merged to those of days, once no window will ever cut a day of theirs again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.demand import Keys, need_of, sides
from driftline.model import Duration, Interval
from driftline.report.store import Rolled

if TYPE_CHECKING:
    from driftline.compile.graph import MonitorPlan
    from driftline.preparing import Prepared
    from driftline.profiles.base import ProfileSpec
    from driftline.store.leases import Lease
    from driftline.store.panes import PaneEntry, StoredPane
    from driftline.store.store import Store

DAY = Duration(1, "d")


@dataclass(frozen=True)
class Course:
    """How the panes of one cut may be merged: days of `zone` that end by `reach` before the newest verdict.

    No day in which one of `edges` lies: windows and baselines begin or end there. `specs` are those still asked for.
    """

    cut: str
    zone: ZoneInfo
    reach: timedelta
    edges: tuple[datetime, ...]
    specs: Mapping[str, ProfileSpec]

    def days(self, entries: Iterable[PaneEntry], reference: datetime) -> dict[Interval, list[PaneEntry]]:
        """The days that may be merged, each with the panes inside it."""
        from driftline.compile.calendar import floor, shift

        found: dict[Interval, list[PaneEntry]] = {}
        for each in entries:
            if each.span.start is None or each.span.end is None:
                continue
            start = floor(each.span.start, DAY, self.zone)
            end = shift(start, DAY, 1, self.zone)
            if each.span.end <= end and not any(start < edge < end for edge in self.edges):
                found.setdefault(Interval(start, end), []).append(each)
        oldest = reference - self.reach
        return {
            day: panes
            for day, panes in found.items()
            if day.end is not None and day.end <= oldest and any(each.span != day for each in panes)
        }


def courses(prepared: Prepared, store: Store) -> Iterator[Course]:
    """By cut, what may be merged; sources of which some window may read any hour are left out."""
    from driftline.compile.schedule import ROWS
    from driftline.execute.packs import spec_fingerprint
    from driftline.execute.panes import cut_name
    from driftline.profiles.base import ScanContext

    keys = Keys(prepared.sources)
    by_source: dict[str, list[tuple[MonitorPlan, bool]]] = {}
    specs: dict[tuple[str, str], dict[str, ProfileSpec]] = {}
    for plan in prepared.whole.monitors:
        for side, is_baseline in sides(plan):
            by_source.setdefault(side.source, []).append((plan, is_baseline))
            context = ScanContext({}, store.resolutions(side.source))
            readable = [series for series in plan.series if not series.failure]
            own = [ROWS, *(spec for series in readable for spec in series.reads(baseline=is_baseline).values())]
            for cut in (cut_name(key, grouping) for key in keys.of(side) for grouping in plan.groupings):
                specs.setdefault((side.source, cut), {}).update({spec_fingerprint(one, context): one for one in own})
    for (source, cut), wanted in specs.items():
        readers = by_source[source]
        zone = ZoneInfo(prepared.sources[source].context.timezone)
        reach = _cutting(readers, zone)
        if reach is not None:
            edges = tuple(sorted({edge for plan, _ in readers for edge in _edges(plan)}))
            yield Course(cut, zone, reach, edges, wanted)


def roll_up(store: Store, course: Iterable[Course], reference: datetime, lease: Lease) -> Rolled:
    """Merge what may be merged, one cut at a time, each in one transaction."""
    total = Rolled()
    for one in course:
        days = one.days(store.pane_index([one.cut]).get(one.cut, ()), reference)
        old: list[PaneEntry] = []
        new: list[StoredPane] = []
        for day, entries in days.items():
            made = _made(store, one, day, entries)
            if made is not None:
                old, new = [*old, *entries], [*new, made]
        if new:
            store.replace_panes(old, new, lease)
        saved = sum(each.size for each in old) - sum(len(each.data) for each in new)
        total = Rolled(total.panes + len(old), total.days + len(new), total.bytes + saved)
    return total


def _made(store: Store, course: Course, day: Interval, entries: Sequence[PaneEntry]) -> StoredPane | None:
    from driftline.execute.packs import Pack
    from driftline.execute.rollup import rolled
    from driftline.store.panes import StoredPane

    inside = {each.span for each in entries}
    panes = [each for each in store.panes([course.cut], day).get(course.cut, ()) if each.span in inside]
    if len(panes) != len(entries):
        return None  # one of them is damaged
    packs = [Pack(one.source, one.what, one.contents, one.span, one.token, one.rows, one.data) for one in panes]
    made = rolled([one for one in packs if one.pane != day] or packs, day, course.specs)
    if made is None or any(one.pane == day and one.contents != made.contents for one in packs):
        return None
    return StoredPane(made.cut, made.shelf, day, made.rows, made.data, None, made.contents)


def _cutting(readers: Iterable[tuple[MonitorPlan, bool]], zone: ZoneInfo) -> timedelta | None:
    """How far back some window or baseline may begin or end inside a day; None: anywhere."""
    reach = timedelta(0)
    for plan, is_baseline in readers:
        if _keeps_to_days(plan, zone):
            continue
        needed = need_of(plan, is_baseline=is_baseline)
        if needed.reach is None or needed.spans:
            return None
        reach = max(reach, needed.reach)
    return reach


def _keeps_to_days(plan: MonitorPlan, zone: ZoneInfo) -> bool:
    """Whether all that a monitor reads begins and ends with days of a zone; one without windows reads up to now."""
    if plan.window is None or plan.timezone != zone.key:
        return False
    lengths = [plan.window.size, plan.window.every]
    if plan.baseline is not None:
        lengths += [each for each in (plan.baseline.size, plan.baseline.period) if each is not None]
        lengths += [plan.baseline.offset] if plan.baseline.offset.count else []
    return all(each.is_calendar for each in lengths)


def _edges(plan: MonitorPlan) -> Iterator[datetime]:
    spans = [incident.span for incident in plan.incidents]
    if plan.baseline is not None and plan.baseline.span is not None:
        spans.append(plan.baseline.span)
    for span in spans:
        yield from (edge for edge in (span.start, span.end) if edge is not None)
