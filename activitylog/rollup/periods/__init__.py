"""Periods: closing and reopening months, and the register of a year's months."""
