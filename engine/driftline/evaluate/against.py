"""A window against its baseline: one distance, the same reading of both sides, or of each of the baseline's windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import fmean, median

from driftline.checks.base import Moment, Profiles, Subject
from driftline.compile.incidents import named
from driftline.compile.reference import Piece, Reference
from driftline.compile.schedule import Judgement
from driftline.evaluate.deviations import LEAST, deviations
from driftline.evaluate.enough import too_few_labels
from driftline.evaluate.measured import Measured, read
from driftline.model import InsufficientData, Interval, NoData, Reading, SeriesKey, Value
from driftline.profiles.base import Profile, merged

ONE_KIND = 0.12  # relative difference of lengths of the same calendar unit: 28 days and 31


@dataclass(frozen=True)
class Part:
    """The profiles of one piece of a baseline, and its rows."""

    piece: Piece
    profiles: Profiles
    rows: int


@dataclass(frozen=True)
class Comparison:
    """One series of a judgement: the profiles of its window, and those of its baseline, piece by piece."""

    judgement: Judgement
    reference: Reference
    key: SeriesKey
    subject: Subject
    at: Moment
    window: Profiles
    rows: int
    parts: Sequence[Part]

    def measured(self) -> Measured:
        """The reading with all that there is to compare it with."""
        if not self.parts or self._has_no_rows():
            return self._without_baseline()
        if self.reference.apart:
            return self._beside_windows()
        check, together = self.judgement.monitor.check, _together(part.profiles for part in self.parts)
        baseline_rows, note = sum(part.rows for part in self.parts), self._note(self._present())
        then = replace(self.at, window=self._span())
        if check.needs_baseline:
            reading = read(check, self.subject, self.at, self.window, together)
            realized = check.compared_with(self.subject, then, together) if check.learns else None
            return Measured(self.key, reading, realized, self.rows, baseline_rows, note=note)
        before = read(check, self.subject, then, together, None)
        if self.judgement.monitor.growth == 1.0 and isinstance(before, Value):
            before = replace(before, value=before.value * self._relative_length(then.window))
        change = check.change_p_value(self.subject, self.at, self.window, together) if self._is_a_change() else None
        reading = self._reading()
        return Measured(self.key, reading, before, self.rows, baseline_rows, note=note, change_p_value=change)

    def _is_a_change(self) -> bool:
        """Whether the threshold compares the two readings."""
        return self.judgement.monitor.at(self.key).threshold.compare in ("change", "difference")

    def _reading(self) -> Reading:
        return read(self.judgement.monitor.check, self.subject, self.at, self.window, None)

    def _has_no_rows(self) -> bool:
        """Whether none of several periods has rows; an empty window counts for a check that counts."""
        counts = self.judgement.monitor.check.counting or self.reference.apart
        return self.reference.periods is not None and not counts and not any(part.rows for part in self.parts)

    def _without_baseline(self) -> Measured:
        reason = self._why_nothing()
        if self.judgement.monitor.check.needs_baseline:
            return Measured(self.key, NoData(f"no baseline to compare with: {reason}"), None, self.rows)
        return Measured(self.key, self._reading(), NoData(reason), self.rows)

    def _why_nothing(self) -> str:
        plan, reference = self.judgement.monitor.baseline, self.reference
        label = plan.label if plan is not None else "the baseline"
        incidents = reference.incidents(self.judgement.monitor, self.key)
        if self.parts:
            return f"none of the {reference.periods} periods of {label} has rows"
        if reference.began is not None:
            began = f"nothing of {label} lies after the source's first event ({reference.began:%Y-%m-%d %H:%M} UTC)"
            return f"{began} and outside of {named(incidents)}" if incidents else began
        if incidents:
            return f"nothing of {label} lies outside of {named(incidents)}"
        return f"nothing of {label} lies outside of the window itself"

    # Merged --------------------------------------------------------------------------------------------------------

    def _present(self) -> int:
        """The periods that take part: of a check that counts also those without rows."""
        counts = self.judgement.monitor.check.counting
        return len({part.piece.period for part in self.parts if part.rows or counts})

    def _span(self) -> Interval:
        """Time as long as the pieces together; their own span where there is but one."""
        spans = [_since(part.piece.span, self.reference) for part in self.parts]
        if len(spans) == 1:
            return spans[0]
        lengths = [span.end - span.start for span in spans if span.start is not None and span.end is not None]
        start = spans[0].start
        return Interval(start, None if start is None else start + sum(lengths, timedelta()))

    def _relative_length(self, baseline: Interval) -> float:
        """How long the window is compared with the baseline; 1 where one of them has no bounds.

        Also 1 for a day against the day on which clocks changed, or one month against another: they are of one kind, as
        are the periods of a seasonal baseline.
        """
        window = self.at.window
        if window.start is None or window.end is None or baseline.start is None or baseline.end is None:
            return 1.0
        if self.reference.periods is not None:
            return 1.0 / self._present()
        ratio = (window.end - window.start) / (baseline.end - baseline.start)
        return ratio if abs(ratio - 1.0) > ONE_KIND else 1.0

    def _note(self, present: int) -> str | None:
        """What of the baseline is not there."""
        periods = self.reference.periods
        incidents = self.reference.incidents(self.judgement.monitor, self.key)
        what = "windows" if self.reference.apart else "periods"
        said = [] if periods is None or present >= periods else [f"{present} of {periods} {what} in the baseline"]
        return ", ".join([*said, f"without {named(incidents)}"] if incidents else said) or None

    # One by one ----------------------------------------------------------------------------------------------------

    def _beside_windows(self) -> Measured:
        """The reading beside those of the baseline's windows, which are the measure of how much it may differ."""
        check = self.judgement.monitor.check
        together = _together(part.profiles for part in self.parts) if check.learns else None
        reading = read(check, self.subject, self.at, self.window, together)
        found = [(part, self._of_window(part)) for part in self.parts]
        values = [(part, value) for part, value in found if isinstance(value, Value)]
        rows, note = _rows_once(part for part, _ in values), self._note(len(values))
        if self.judgement.monitor.averages_windows:
            mean = (
                Value(fmean(value.value for _, value in values), rows=rows) if values else NoData(self._why_nothing())
            )
            return Measured(self.key, reading, mean, self.rows, rows, note=note)
        if len(values) < LEAST:
            of = f" (of {self.reference.periods})" if self.reference.periods else ""
            reason = f"{len(values)} windows of the baseline{of} can be read, deviations need {LEAST}"
            incidents = self.reference.incidents(self.judgement.monitor, self.key)
            reason += f"; without {named(incidents)}" if incidents else ""
            return Measured(self.key, reading, InsufficientData(reason), self.rows, rows)
        history = [value.value for _, value in values]
        off = deviations(reading.value, history) if isinstance(reading, Value) else None
        return Measured(self.key, reading, Value(median(history), rows=rows), self.rows, rows, off, note)

    def _of_window(self, part: Part) -> Reading:
        """The reading of one window of the baseline; one with too few rows or labels is none."""
        monitor = self.judgement.monitor
        at = replace(self.at, window=part.piece.span)
        if monitor.check.learns:
            reading = monitor.check.realized(self.subject, at, part.profiles)
        else:
            reading = read(monitor.check, self.subject, at, part.profiles, None)
        if not isinstance(reading, Value) or monitor.check.counting:
            return reading
        known = (reading.labelled_rows, reading.rows, part.rows)
        rows = next(rows for rows in known if rows is not None)
        if rows < monitor.min_rows:
            return InsufficientData(f"{rows} rows", rows=rows)
        few = too_few_labels(monitor.min_labelled, reading.labelled_rows, part.rows)
        return reading if few is None else InsufficientData(few, rows=rows)


def _together(parts: Iterable[Profiles]) -> Profiles:
    """The profiles of several pieces as those of their union."""
    first, *others = parts
    if not others:
        return first
    found: dict[str, list[Profile]] = {}
    for profiles in (first, *others):
        for name, profile in profiles.items():
            found.setdefault(name, []).append(profile)
    return {name: merged(those) for name, those in found.items()}


def _since(span: Interval, reference: Reference) -> Interval:
    """A span without what lies before the source's first event."""
    if reference.began is None or span.start is None:
        return span
    return Interval(max(span.start, reference.began), span.end)


def _rows_once(parts: Iterable[Part]) -> int:
    """The rows of windows that may overlap, from the newest on, each row once."""
    rows, start = 0, None
    for part in sorted(parts, key=lambda part: part.piece.span, reverse=True):
        span = part.piece.span
        if start is None or (span.end is not None and span.end <= start):
            rows, start = rows + part.rows, span.start
    return rows
