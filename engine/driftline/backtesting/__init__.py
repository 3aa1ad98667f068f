"""Back-tests: every monitor replayed over history in one scan per source; nothing is sent, no state is touched."""
