"""Every semantic check, in the order in which they are reported where places are equal."""

from __future__ import annotations

from driftline.schema.semantics.alerting import check_alerting
from driftline.schema.semantics.baselines import check_baselines
from driftline.schema.semantics.columns import check_matched_columns
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.definitions import check_definitions
from driftline.schema.semantics.dependence import check_blocks
from driftline.schema.semantics.importance import check_importance
from driftline.schema.semantics.metrics import check_metrics
from driftline.schema.semantics.monitors import check_monitors
from driftline.schema.semantics.overrides import check_overrides
from driftline.schema.semantics.renames import check_renames
from driftline.schema.semantics.routes import check_routes
from driftline.schema.semantics.thresholds import check_thresholds
from driftline.schema.semantics.unused import check_lateness, check_unused


def check_meaning(context: Context) -> None:
    """Add every finding about what the document means."""
    check_definitions(context)
    check_importance(context)
    check_metrics(context)
    check_monitors(context)
    check_thresholds(context)
    check_overrides(context)
    check_renames(context)
    check_routes(context)
    check_alerting(context)
    check_baselines(context)
    check_blocks(context)
    check_matched_columns(context)
    if not context.findings.failed:  # a misspelt name also leaves the right one unused: one finding is enough
        check_unused(context)
    check_lateness(context)
