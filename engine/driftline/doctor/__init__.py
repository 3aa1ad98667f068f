"""What is noisy or useless about a configuration: facts in, findings out, one file per family. Pure."""
