"""Keeps which figure of the answers counts as a year's satisfaction."""
