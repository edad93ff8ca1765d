"""Which periods are closed."""
