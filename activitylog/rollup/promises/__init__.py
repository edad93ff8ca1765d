"""Targets adjusted in mid-year and monthly plans, beside what was declared."""
