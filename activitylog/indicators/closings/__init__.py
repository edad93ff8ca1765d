"""Which periods are closed, and when each was reopened."""
