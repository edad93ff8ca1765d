"""A person's notices, what waits for them, and their monthly letters."""
