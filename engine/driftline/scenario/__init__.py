"""Scenarios: tests of monitors, written as text and run through the whole engine."""
