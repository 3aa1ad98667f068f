"""Back-tests for people and programs."""
