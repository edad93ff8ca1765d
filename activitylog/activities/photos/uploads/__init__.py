"""Uploads of an activity's photos in pieces."""
