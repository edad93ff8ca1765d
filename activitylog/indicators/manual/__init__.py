"""Figures typed in for what no record can show."""
