"""All families of findings, in order of what matters; and how much there was to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from driftline.doctor import comparing, definitions, flapping, missing, secrets, storage, telling, thresholds
from driftline.doctor.facts import Facts
from driftline.doctor.finding import Finding, Grade, ordered

Family = Callable[[Facts], Iterable[Finding]]

FAMILIES: tuple[Family, ...] = (
    secrets.in_clear,
    storage.not_writable,
    telling.unusable,
    telling.nobody_told,
    missing.unreadable,
    missing.missing,
    comparing.baseline_stale,
    comparing.labels_late,
    thresholds.unreachable,
    thresholds.fires_always,
    flapping.flapping,
    missing.too_small,
    thresholds.far,
    definitions.duplicates,
    definitions.unused,
    storage.grows,
    definitions.warnings,
)


@dataclass(frozen=True)
class Looked:
    """How much there was to look at."""

    monitors: int
    series: int
    verdicts: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True)
class Diagnosis:
    """The findings of one configuration in one environment."""

    file: str
    environment: str | None
    looked: Looked
    findings: tuple[Finding, ...]

    def at_least(self, grade: Grade) -> bool:
        """Whether there is a finding that is at least as bad."""
        return any(one.grade is Grade.PROBLEM or one.grade is grade for one in self.findings)


def diagnose(facts: Facts) -> Diagnosis:
    """Every finding that the facts give."""
    found = [finding for family in FAMILIES for finding in family(facts)]
    series = [one for watched in facts.watched for one in watched.series]
    looked = Looked(
        monitors=len({(plan.name, plan.subject) for plan in facts.graph.monitors}),
        series=len(series),
        verdicts=sum(one.judged for one in series),
        oldest=min((one.first for one in series), default=None),
        newest=max((one.last for one in series), default=None),
    )
    return Diagnosis(facts.file, facts.document.environment, looked, ordered(_once(found)))


def _once(found: Iterable[Finding]) -> list[Finding]:
    """A thing that two families see is told once: where labels are late, what lacks them is their matter."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in found:
        kept.setdefault((one.kind, one.what), one)
    return list(kept.values())
