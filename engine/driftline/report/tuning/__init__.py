"""Proposals of `driftline tune` for people and machines."""
