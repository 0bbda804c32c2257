"""What the project promises to be quick at, measured. Nothing here fails because of a time."""
