"""What is allowed, and why not: pure functions over frozen values, handed the day and the clock."""
