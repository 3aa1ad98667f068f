"""Two plans -> what changed. Pure: both were made on the same data, as of the same instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from driftline.compile.match import is_named
from driftline.compile.renames import Renames
from driftline.model import SeriesKey
from driftline.registry import Registry
from driftline.report.plan.settings import NOTHING
from driftline.report.plan.values import Scan, plans_of, scans
from driftline.report.review.definitions import definitions
from driftline.report.review.facts import EARLIEST, FAILS, Facts, facts, monitors_of
from driftline.report.review.values import Against, Change, Cost, Of, Reading, Rename, Review
from driftline.report.values import PlanReport


def named(before: PlanReport | None, after: PlanReport | None, globs: tuple[str, ...]) -> bool:
    """Whether some monitor, then or now, is one of `globs`."""
    return any(is_named(plan.name, globs) for each in (before, after) if each is not None for plan in plans_of(each))


def compare(
    before: PlanReport | None,
    after: PlanReport | None,
    against: Against,
    kinds: Registry,
    globs: tuple[str, ...] = (),
) -> Review:
    """What changed; a side that is None has no such environment. With `globs`, only of monitors that they name."""
    report = after or before
    if report is None:
        raise ValueError("there is nothing to compare")
    renames = Renames.of(after.document) if after is not None else Renames({}, {})
    then, formerly = _renamed(facts(before), renames, globs)
    now = facts(after, globs)
    changes = _changes(then, now, formerly)
    readings, costs = _readings(before, after) if not globs else ((), (Cost(), Cost()))
    return Review(
        root=str(report.document.root),
        against=against,
        environment=report.document.environment,
        only=None if before is not None and after is not None else ("then" if after is None else "now"),
        series=(len(then), len(now)),
        added=_grouped((key for key in now if key not in then), monitors_of(now)),
        removed=_grouped((key for key in then if key not in now), monitors_of(then)),
        renamed=_renames(formerly, now),
        changes=tuple(each for each in changes if each.key not in (EARLIEST, FAILS)),
        failing=tuple(each for each in changes if each.key == FAILS),
        earliest=tuple(each for each in changes if each.key == EARLIEST),
        definitions=()
        if globs
        else definitions(before.document if before else None, after.document if after else None, kinds),
        readings=readings,
        costs=costs,
        ending=tuple(each for each in after.ending if not globs or is_named(each.series.monitor, globs))
        if after is not None
        else (),
        has_store=report.has_store,
    )


def _renamed(
    then: Mapping[SeriesKey, Facts], renames: Renames, globs: tuple[str, ...]
) -> tuple[dict[SeriesKey, Facts], dict[SeriesKey, SeriesKey]]:
    """The former series under their present names, and which names those had that are called otherwise now."""
    found: dict[SeriesKey, Facts] = {}
    formerly: dict[SeriesKey, SeriesKey] = {}
    for former, each in then.items():
        present = renames.series(former)
        if globs and not is_named(present.monitor, globs) and not is_named(former.monitor, globs):
            continue
        found[present] = each
        if present != former:
            formerly[present] = former
    return found, formerly


def _renames(formerly: Mapping[SeriesKey, SeriesKey], now: Mapping[SeriesKey, Facts]) -> tuple[Rename, ...]:
    """Each pair of names once, with the series that go on; the members of a preset stand under its name."""
    found: dict[tuple[str, str, str], list[SeriesKey]] = {}
    for present, former in formerly.items():
        if present not in now:
            continue
        if former.subject != present.subject:
            found.setdefault(("model", former.subject, present.subject), []).append(present)
        if former.monitor != present.monitor:
            found.setdefault(("monitor", *_without_member(former.monitor, present.monitor)), []).append(present)
    return tuple(Rename(*names, tuple(series)) for names, series in found.items())


def _without_member(former: str, present: str) -> tuple[str, str]:
    """`pack.psi` and `other.psi` are `pack` and `other`."""
    names = former.partition("."), present.partition(".")
    return (names[0][0], names[1][0]) if names[0][2] == names[1][2] else (former, present)


def _changes(
    then: Mapping[SeriesKey, Facts], now: Mapping[SeriesKey, Facts], formerly: Mapping[SeriesKey, SeriesKey]
) -> tuple[Change, ...]:
    """Every value that is another, once, with all series of which it is; what most of them share comes first."""
    found: dict[tuple[str, str, str], list[SeriesKey]] = {}
    for key, present in now.items():
        failure = present.own.get(FAILS, NOTHING)
        if key in then:
            for change in then[key].differ(present):
                if not _is_only_named(change, formerly.get(key, key), key):
                    found.setdefault(change, []).append(key)
        elif failure != NOTHING:
            found.setdefault((FAILS, NOTHING, failure), []).append(key)
    lasting, totals = monitors_of({key: each for key, each in now.items() if key in then}), monitors_of(now)
    made = [
        Change(*change, of=_grouped(keys, totals if change[0] == FAILS else lasting)) for change, keys in found.items()
    ]
    return tuple(sorted(made, key=lambda each: (-each.series, each.key)))


def _is_only_named(change: tuple[str, str, str], former: SeriesKey, present: SeriesKey) -> bool:
    """Whether a text is another only because the monitor's or the model's name stands in it."""
    _, before, after = change
    return before.replace(former.monitor, present.monitor).replace(former.subject, present.subject) == after


def _grouped(keys: Iterable[SeriesKey], totals: Mapping[tuple[str, str], int]) -> tuple[Of, ...]:
    found: dict[tuple[str, str], list[SeriesKey]] = {}
    for key in keys:
        found.setdefault((key.monitor, key.subject), []).append(key)
    return tuple(Of(*pair, tuple(series), len(series) == totals[pair]) for pair, series in found.items())


def _readings(before: PlanReport | None, after: PlanReport | None) -> tuple[tuple[Reading, ...], tuple[Cost, Cost]]:
    then, now = (scans(each) if each is not None else [] for each in (before, after))
    sources = dict.fromkeys(scan.source for scan in (*then, *now))
    pairs = ((name, [s for s in then if s.source == name], [s for s in now if s.source == name]) for name in sources)
    found = [reading for name, old, new in pairs if (reading := _reading(name, old, new)) is not None]
    return tuple(found), (_cost(then), _cost(now))


def _reading(source: str, then: Sequence[Scan], now: Sequence[Scan]) -> Reading | None:
    """How the reads of a source differ; None when they do not. It may be read several ways, which count as one here."""
    columns = [{name for scan in side for name in scan.columns} for side in (then, now)]
    profiles = [{each.name for scan in side for each in scan.profiles} for side in (then, now)]
    windows = [{window for scan in side for window in scan.windows} for side in (then, now)]
    size = [(side[0].files, side[0].bytes, side[0].rows) if side else None for side in (then, now)]
    if all(one[0] == one[1] for one in (columns, profiles, windows, size)) and len(then) == len(now):
        return None
    return Reading(
        source,
        then[0] if then else None,
        now[0] if now else None,
        tuple(sorted(columns[1] - columns[0])),
        tuple(sorted(columns[0] - columns[1])),
        tuple(sorted(profiles[1] - profiles[0])),
        tuple(sorted(profiles[0] - profiles[1])),
    )


def _cost(found: Sequence[Scan]) -> Cost:
    sizes = [scan.bytes for scan in found if scan.bytes is not None]
    rows = [scan.rows for scan in found if scan.rows is not None]
    return Cost(
        reads=len(found),
        columns=sum(len(scan.columns) for scan in found),
        profiles=sum(len(scan.profiles) for scan in found),
        bytes=sum(sizes) if sizes else None,
        rows=sum(rows) if rows else None,
    )
