"""The names of the presets and of the checks they are made of, for matchers; `compile` says what they expand to."""

from __future__ import annotations

from collections.abc import Mapping

PRESET_CHECKS: Mapping[str, tuple[str, ...]] = {
    "drift": ("psi",),
    "quality": ("missing_rate", "invalid_rate", "unseen_rate", "schema", "duplicate_rate"),
    "performance": ("roc_auc", "accuracy", "precision", "recall", "f1", "log_loss", "mae", "rmse", "r2", "ndcg"),
    "volume": ("row_count",),
    "operations": ("latency", "error_rate", "throughput"),
}

GATED_PRESETS = frozenset({"drift", "performance"})  # whose verdicts are held against chance unless switched off

# What the members of a preset measure at most, where the monitor does not name columns.
PRESET_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "drift": ("features", "score", "prediction"),
    "quality": ("features", "score", "prediction", "id"),
    "operations": ("latency", "error"),
}
