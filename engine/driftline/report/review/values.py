"""What changed between two plans, in monitoring terms: values that every format is rendered from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.model import SeriesKey
from driftline.report.plan.values import Scan

if TYPE_CHECKING:
    from driftline.alert.replay import Alert


@dataclass(frozen=True)
class Against:
    """What is compared with: a git revision, or a file or folder."""

    revision: str | None = None
    file: Path | None = None
    commit: str | None = None

    @property
    def text(self) -> str:
        if self.file is not None:
            return str(self.file)
        return f"{self.revision} ({self.commit})" if self.commit else str(self.revision)


@dataclass(frozen=True)
class Of:
    """Series of one monitor and model; `whole` when it has no others. `*` in a segment stands for all its values."""

    monitor: str
    subject: str
    series: tuple[SeriesKey, ...]
    whole: bool


@dataclass(frozen=True)
class Rename:
    """A monitor or a model that has another name now, and its series, by their present names."""

    what: str  # monitor | model
    former: str
    present: str
    series: tuple[SeriesKey, ...]


@dataclass(frozen=True)
class Change:
    """One value that is another now, and of which series."""

    key: str
    before: str
    after: str
    of: tuple[Of, ...]

    @property
    def series(self) -> int:
        return sum(len(each.series) for each in self.of)


@dataclass(frozen=True)
class Definition:
    """Something besides monitors that was added, removed or changed: a channel, a route, a source, …"""

    section: str
    name: str
    what: str  # added | removed | changed
    key: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Reading:
    """A source whose reads changed. `profiles` that are new are made from rows; nothing is kept of them yet."""

    source: str
    before: Scan | None
    after: Scan | None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    profiles_added: tuple[str, ...] = ()
    profiles_removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What the reads of one side come to; None where nothing is known."""

    reads: int = 0
    columns: int = 0
    profiles: int = 0
    bytes: int | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Review:
    """Everything that changed in one environment.

    `only` says that the environment is declared on one side only: now or then. `ending` are open alerts that the next
    run ends; `has_store` says whether there is a store that knows of any.
    """

    root: str
    against: Against
    environment: str | None = None
    only: str | None = None
    series: tuple[int, int] = (0, 0)  # how many there were and are
    added: tuple[Of, ...] = ()
    removed: tuple[Of, ...] = ()
    renamed: tuple[Rename, ...] = ()
    changes: tuple[Change, ...] = ()
    failing: tuple[Change, ...] = ()  # why series cannot be measured, or could not before
    earliest: tuple[Change, ...] = ()
    definitions: tuple[Definition, ...] = ()
    readings: tuple[Reading, ...] = ()
    costs: tuple[Cost, Cost] = field(default=(Cost(), Cost()))
    ending: tuple[Alert, ...] = ()
    has_store: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything is monitored, judged, read or told in another way."""
        changes = (*self.changes, *self.failing, *self.earliest)
        return bool(self.added or self.removed or self.renamed or changes or self.definitions or self.readings)
