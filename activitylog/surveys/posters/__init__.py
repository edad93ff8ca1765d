"""Posters and table cards with the survey's code."""
