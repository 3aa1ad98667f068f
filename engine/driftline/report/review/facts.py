"""What is said of each series of a plan, key by key: the terms in which two plans are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.compile.graph import SeriesPlan
from driftline.compile.match import is_named
from driftline.model import SeriesKey
from driftline.report.plan.settings import NOTHING, settings, validity_text
from driftline.report.plan.text import soonest_text
from driftline.report.plan.values import all_told, is_composite, plans_of, split_key
from driftline.report.values import PlanReport

EARLIEST = "earliest alert"
READS = "reads"
FAILS = "fails"
SEGMENT = "segment."
# Values that decide by themselves what is read: where one of them changed, the profiles need no line of their own.
DECIDE_READS = ("check", "params", "source", "sql", "column.type", "labels", "column.valid")


@dataclass(frozen=True)
class Facts:
    """The values of one series: those that its whole monitor shares, and its own."""

    shared: Mapping[str, str]
    own: Mapping[str, str]

    def differ(self, other: Facts) -> list[tuple[str, str, str]]:
        """Key, value here and value there, where they are not the same."""
        found = []
        for mine, others in ((self.shared, other.shared), (self.own, other.own)):
            if mine is others or mine == others:
                continue
            for key in dict.fromkeys((*mine, *others)):
                pair = mine.get(key, NOTHING), others.get(key, NOTHING)
                if pair[0] != pair[1]:
                    found.append((key, *pair))
        decided = any(key.partition(".")[0] in DECIDE_READS or key in DECIDE_READS for key, _, _ in found)
        return [each for each in found if not (each[0] == READS and decided)]


def facts(report: PlanReport | None, globs: tuple[str, ...] = ()) -> dict[SeriesKey, Facts]:
    """Every series of a plan with its values; of `globs`, only monitors that they name."""
    found: dict[SeriesKey, Facts] = {}
    for plan in plans_of(report) if report is not None else ():
        if report is None or (globs and not is_named(plan.name, globs)):
            continue
        values = settings(plan)
        shared = {key: text for key, text in values.items() if not key.startswith(SEGMENT)}
        shared[EARLIEST] = soonest_text(plan)
        told = all_told(plan, report.document)
        if is_composite(plan):
            found |= {key: Facts(shared, {"told": said}) for key, said in told.items()}
        for series in plan.series:
            own = _own(series)
            for grouping in plan.groupings:
                key = split_key(plan, series, grouping)
                split = {name: values[name] for each in grouping if (name := SEGMENT + each.name) in values}
                found[key] = Facts(shared, {**own, **split, "told": told[key]})
    return found


def _own(series: SeriesPlan) -> dict[str, str]:
    column = series.subject.column
    own = {READS: ", ".join(series.described) or NOTHING}
    if column is not None:
        own |= {"column.type": column.type.value, "column.valid": validity_text(column.valid)}
        own["column.private"] = str(column.private).lower()
    failure = series.failure or (f"baseline: {series.baseline_failure}" if series.baseline_failure else None)
    return {**own, FAILS: failure or NOTHING}


def monitors_of(plans: Mapping[SeriesKey, Facts]) -> dict[tuple[str, str], int]:
    """How many series each monitor has on each of its models."""
    found: dict[tuple[str, str], int] = {}
    for key in plans:
        found[key.monitor, key.subject] = found.get((key.monitor, key.subject), 0) + 1
    return found
