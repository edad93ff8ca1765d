"""Discrepancies: what the trail says otherwise than the database, until a person closes each with a reason."""
