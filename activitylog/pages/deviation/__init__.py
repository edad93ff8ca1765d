"""The page on which the reason for a deviation is written."""
