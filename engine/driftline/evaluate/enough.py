"""The gate of rows and labels: whether there are enough of them to judge, on both sides. Pure."""

from __future__ import annotations

from driftline.compile.graph import MonitorPlan
from driftline.config.document import MinLabelled
from driftline.evaluate.measured import Measured
from driftline.evaluate.wording import counted, share_of
from driftline.model import Value


def too_little(monitor: MonitorPlan, measured: Measured, reading: Value) -> str | None:
    """Why a reading rests on too little, or its baseline does; None where there is enough."""
    if monitor.check.counting:
        return None  # an empty window is what it is for
    return (
        _too_few_rows(monitor, measured, reading)
        or too_few_labels(monitor.min_labelled, reading.labelled_rows, _all_rows(measured, reading))
        or _baseline_without_labels(monitor, measured, reading)
    )


def too_few_labels(least: MinLabelled | None, labelled: int | None, rows: int | None, of: str = "") -> str | None:
    """`31% of 9,120 rows have labels, min_labelled is 50%`; `of` says of what, where it is not the window."""
    if least is None or labelled is None or rows is None or rows == 0 or least.is_met(labelled, rows):
        return None
    found = f"{labelled:,}" if least.rows else share_of(labelled, rows)
    return f"{found} of {rows:,} rows{of} have labels, min_labelled is {least}"


def baseline_rows(measured: Measured, reading: Value) -> int | None:
    """The rows that the baseline's side rests on; of a reading of labels those with one."""
    if reading.baseline_rows is not None:
        return reading.baseline_rows
    before = measured.baseline_reading
    if isinstance(before, Value):
        return _rows(Measured(measured.key, before, rows=measured.baseline_rows), before)
    return measured.baseline_rows


def _too_few_rows(monitor: MonitorPlan, measured: Measured, reading: Value) -> str | None:
    """`min_rows` on both sides, labelled rows for a labelled check."""
    if monitor.min_rows <= 0:
        return None
    rows = _rows(measured, reading)
    if rows is not None and rows < monitor.min_rows:
        what = "labelled row" if reading.labelled_rows is not None else "row"
        return f"{counted(rows, what)} in the window, min_rows is {monitor.min_rows}"
    if monitor.baseline is None or monitor.reads_windows:
        return None  # windows that are read one by one are counted one by one
    before = baseline_rows(measured, reading)
    if before is not None and before < monitor.min_rows:
        return f"{counted(before, 'row')} in the baseline, min_rows is {monitor.min_rows}"
    return None


def _baseline_without_labels(monitor: MonitorPlan, measured: Measured, reading: Value) -> str | None:
    """Labels that come first are no fair sample on the baseline's side either."""
    if monitor.baseline is None or monitor.reads_windows:
        return None
    before = measured.baseline_reading
    labelled = before.labelled_rows if isinstance(before, Value) else reading.labelled_baseline_rows
    return too_few_labels(monitor.min_labelled, labelled, measured.baseline_rows, " of the baseline")


def _rows(measured: Measured, reading: Value) -> int | None:
    return reading.labelled_rows if reading.labelled_rows is not None else _all_rows(measured, reading)


def _all_rows(measured: Measured, reading: Value) -> int | None:
    return reading.rows if reading.rows is not None else measured.rows
