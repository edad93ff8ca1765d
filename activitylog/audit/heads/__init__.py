"""Heads of the trail: number and hash of its last entry, kept outside the database and compared with it."""
