"""A store that cannot be written, and one that grows."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.doctor.facts import Facts
from driftline.doctor.finding import Finding, Grade

LARGE = 1 << 30  # bytes
MANY = 5_000_000  # verdicts
LEAST_DAYS = 7.0
SERVER = 'store: "${DRIFTLINE_STORE}"   # postgresql://user:password@host/database'


def not_writable(facts: Facts) -> Iterable[Finding]:
    """The next run would fail."""
    if facts.unwritable is not None:
        yield Finding(
            "store-not-writable",
            Grade.PROBLEM,
            "the store cannot be used",
            facts.unwritable,
            facts.document.place("store"),
            "store: sqlite:////var/lib/driftline/state.db   # or let this user write there",
        )


def grows(facts: Facts) -> Iterable[Finding]:
    """Its size now, and what it will be in a year at the pace of the stored windows."""
    survey = facts.survey
    if survey.size is None or not survey.verdicts or survey.oldest is None or survey.newest is None:
        return
    days = max((survey.newest - survey.oldest).total_seconds() / 86400, 1.0)
    a_year = survey.size / days * 365
    if survey.size < LARGE and survey.verdicts < MANY and (a_year < LARGE or days < LEAST_DAYS):
        return
    yield Finding(
        "store-large",
        Grade.ADVICE,
        "the store grows",
        f"{survey.verdicts:,} verdicts in {_bytes(survey.size)} since {survey.oldest:%Y-%m-%d}, "
        f"about {_bytes(round(a_year))} a year",
        facts.document.place("store"),
        SERVER,
        weight=survey.size,
    )


def _bytes(size: int) -> str:
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= one:
            return f"{size / one:.3g} {unit}"
    return f"{size} bytes"
