"""Verdicts to transitions of alerts: pure, no I/O, time as an argument."""
