"""Concept drift for driftline: the checks `adwin` and `hddm_a`, on the stream of a model's errors."""
