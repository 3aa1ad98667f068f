"""What the document means, checked without data: names, fit, thresholds, SQL, routes. One file per subject."""
