"""Prometheus exporter of driftline: `driftline run --export prometheus=file:PATH` or `prometheus=push:URL`."""

from __future__ import annotations

from driftline_prometheus.exporter import export

__all__ = ["export"]
