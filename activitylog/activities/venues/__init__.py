"""Venues: list, history, correction, merging."""
