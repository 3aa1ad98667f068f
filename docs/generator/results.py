"""The pages of the result document and of the exit codes."""

from __future__ import annotations

from collections.abc import Mapping

from docs.generator.markdown import fence, page, table

DOCUMENT: Mapping[str, str] = {
    "version": "1; it changes when a key changes its meaning",
    "at": "the instant as of which it was judged; the latest one where models differ",
    "summary": "how many verdicts have which status",
    "results": "the verdicts, one per series and window",
    "alerts": "the alerts that are open, and those that this run resolved",
    "deliveries": "what became of notices",
}
RESULT: Mapping[str, str] = {
    "series": "the identity: monitor, model or source, column, segments, class, with `/` between them",
    "monitor": "name of the monitor; of one that a preset made, `monitor.check`",
    "model": "name of the model; null for a monitor of a source",
    "source": "name of the source that was read",
    "check": "kind of check; `metric` for a metric",
    "metric": "name of the metric",
    "column": "the column that was measured",
    "segment": "map of segment to value; null for all rows",
    "class": "the class of a multiclass model",
    "window": "map of `start` and `end`; both null for a source without a timestamp, `start` null for freshness",
    "value": "what was read of the window",
    "baseline_value": "what was read of the baseline; null for a check that is a distance",
    "compared": "the number that was held against the threshold: the value, its difference, or its relative change",
    "p_value": "probability of a distance at least this large if nothing changed",
    "p_adjusted": "the same, adjusted over the family",
    "bound": "how far `value` may be from the exact one; 0 is exact",
    "status": "`ok`, `warning`, `critical`, `no_data`, `insufficient_data` or `error`",
    "reason": "why, in words",
    "rows": "rows of the window that the value rests on",
    "labelled_rows": "those of them that have a label; null for a check without labels",
    "baseline_rows": "rows of the baseline",
}
ALERT: Mapping[str, str] = {
    "id": "the episode: the same from pending to resolved",
    "series": "the series",
    "monitor": "name of the monitor",
    "state": "`pending`, `firing` or `resolved`",
    "severity": "`warning` or `critical`; of a resolved alert, what it was",
    "since": "end of the first window that breached",
}
DELIVERY: Mapping[str, str] = {
    "channel": "name of the channel",
    "status": "`sent`; `queued` (waits in the outbox); `failed`; `suppressed` (decided not to tell)",
    "reason": "the title of what was sent, or why it was not",
}
EXIT_CODES = (
    ("0", "fine", ""),
    ("1", "a verdict is at or beyond `--fail-on`", "`--fail-on warning` or `never` moves the limit"),
    ("2", "usage or configuration", "`driftline validate` shows every finding"),
    ("3", "a source or the engine failed, so that something was not judged", "verdicts with status `error` say why"),
    ("4", "a notice could not be delivered", "it stays in the outbox; the next run tries again"),
    ("130", "interrupted from the keyboard", ""),
)


def result_page() -> str:
    """`run --format json`."""
    intro = (
        "`driftline run --format json` prints one JSON document. Every key is always present, null where it does not "
        "apply. Times are RFC 3339 in UTC with `Z`. Durations are seconds."
    )
    blocks = [intro, _table(DOCUMENT)]
    for title, keys in (("results", RESULT), ("alerts", ALERT), ("deliveries", DELIVERY)):
        blocks += [f"## One of `{title}`", _table(keys)]
    python = 'import driftline\n\nreport = driftline.run("monitors.yaml", at="latest")\nframe = report.to_frame()'
    blocks += ["## From Python", "The same verdicts as a Polars frame, one row each:", fence(python, "python")]
    return page("The result document", *blocks)


def exit_codes_page() -> str:
    """The exit codes of `driftline run`."""
    head = ("code", "meaning", "what to do")
    text = "The largest that applies. `validate` and `plan` end with 0 or 2."
    return page("Exit codes", text, table(head, EXIT_CODES))


def _table(keys: Mapping[str, str]) -> str:
    return table(("key", "what it is"), [(f"`{key}`", text) for key, text in keys.items()])
