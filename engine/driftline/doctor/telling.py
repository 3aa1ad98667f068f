"""Alerts that nobody is told, and channels that do not take what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driftline.checks.base import CompositeCheck
from driftline.compile.graph import MonitorPlan
from driftline.compile.match import may_match
from driftline.config.document import AlertPolicy
from driftline.doctor import edits
from driftline.doctor.facts import Facts
from driftline.doctor.finding import Finding, Grade
from driftline.evaluate.wording import counted

LEAST_TRIES = 3
OFTEN = 3  # alerts of a monitor that is told to nobody on purpose, from which on that is worth a word


def nobody_told(facts: Facts) -> Iterable[Finding]:
    """Monitors that fire now, or often, and that no channel heard of."""
    episodes = {one.key: one for one in facts.survey.episodes}
    fired = sum(one.fired for one in episodes.values())
    if fired and not facts.document.channels:
        yield Finding(
            "nobody-told",
            Grade.PROBLEM,
            "no channel is declared",
            f"{counted(fired, 'alert')} fired, and nobody was told",
            facts.document.place(),
            'channels:\n  ops: {url: "${OPS_URL}"}   # any Apprise URL',
            weight=fired,
        )
        return
    for watched in facts.watched:
        plan, own = watched.plan, [episodes[one.key] for one in watched.series if one.key in episodes]
        if not plan.alert.route:
            times = sum(one.fired for one in own)
            if times >= OFTEN and not _is_used(facts, plan):
                edit = edits.of_monitor(facts, plan, {"threshold": "none"}) + "\n# where it is only recorded"
                evidence = f"it fired {counted(times, 'time')} and `route: false` tells nobody"
                what = f"{watched.label} alerts for nobody"
                place = facts.place(plan, "alert")
                yield Finding("nobody-told", Grade.ADVICE, what, evidence, place, edit, weight=times)
            continue
        if unheard := [one for one in own if one.firing and not one.told]:
            yield Finding(
                "nobody-told",
                Grade.PROBLEM,
                f"{watched.label} fires and no channel was told",
                f"{counted(len(unheard), 'alert')} firing now, such as {unheard[0].key.text}; "
                f"{counted(len(facts.document.routes), 'route')} of the file",
                facts.document.place("routes"),
                _route(facts, plan.name),
                weight=len(unheard),
            )


def _is_used(facts: Facts, plan: MonitorPlan) -> bool:
    """Whether a composite reads its verdicts, or overrides route some of its series: it is judged for that."""
    for composite in facts.graph.composites:
        if isinstance(composite.check, CompositeCheck) and may_match(composite.check.of, plan.facts):
            return True
    routed = (one for one in facts.document.overrides if may_match(one.match, plan.facts))
    policies = (one.settings.get("alert") for one in routed)
    return any(isinstance(policy, AlertPolicy) and policy.route for policy in policies)


def _route(facts: Facts, monitor: str) -> str:
    channel = next(iter(facts.document.channels))
    return f"routes:\n  - {{match: {{monitor: {edits.scalar(monitor)}}}, channels: [{edits.scalar(channel)}]}}"


def unusable(facts: Facts) -> Iterable[Finding]:
    """Channels whose address is none, and those that failed time and again."""
    for name, reason in facts.unusable.items():
        place = facts.document.place("channels", name, "url")
        what = f"the url of channel {name} cannot be used"
        yield Finding("channel-unusable", Grade.PROBLEM, what, reason, place, _url(name))
    for channel in facts.survey.channels:
        failed, waiting = channel.counts.get("failed", 0), channel.counts.get("queued", 0)
        if channel.channel in facts.unusable or channel.channel not in facts.document.channels:
            continue
        if failed + waiting and (failed or channel.tries >= LEAST_TRIES):
            yield Finding(
                "channel-unusable",
                Grade.PROBLEM,
                f"channel {channel.channel} does not take its notices",
                f"{_counts(channel.counts)}, up to {channel.tries} tries each"
                + (f"; last: {channel.last_error}" if channel.last_error else ""),
                facts.document.place("channels", channel.channel, "url"),
                _url(channel.channel),
                weight=failed + waiting,
            )


def _counts(counts: Mapping[str, int]) -> str:
    said = {"failed": "given up", "queued": "still waiting", "sent": "sent", "dropped": "dropped"}
    return ", ".join(f"{counts[status]} {words}" for status, words in said.items() if counts.get(status))


def _url(name: str) -> str:
    variable = "".join(sign if sign.isalnum() else "_" for sign in name.upper())
    return (
        f'channels:\n  {edits.scalar(name)}: {{url: "${{{variable}_URL}}"}}   # try it with the apprise command first'
    )
