"""The mildest change of a monitor that keeps to its budget and to every incident that it caught. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from driftline.config.document import Document
from driftline.report.tuning.values import Standing
from driftline.tuning.budget import equal_share
from driftline.tuning.candidates import by_level, by_rows, by_waiting, noisy_columns
from driftline.tuning.history import Change, Settings, Unit

SAME = 1e-9  # of rates
FAR = 3.0  # times as far as a bound was: beyond, other changes come first
MOST_PRUNED = 12  # columns that are tried without
MOST_COLUMNS = 5  # of which bounds are moved one after the other
STEPS = 5  # by which a share of a total budget is widened


@dataclass(frozen=True)
class Tried:
    """A change, and the alerts that it would have left."""

    change: Change
    standing: Standing

    def keeps(self, limit: float) -> bool:
        return self.standing.per_week <= limit + SAME

    def lost(self, before: Standing) -> tuple[str, ...]:
        """The incidents that were caught, and no longer are; one that was detected must not be found by chance."""
        now = self.standing
        return tuple(
            one
            for one in before.caught
            if one not in now.caught or (one in before.detected and one not in now.detected)
        )


@dataclass
class Search:
    """The candidates of one monitor in order of mildness, and what was tried of them so far."""

    unit: Unit
    limit: float
    document: Document
    tried: list[Tried] = field(default_factory=list)

    def mildest(self) -> Tried | None:
        """The first candidate that keeps to the budget and loses no incident.

        Bounds that would have to lie far out give way to less far ones behind a `for`.
        """
        found = self._first(by_waiting(self.unit))
        levels = None if found is not None else self._least(by_level(self.unit, self.document, {}))
        if levels is not None and self.unit.stretch(levels.change) <= FAR:
            return levels
        found = found or self._first(by_rows(self.unit))
        if found is not None:
            return found
        both = [one for one in (levels, *self._both()) if one is not None]
        return min(both, key=lambda one: self.unit.stretch(one.change)) if both else self._columns()

    def trade(self, caught_elsewhere: Collection[str]) -> Tried | None:
        """The best of what was tried: within the budget, if all that it loses is caught elsewhere; else the quietest.

        None where nothing helps without losing an incident.
        """
        before = self.unit.standing
        possible = [one for one in self.tried if set(one.lost(before)) <= set(caught_elsewhere)]
        within = [one for one in possible if one.keeps(self.limit)]
        if within:
            return min(within, key=lambda one: (len(one.lost(before)), -one.standing.per_week))
        self._farthest(by_level(self.unit, self.document, {}))
        whole = [one for one in self.tried if not one.lost(before) and one.standing.per_week < before.per_week - SAME]
        return min(whole, key=lambda one: one.standing.per_week, default=None)

    def _both(self) -> Iterator[Tried | None]:
        """A breach that is confirmed, with bounds moved out."""
        for base in by_waiting(self.unit)[:2]:
            yield self._least(by_level(self.unit, self.document, base))

    def _columns(self) -> Tried | None:
        """Bounds of one column after the other: each as far as the incidents allow, until the budget is kept."""
        noisy = noisy_columns(self.unit)
        change: Change = {}
        for column in noisy if 1 < len(noisy) <= MOST_COLUMNS else ():
            options = by_level(self.unit, self.document, change, [column])
            if (found := self._least(options)) is not None:
                return found
            farthest = self._farthest(options)
            change = change if farthest is None else farthest.change
        return None

    def _is_good(self, one: Tried) -> bool:
        return one.keeps(self.limit) and not one.lost(self.unit.standing)

    def _first(self, changes: Sequence[Change]) -> Tried | None:
        return next((one for one in map(self._try, changes) if self._is_good(one)), None)

    def _least(self, changes: Sequence[Change]) -> Tried | None:
        """Of changes that quiet ever more, the first within the budget, found by halves; it loses the fewest incidents.

        A moved bound may divide one long alert into several, so that rates do not fall with every step; what is found
        is within the budget in any case.
        """
        low, high = 0, len(changes)
        best: Tried | None = None
        while low < high:
            middle = (low + high) // 2
            one = self._try(changes[middle])
            if one.keeps(self.limit):
                best, high = one, middle
            else:
                low = middle + 1
        return self._pruned(best) if best is not None and self._is_good(best) else None

    def _pruned(self, best: Tried) -> Tried:
        """Without the bounds that need not move: of columns that alarm least, first of those that would move most."""
        found = {column: each for column, each in best.change.items() if each.limits is not None}
        alarms, stretch = self.unit.alarms, self.unit.stretch
        order = {column: (alarms[column], -stretch({column: each})) for column, each in found.items()}
        for column in sorted(found, key=order.__getitem__)[:MOST_PRUNED]:
            kept = replace(best.change[column], limits=None)
            rest = {one: settings for one, settings in best.change.items() if one != column}
            one = self._try(rest if kept == Settings() else {**rest, column: kept})
            best = one if one.change and self._is_good(one) else best
        return best

    def _farthest(self, changes: Sequence[Change]) -> Tried | None:
        """The last of changes that quiet ever more before one loses an incident, found by halves."""
        low, high = 0, len(changes)
        last: Tried | None = None
        while low < high:
            middle = (low + high) // 2
            one = self._try(changes[middle])
            if one.lost(self.unit.standing):
                high = middle
            else:
                last, low = one, middle + 1
        return last

    def _try(self, change: Change) -> Tried:
        known = next((one for one in self.tried if one.change == change), None)
        if known is not None:
            return known
        found = Tried(change, self.unit.standing_of(self.unit.replayed(change).values()))
        self.tried.append(found)
        return found


@dataclass
class Searches:
    """The searches of all monitors; what was tried for one limit is known for the next. `told` hears of each."""

    document: Document
    told: Callable[[Unit], None]
    by_unit: dict[tuple[str, str], Search] = field(default_factory=dict)

    def chosen(self, units: Sequence[Unit], limit: float) -> list[tuple[Unit, Tried | None]]:
        """A change for each unit that fires more than the limit, the noisiest first; None where there is none.

        Alerts that are for nobody (`route: false`) need no change.
        """
        over = [unit for unit in units if unit.plan.alert.route and unit.standing.per_week > limit + SAME]
        over.sort(key=lambda unit: (-unit.standing.per_week, unit.key))
        caught = Counter(incident for unit in units if unit not in over for incident in unit.standing.caught)
        searches = [self._search(unit, limit) for unit in over]
        found = [search.mildest() for search in searches]
        caught.update(incident for one in found if one is not None for incident in one.standing.caught)
        for at, search in enumerate(searches):
            if found[at] is None:
                one = found[at] = search.trade(caught)
                caught.update(search.unit.standing.caught if one is None else one.standing.caught)
        return list(zip(over, found, strict=True))

    def _search(self, unit: Unit, limit: float) -> Search:
        if unit.key not in self.by_unit:
            self.told(unit)
            self.by_unit[unit.key] = Search(unit, limit, self.document)
        search = self.by_unit[unit.key]
        search.limit = limit
        return search

    def shared(self, units: Sequence[Unit], total: float) -> tuple[float, list[tuple[Unit, Tried | None]]]:
        """The largest equal limit, as far as a few steps tell, under which all units together keep to `total`.

        An equal share of it is safe; since alerts come in whole numbers, most monitors stay below theirs, and what
        they leave is for all.
        """
        rates = [unit.standing.per_week for unit in units if unit.plan.alert.route]
        low, high = equal_share(rates, total), max(rates, default=0.0)
        best = self.chosen(units, low)
        for _ in range(STEPS if low < high else 0):
            middle = (low + high) / 2
            found = self.chosen(units, middle)
            if spent(units, found) <= total + SAME:
                low, best = middle, found
            else:
                high = middle
        return low, best


def spent(units: Iterable[Unit], chosen: Iterable[tuple[Unit, Tried | None]]) -> float:
    """The alerts a week of all units together with what was chosen."""
    changed = {unit.key: one.standing.per_week for unit, one in chosen if one is not None}
    return sum(changed.get(unit.key, unit.standing.per_week) for unit in units if unit.plan.alert.route)
