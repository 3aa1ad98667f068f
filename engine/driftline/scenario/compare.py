"""Expected against seen: what is not as a case says, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from driftline.compile.match import matches
from driftline.errors import Place
from driftline.globs import fits
from driftline.model import Result, Status
from driftline.scenario.definition import Case, ExpectedAlert, ExpectedNotice, ExpectedStatus
from driftline.scenario.moments import Calendar
from driftline.scenario.seen import Episode, Seen, Told, Verdict

BREACHES = (Status.WARNING, Status.CRITICAL, Status.ERROR)
TOLERANCE = 0.01


@dataclass(frozen=True)
class Difference:
    """One thing that is not as expected. `part` is the list of `expect` that it is about."""

    at: datetime | None
    part: str  # statuses | alerts | notices
    what: str
    expected: str
    seen: str
    reason: str | None
    place: Place | None


def compare(case: Case, seen: Seen) -> tuple[Difference, ...]:
    """Every difference, in order of time."""
    found = [*_Comparison(case, seen).differences()]
    first = seen.runs[0]
    return tuple(sorted(found, key=lambda each: each.at or first))


@dataclass(frozen=True)
class _Comparison:
    case: Case
    seen: Seen

    def differences(self) -> Iterator[Difference]:
        expect = self.case.expect
        verdicts = list(self.seen.final().values())
        claimed: set[int] = set()
        for status in expect.statuses or ():
            yield from self._status(status, verdicts, claimed)
        yield from self._unexpected_verdicts(verdicts, claimed, strict=expect.only and expect.statuses is not None)
        episodes = list(self.seen.episodes.values())
        known: set[str] = set()
        for alert in expect.alerts or ():
            yield from self._alert(alert, episodes, known)
        if expect.quiet or (expect.only and expect.alerts is not None):
            yield from self._unexpected_alerts([each for each in episodes if each.fired and each.id not in known])
        told: set[int] = set()
        for notice in expect.notices or ():
            yield from self._notice(notice, told)
        if expect.quiet or (expect.only and expect.notices is not None):
            yield from self._unexpected_notices([each for each in self.seen.told if id(each) not in told])

    def _shown(self, moment: datetime | None) -> str:
        calendar = Calendar(self.case.timeline.start, self.case.timeline.timezone)
        return calendar.shown(moment).replace("T", " ") if moment is not None else "never"

    # Verdicts --------------------------------------------------------------------------------------------------------

    def _status(self, expected: ExpectedStatus, verdicts: Iterable[Verdict], claimed: set[int]) -> Iterator[Difference]:
        if expected.at is not None:
            run = self.seen.run_at(expected.at)
            verdicts = [each for each in self.seen.verdicts if each.at == run]
        about = [each for each in verdicts if self._matches(expected.match, each.result) and _in(each.result, expected)]
        claimed |= {id(each) for each in about}
        if not about:
            when = expected.window or expected.at or expected.windows.start
            wanted = " or ".join(expected.status or ("a verdict",))
            window = f" on the window of {self._shown(expected.window)}" if expected.window is not None else ""
            yield Difference(
                self._run(when), "statuses", _described(expected.match), wanted + window, "nothing was judged", None,
                expected.place,
            )  # fmt: skip
        for verdict in about:
            if (wrong := _not_so(expected, verdict.result)) is not None:
                wanted, found = wrong
                what = f"{verdict.result.series.text}, window {self._window(verdict.result)}"
                reason = verdict.result.reason
                yield Difference(verdict.at, "statuses", what, wanted, found, reason, expected.place)

    def _matches(self, match: object, result: Result) -> bool:
        facts = self.seen.facts[result.series.monitor, result.series.subject]
        return matches(match, facts, result.series, result.severity)  # type: ignore[arg-type]

    def _window(self, result: Result) -> str:
        start, end = result.window.start, result.window.end
        return f"from {self._shown(start)}" if start is not None else f"as of {self._shown(end)}"

    def _unexpected_verdicts(
        self, verdicts: Iterable[Verdict], claimed: set[int], *, strict: bool
    ) -> Iterator[Difference]:
        """Breaches that nobody expects; a failure is never passed over."""
        for verdict in verdicts:
            status = verdict.result.status
            if id(verdict) not in claimed and (status is Status.ERROR or (strict and status in BREACHES)):
                what = f"{verdict.result.series.text}, window {self._window(verdict.result)}"
                reason = verdict.result.reason
                yield Difference(verdict.at, "statuses", what, "no such verdict", status.value, reason, None)

    # Alerts ----------------------------------------------------------------------------------------------------------

    def _alert(self, expected: ExpectedAlert, episodes: Iterable[Episode], known: set[str]) -> Iterator[Difference]:
        about = [each for each in episodes if self._about(expected, each)]
        wrong = {each.id: tuple(self._wrong(expected, each)) for each in about}
        good = [each for each in about if not wrong[each.id]]
        if expected.count == 0 and "pending" not in expected.first and expected.state != "pending":
            good = [each for each in good if each.fired]
        known |= {each.id for each in good}
        what = _described(expected.match)
        if expected.state == "none":
            for each in about:
                if wrong[each.id]:
                    yield self._alert_difference(expected, each, "no alert")
            return
        if expected.count is not None:
            if len(good) != expected.count:
                found = "; ".join(self._story(each) for each in about) or "no alert"
                wanted = f"{expected.count} alert{'' if expected.count == 1 else 's'}"
                when = self._run(next(iter(expected.first.values()), None))
                yield Difference(when, "alerts", what, wanted, f"{len(good)}: {found}", None, expected.place)
            return
        if good:
            return
        wanted = self._wanted(expected)
        if not about:
            when = self._run(next(iter(expected.first.values()), expected.at))
            yield Difference(when, "alerts", what, wanted, "no alert", self._why_not(expected), expected.place)
            return
        nearest = min(about, key=lambda each: len(wrong[each.id]))
        known.add(nearest.id)  # it is told here what is wrong with it
        yield self._alert_difference(expected, nearest, wanted)

    def _alert_difference(self, expected: ExpectedAlert, episode: Episode, wanted: str) -> Difference:
        at = episode.first("firing") or episode.moments[0].at
        story = self._story(episode)
        return Difference(at, "alerts", episode.series.text, wanted, story, episode.reason, expected.place)

    def _about(self, expected: ExpectedAlert, episode: Episode) -> bool:
        facts = self.seen.facts.get((episode.series.monitor, episode.series.subject))
        return facts is not None and matches(expected.match, facts, episode.series, episode.severity)

    def _wrong(self, expected: ExpectedAlert, episode: Episode) -> Iterator[str]:
        """The keys of an expectation that an alert is not as."""
        state, severity = episode.state, episode.severity
        if expected.at is not None:
            moment = episode.at(self._run(expected.at) or expected.at)
            state = moment.state if moment is not None else "none"
            severity = moment.severity if moment is not None else severity
        if (
            expected.state is not None
            and state != expected.state
            and not (expected.state == "none" and state == "resolved")
        ):
            yield "state"
        if expected.severity is not None and severity != expected.severity:
            yield "severity"
        for key, moment_ in expected.first.items():
            if episode.first(key) != self._run(moment_):
                yield key

    def _run(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else self.seen.run_at(moment)

    def _wanted(self, expected: ExpectedAlert) -> str:
        parts = [f"{state} on {self._shown(self._run(moment))}" for state, moment in expected.first.items()]
        if expected.state is not None:
            at = f" at {self._shown(self._run(expected.at))}" if expected.at is not None else " at the end"
            parts.append(f"{expected.state}{at}")
        kind = f"a {expected.severity} alert" if expected.severity is not None else "an alert"
        return kind + (f": {', '.join(parts)}" if parts else "")

    def _story(self, episode: Episode) -> str:
        """`critical: pending on …, firing on …, firing at the end`."""
        parts = []
        for state in ("pending", "firing", "resolved", "none"):
            if (at := episode.first(state)) is not None:
                parts.append(f"{'over' if state == 'none' else state} on {self._shown(at)}")
        return f"{episode.severity.value}: {', '.join(parts)}"

    def _why_not(self, expected: ExpectedAlert) -> str | None:
        """The verdict of the run that should have said so first: why nothing fired."""
        run = self._run(next(iter(expected.first.values()), expected.at))
        about = [each for each in self.seen.verdicts if self._matches(expected.match, each.result)]
        last = [each for each in about if run is None or each.at == run]
        if not last:
            return "nothing that it matches was judged" if not about else None
        result = last[-1].result
        said = f"{result.series.text} was {result.status.value}"
        return said if result.reason is None else f"{said}: {result.reason}"

    def _unexpected_alerts(self, episodes: Iterable[Episode]) -> Iterator[Difference]:
        for each in episodes:
            story, at = self._story(each), each.first("firing")
            yield Difference(at, "alerts", each.series.text, "no alert", story, each.reason, None)

    # Notices ---------------------------------------------------------------------------------------------------------

    def _notice(self, expected: ExpectedNotice, told: set[int]) -> Iterator[Difference]:
        run = self._run(expected.at)
        about = [each for each in self.seen.told if _tells(expected, each) and (run is None or each.at == run)]
        told |= {id(each) for each in about}
        if (expected.count is None and about) or len(about) == expected.count:
            return
        count = "a notice" if expected.count is None else f"{expected.count} notice{'' if expected.count == 1 else 's'}"
        filters = (("kind", expected.kind), ("title", expected.title), ("text", expected.text))
        described = ", ".join(f"{key} {value}" for key, value in filters if value is not None)
        seen = about or [each for each in self.seen.told if run is None or each.at == run]
        listed = "; ".join(f"{self._shown(each.at)} {each.notice.channel}: {each.notice.title}" for each in seen[:5])
        found = f"{len(about)}" + (f" (sent: {listed})" if listed else "")
        what = "/".join(expected.channel) if expected.channel else "any channel"
        yield Difference(run, "notices", what, f"{count} {described}".strip(), found, None, expected.place)

    def _unexpected_notices(self, told: Iterable[Told]) -> Iterator[Difference]:
        for each in told:
            yield Difference(each.at, "notices", each.notice.channel, "no notice", each.notice.title, None, None)


def _in(result: Result, expected: ExpectedStatus) -> bool:
    """Whether a verdict is on one of the windows that are meant."""
    start = result.window.start or result.window.end
    if expected.window is not None:
        return start == expected.window
    if start is None:
        return expected.windows.start is None and expected.windows.end is None
    after = expected.windows.start is None or start >= expected.windows.start
    return after and (expected.windows.end is None or start < expected.windows.end)


def _not_so(expected: ExpectedStatus, result: Result) -> tuple[str, str] | None:
    """What is expected and seen of a verdict, where these differ."""
    value = "no value" if result.value is None else f"{result.value:.6g}"
    if expected.status is not None and result.status.value not in expected.status:
        return " or ".join(expected.status), f"{result.status.value} ({value})"
    if expected.value is not None:
        off = abs(expected.value) * TOLERANCE if expected.tolerance is None else expected.tolerance
        if result.value is None or abs(result.value - expected.value) > off:
            return f"{expected.value:g} ± {off:g}", value
    if expected.reason is not None and not fits(result.reason or "", (expected.reason,)):
        return f"reason {expected.reason}", f"{result.status.value} ({value})"
    return None


def _tells(expected: ExpectedNotice, told: Told) -> bool:
    notice = told.notice
    tests: tuple[tuple[tuple[str, ...] | str | None, Callable[[], str]], ...] = (
        (expected.channel, lambda: notice.channel),
        (expected.kind, lambda: notice.kind),
        (expected.title, lambda: notice.title),
        (expected.text, lambda: notice.text),
    )
    return all(
        wanted is None or fits(found(), (wanted,) if isinstance(wanted, str) else wanted) for wanted, found in tests
    )


def _described(match: object) -> str:
    """A matcher in short: `monitor drift, column x`."""
    named = {key: getattr(match, key) for key in ("monitor", "model", "source", "check", "column", "class_")}
    parts = [f"{key.rstrip('_')} {'|'.join(value)}" for key, value in named.items() if value is not None]
    parts += [f"{key} {'|'.join(value)}" for key, value in (getattr(match, "segment", None) or {}).items()]
    return ", ".join(parts) or "every series"
