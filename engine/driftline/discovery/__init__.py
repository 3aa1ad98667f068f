"""Where a metric moved: the search for segments that nobody declared."""
