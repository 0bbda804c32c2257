"""What is written down: the only SQL."""
