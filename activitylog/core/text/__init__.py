"""Reads what people write: one reader for each sort of value, used by every form, file and paste."""
