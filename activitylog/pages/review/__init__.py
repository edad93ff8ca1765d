"""The review queue: one activity at a time."""
