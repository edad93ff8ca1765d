"""Collects what happened since the last run as notices, once for each person and occurrence."""
