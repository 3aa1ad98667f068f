"""Tuning: the mildest changes of monitors under which history would have kept to a budget of alerts."""
