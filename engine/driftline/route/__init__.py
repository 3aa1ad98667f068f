"""Transitions to notices: who is told what, and why (not). Pure."""
