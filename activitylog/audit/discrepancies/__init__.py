"""Discrepancies: where the database is not as the trail says, until a person closes each with a reason."""
