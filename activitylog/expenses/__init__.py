"""What was planned and what was paid, in fen."""
