"""What an explanation came to: values that every format is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from driftline.config.document import Document
from driftline.evaluate.contributions import Decomposition, Effect
from driftline.evaluate.drivers import Driver
from driftline.model import AlertState, Result, Status


@dataclass(frozen=True)
class Part:
    """One segment: its rows and readings on both sides (None where there is none), and what it adds to the change."""

    name: str
    rows: int | None
    baseline_rows: int | None
    value: float | None
    before: float | None
    effect: Effect | None = None


@dataclass(frozen=True)
class BySegment:
    """All rows divided by one declared segment; `whole` is the change that the effects add up to.

    Where it cannot be divided `reason` says why, and the parts stand beside each other, the one with most rows first.
    """

    name: str
    whole: Decomposition | None
    parts: tuple[Part, ...]
    reason: str | None = None


@dataclass(frozen=True)
class ByFeature:
    """Features by drift × importance; by drift alone where none is known (`weighed` is False).

    `learnt_by` is the monitor whose classifier gives the importance of a model that declares none.
    """

    check: str
    unit: str
    weighed: bool
    drivers: tuple[Driver, ...]
    reason: str | None = None  # why there are none
    learnt_by: str = ""


@dataclass(frozen=True)
class Told:
    """What a channel was last told of the series, and when."""

    channel: str
    state: AlertState
    at: datetime


@dataclass(frozen=True)
class Kept:
    """What the store knows of the alert of a series."""

    state: AlertState
    severity: str | None
    since: datetime | None
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Explained:
    """One verdict and what is behind it; `kept` is None without a store, `alpha` where chance has no say."""

    result: Result
    title: str  # of the check
    measured: str  # by which it is called: the check's kind, or the metric's name
    threshold: str | None
    alpha: float | None
    correction: str | None
    segments: tuple[BySegment, ...]
    features: ByFeature | None
    kept: Kept | None
    hint: str | None = None  # where to look on


@dataclass(frozen=True)
class Explanation:
    """The series that were explained, the worst first, and how many others were asked for, by status."""

    document: Document
    at: datetime
    explained: tuple[Explained, ...]
    others: Mapping[Status, int]

    @property
    def failed(self) -> bool:
        """Whether something could not be read, so that it was not judged."""
        return any(one.result.status is Status.ERROR for one in self.explained)
