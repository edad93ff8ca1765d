"""Declared budget projects and the indicators they promise."""
