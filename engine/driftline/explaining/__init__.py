"""What is behind the verdict of a series: what moved, in which segments, and by which features."""
