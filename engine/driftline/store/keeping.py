"""The part of a store that keeps panes between runs, as bytes, and knows the files that they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driftline.model import Interval
from driftline.store import panes
from driftline.store.leases import Lease
from driftline.store.panes import PaneEntry, PaneKey, StoredFile, StoredPane
from driftline.store.upkeep import Upkeep


class PaneStore(Upkeep):
    """Every write is one transaction; with `lease`, LeaseLost (and nothing written) when another runner holds it."""

    def panes(self, whats: Iterable[str], span: Interval | None = None) -> Mapping[str, tuple[StoredPane, ...]]:
        """By `what`, the panes that touch a span, in order; all of them without one. What is not kept is not there."""
        with self._database.read() as connection:
            return panes.fetched(connection, whats, span)

    def pane_index(self, whats: Iterable[str], span: Interval | None = None) -> Mapping[str, tuple[PaneEntry, ...]]:
        """As `panes`, without the data."""
        with self._database.read() as connection:
            return panes.index(connection, whats, span)

    def panes_of(self, keys: Iterable[PaneKey]) -> tuple[StoredPane, ...]:
        """The panes of some keys (what, contents, span); one that is not kept, or damaged, is left out."""
        with self._database.read() as connection:
            return tuple(panes.named(connection, keys))

    def put_panes(self, new: Iterable[StoredPane], lease: Lease | None = None) -> None:
        """Keep panes; one that is there is replaced."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            panes.put(connection, new, self._now())

    def replace_panes(self, old: Iterable[PaneEntry], new: Iterable[StoredPane], lease: Lease | None = None) -> None:
        """Other panes in the place of some, all or nothing."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            panes.remove(connection, old)
            panes.put(connection, new, self._now())

    def drop_panes(self, source: str, spans: Iterable[Interval], lease: Lease | None = None) -> int:
        """Forget the panes of a source that touch any of some spans; the number of them.

        A whole data set goes by the identity of its files: it is dropped with an open span only.
        """
        with self._database.write() as connection:
            self._confirm(connection, lease)
            return panes.drop(connection, source, spans)

    def has_panes(self, source: str) -> bool:
        """Whether anything is kept of a source."""
        with self._database.read() as connection:
            return panes.has_any(connection, source)

    def keep(
        self,
        source: str,
        new: Iterable[StoredPane],
        known: Mapping[str, StoredFile],
        stale: Iterable[Interval] = (),
        lease: Lease | None = None,
    ) -> None:
        """What a run has read of a source: drop what is stale, keep its panes and files, all or nothing."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            panes.drop(connection, source, stale)
            panes.put(connection, new, self._now())
            panes.put_files(connection, source, known)

    def files(self, source: str) -> Mapping[str, StoredFile]:
        """What is known of the files of a source, by their keys."""
        with self._database.read() as connection:
            return panes.files_of(connection, source)

    def put_files(self, source: str, known: Mapping[str, StoredFile], lease: Lease | None = None) -> None:
        """Keep what is known of files, by their keys; those that are not named stay as they are."""
        with self._database.write() as connection:
            self._confirm(connection, lease)
            panes.put_files(connection, source, known)
