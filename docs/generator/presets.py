"""The page of presets: what each stands for, and why its defaults are what they are."""

from __future__ import annotations

from collections.abc import Mapping

from docs.generator.kinds import scalar, threshold_yaml
from docs.generator.markdown import fence, page, prose, table
from driftline.compile.presets import PRESETS, PresetMonitor
from driftline.registry import Registry

SAYS: Mapping[str, str] = {
    "drift": "Did inputs or outputs move away from the baseline?",
    "quality": "Are the values there, allowed and known; is the table what it was?",
    "performance": "Is the model as right as it was on its baseline? Needs `task`, roles and a target.",
    "volume": "Do as many rows come as the week before?",
    "operations": "How is the service that predicts? For models with the roles `latency` and `error`.",
}


def presets_page(registry: Registry) -> str:
    """Every preset."""
    blocks = [
        "A preset stands for ordinary monitors, which `driftline plan` shows. What a monitor writes (`columns`, "
        "`threshold`, `window`, …) holds for all of them. A preset of several checks names them `monitor.check`.",
        fence("monitors:\n  quality: {preset: quality}\n  drift:   {preset: drift, window: 7d}", "yaml"),
    ]
    for name, members in PRESETS.items():
        rows = [_row(member, registry) for member in members]
        blocks += [f"## {name}", SAYS[name], table(("check", "made when", "compared with", "threshold", "why"), rows)]
    return page("Presets", *blocks)


def _row(member: PresetMonitor, registry: Registry) -> tuple[str, str, str, str, str]:
    return (
        f"[`{member.check}`](checks/{member.check}.md)" + _settings(member),
        _when(member),
        _against(member),
        _threshold(member, registry),
        prose(member.reason),
    )


def _settings(member: PresetMonitor) -> str:
    texts = [f"{name}: {scalar(value)}" for name, value in member.params.items()]
    texts += [f"columns: [{', '.join(member.columns)}]"] if member.columns else []
    texts += ["significance: {alpha: 1%}"] if member.significance else []
    return "".join(f", `{text}`" for text in texts)


def _when(member: PresetMonitor) -> str:
    needs = [f"task {' or '.join(sorted(member.tasks))}"] if member.tasks else []
    needs += [f"roles {', '.join(sorted(member.roles))}"] if member.roles else []
    needs += ["a baseline"] if member.needs_baseline else []
    return "; ".join(needs) or "always"


def _against(member: PresetMonitor) -> str:
    if member.weekly:
        return "the same hours a week before"
    if member.previous:
        return "the baseline, else the window before"
    is_compared = member.needs_baseline or (member.threshold is not None and member.threshold.compare != "value")
    return "the baseline" if is_compared else ""


def _threshold(member: PresetMonitor, registry: Registry) -> str:
    check = registry.check_class(member.check)
    threshold = member.threshold or check.default_threshold
    text = "none" if threshold is None else f"`{threshold_yaml(threshold, check.unit)}`"
    if member.without_baseline is not None:
        text += f"; without a baseline `{threshold_yaml(member.without_baseline, check.unit)}`"
    return text
