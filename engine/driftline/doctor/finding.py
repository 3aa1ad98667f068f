"""A finding of the doctor: what is wrong, the numbers that show it, where, and the edit that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from driftline.errors import Place


class Grade(StrEnum):
    """How much a finding matters."""

    PROBLEM = "problem"  # something does not do what it is there for
    ADVICE = "advice"  # it works, and could do better


@dataclass(frozen=True)
class Finding:
    """`kind` is one of KINDS; `edit` is YAML, None where the remedy is not in the file; `weight`: more matters more."""

    kind: str
    grade: Grade
    what: str
    evidence: str
    place: Place | None = None
    edit: str | None = None
    weight: float = 0.0


# Every kind of finding, what matters most first.
KINDS: Mapping[str, str] = {
    "secret-in-clear": "a password, token or key stands in the file",
    "store-not-writable": "the state cannot be kept, so that every run starts anew",
    "channel-unusable": "the address of a channel is none, or it does not take what is sent",
    "nobody-told": "an alert fires and no channel hears of it",
    "source-unreadable": "a source cannot be opened, so that nothing of it is measured",
    "always-error": "a monitor fails in most windows",
    "always-no-data": "a monitor finds nothing to measure in most windows",
    "baseline-missing": "there is nothing to compare with in most windows",
    "baseline-stale": "what is compared with is old",
    "labels-late": "labels are not there when they are looked at",
    "too-few-rows": "most windows are below `min_rows`",
    "threshold-unreachable": "no value that the check can have breaches the bound",
    "fires-always": "an alert that says the same in most windows is no news",
    "flapping": "an alert fires and is resolved again and again",
    "segments-too-small": "segments that are below `min_rows` in most windows",
    "threshold-far": "no value that was ever read came near the bound",
    "duplicate": "two monitors measure the same",
    "unused": "a definition without effect",
    "store-large": "the state grows",
    "validate": "a warning of `driftline validate`",
}


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Problems before advice, then by kind, then by how much each concerns."""
    kinds = list(KINDS)
    return tuple(
        sorted(findings, key=lambda one: (one.grade is not Grade.PROBLEM, kinds.index(one.kind), -one.weight, one.what))
    )
