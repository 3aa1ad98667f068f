"""A sequential detector over a stream of counts: the outcomes in order, the changes that are found, and where they lie.

A detector wants one outcome after the other. Of a moment it is known how many outcomes there were and how many of them
were errors, not in which order: they are taken as evenly spread. Nothing is kept between runs but the profiles: what a
detector would remember is what it has seen in the window, and it sees that again, from the first outcome on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from driftline_river.stream import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Detector(Protocol):
    """What the detectors of river have in common."""

    @property
    def drift_detected(self) -> bool: ...

    def update(self, x: float) -> object: ...


@dataclass(frozen=True)
class Stream:
    """Steps of the stream: the share of errors of each, and the moment in which its first outcome lies."""

    errors: Floats
    moments: Integers

    @classmethod
    def of(cls, counts: Mapping[int, Counts], most: int) -> Stream:
        """The steps of outcomes by moment, in order of time.

        Of more outcomes than `most`, as many that follow each other are one step, with the share of errors.
        """
        import numpy as np

        moments = np.array(sorted(counts), np.int64)
        outcomes = np.array([counts[moment][0] for moment in moments.tolist()], np.int64)
        wrong = np.array([counts[moment][1] for moment in moments.tolist()], np.int64)
        ends, total = np.cumsum(outcomes), int(outcomes.sum())
        size = max(1, -(-total // most))
        edges = np.minimum(np.arange(0, total + size, size), total)
        at = np.minimum(np.searchsorted(ends, edges, side="right"), len(ends) - 1)
        inside = edges - (ends[at] - outcomes[at])
        before = np.cumsum(wrong)[at] - wrong[at] + inside * wrong[at] // outcomes[at]
        lengths = np.diff(edges)
        some = lengths > 0
        return cls((np.diff(before) / np.maximum(lengths, 1))[some], moments[at[:-1]][some])


@dataclass(frozen=True)
class Change:
    """A change of the error rate: from the step where it lies, and the step at which it was detected."""

    start: int
    detected: int


def changes(stream: Stream, detector: Detector) -> list[Change]:
    """The changes that a detector finds; each lies where the rates before and after it are furthest apart."""
    found: list[Change] = []
    since = 0
    for step, error in enumerate(stream.errors.tolist()):
        detector.update(error)
        if detector.drift_detected:
            start = since + _apart(stream.errors[since : step + 1])
            found.append(Change(start, step))
            since = start
    return found


def _apart(errors: Floats) -> int:
    """The first step behind the split at which the means of both sides differ most, for their lengths.

    Source: Hinkley, Inference about the Change-Point from Cumulative Sum Tests, Biometrika 58 (1971).
    """
    import numpy as np

    count = len(errors)
    if count < 2:
        return 0
    split = np.arange(1, count)
    sums = np.cumsum(errors)
    apart = np.abs(sums[:-1] - split / count * sums[-1]) / np.sqrt(split * (count - split) / count)
    return int(np.argmax(apart)) + 1


@dataclass(frozen=True)
class Latest:
    """The latest change: the error rate before and after it, the moment at which it lies, and how many there are."""

    before: float
    after: float
    moment: int
    count: int


def latest(stream: Stream, detector: Detector) -> Latest | None:
    """The latest change that a new detector finds; None where it finds none."""
    found = changes(stream, detector)
    if not found:
        return None
    start = found[-1].start
    previous = found[-2].start if len(found) > 1 else 0
    before = stream.errors[previous:start] if start > previous else stream.errors[: max(start, 1)]
    return Latest(float(before.mean()), float(stream.errors[start:].mean()), int(stream.moments[start]), len(found))
